import type { ProcessId } from '../../protocol/ids.ts'
import type { Cancel, Logger, Timers } from '../../protocol/ports.ts'
import { encodeFrame, FrameError, maxFrameBytes } from './frame-codec.ts'
import { bulkLimitBytes, controlLimitBytes, LaneQueue, lowWaterBytes } from './lane-queue.ts'
import { LinkBeat, LinkEnds } from './link-ends.ts'
import { frameType, type Frame, type FrameType, type PeerIdentity, type PeerLink } from './port.ts'
import type { Wire } from './wire.ts'

/** Lane 1 waits in its own queue while so many bytes wait on the wire, so that lane 0 never stands behind more. */
const highWaterBytes = 1024 * 1024

/** A closing link gets so long, ms, to bring out what waits on it. */
const partingMs = 1_000

const beatFrame = (type: FrameType) =>
  encodeFrame({ type, lane: 0, correlation: 0, epoch: 0, seq: 0, deadlineMs: 0, key: '', payload: new Uint8Array() })
const ping = beatFrame(frameType.ping)
const pong = beatFrame(frameType.pong)

/** A link over a wire whose hand-shake is done. Its modes: open, parting (closed for its user, flushing), gone. */
export class FramedLink implements PeerLink {
  readonly peer: PeerIdentity
  readonly protocol: number
  readonly via: ProcessId | null
  readonly #wire: Wire
  readonly #timers: Timers
  readonly #logger: Logger
  readonly #ends: LinkEnds
  readonly #beat: LinkBeat
  readonly #control = new LaneQueue()
  readonly #bulk = new LaneQueue()
  readonly #reliefListeners: (() => void)[] = []
  #isFlushDue = false
  #isCongested = false

  constructor(
    wire: Wire,
    { peer, protocol, via }: Pick<PeerLink, 'peer' | 'protocol' | 'via'>,
    deps: { timers: Timers; logger: Logger },
  ) {
    this.peer = peer
    this.protocol = protocol
    this.via = via
    this.#wire = wire
    this.#timers = deps.timers
    this.#logger = deps.logger.child({ peer: peer.process })
    this.#ends = new LinkEnds(this.#logger)
    wire.allow(maxFrameBytes)
    wire.handTo({
      frame: (frame) => this.#receive(frame),
      drain: () => this.#flush(),
      end: (error) => this.#lose(reasonOf(error)),
    })
    this.#beat = new LinkBeat(deps.timers, {
      ping: () => void this.#enqueue(0, ping),
      silent: () => this.#lose('silent'),
    })
  }

  send(frame: Frame): boolean {
    if (this.#ends.isClosed) return false
    try {
      return this.#enqueue(frame.lane, encodeFrame(frame))
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      const { type, key, payload } = frame
      this.#logger.error({ type, key, bytes: payload.length }, 'link.frame_too_big')
      return false
    }
  }

  isSuspect(): boolean {
    return this.#beat.isSuspect
  }

  isCongested(): boolean {
    return this.#isCongested
  }

  onRelief(listener: () => void): void {
    this.#reliefListeners.push(listener)
  }

  onFrame(listener: (frame: Frame) => void): void {
    this.#ends.onFrame(listener, () => this.#wire.resume())
  }

  onClose(listener: (reason: string) => void): void {
    this.#ends.onClose(listener)
  }

  /** What was sent before still leaves, within a second. */
  close(reason: string): void {
    if (!this.#ends.close(reason, { dropUnread: true })) return
    this.#beat.stop()
    this.#wire.mute()
    this.#write([...this.#control.take(Infinity), ...this.#bulk.take(Infinity)])
    const cancel: Cancel = this.#timers.after(partingMs, () => this.#wire.destroy())
    this.#wire.onClosed(cancel)
    this.#wire.end()
  }

  #receive(frame: Frame): void {
    switch (frame.type) {
      case frameType.ping:
        this.#enqueue(0, pong)
        break
      case frameType.pong:
        this.#beat.pong()
        break
      case frameType.hello:
      case frameType.challenge:
      case frameType.welcome:
        this.#lose('bad_frame')
        break
      case frameType.command:
      case frameType.result:
      case frameType.push:
      case frameType.notOwner:
      case frameType.dropped:
      case frameType.handOver:
      case frameType.moved:
      case frameType.control:
      case frameType.controlled:
      case frameType.datagram:
      case frameType.stray:
        this.#ends.deliver(frame)
        if (this.#ends.isFull) this.#wire.pause()
    }
  }

  #enqueue(lane: Frame['lane'], bytes: Buffer): boolean {
    const waiting = this.#waitingBytes + bytes.length
    if (waiting > bulkLimitBytes) this.#isCongested = true
    if (lane === 1 && waiting > bulkLimitBytes) return false
    if (lane === 0 && waiting > controlLimitBytes) {
      this.#lose('overflow')
      return false
    }
    const queue = lane === 0 ? this.#control : this.#bulk
    queue.push(bytes)
    if (!this.#isFlushDue) {
      this.#isFlushDue = true
      this.#wire.soon(() => {
        this.#isFlushDue = false
        this.#flush()
      })
    }
    return true
  }

  /** All of lane 0, then lane 1 up to the high water. What stays behind leaves when the wire has drained. */
  #flush(): void {
    if (this.#ends.isClosed) return
    const control = this.#control.take(Infinity)
    const controlBytes = control.reduce((sum, { length }) => sum + length, 0)
    const room = highWaterBytes - this.#wire.waitingBytes - controlBytes
    this.#write([...control, ...this.#bulk.take(room)])
    if (!this.#isCongested || this.#waitingBytes > lowWaterBytes) return
    this.#isCongested = false
    queueMicrotask(() => {
      for (const listener of this.#reliefListeners) listener()
    })
  }

  get #waitingBytes(): number {
    return this.#control.bytes + this.#bulk.bytes + this.#wire.waitingBytes
  }

  #write(frames: Buffer[]): void {
    const [first] = frames
    if (first) this.#wire.write(frames.length === 1 ? first : Buffer.concat(frames))
  }

  /** The wire is of no use any more: nothing that waits can leave. */
  #lose(reason: string): void {
    if (!this.#ends.close(reason, { dropUnread: false })) return
    this.#beat.stop()
    this.#wire.mute()
    this.#control.clear()
    this.#bulk.clear()
    this.#wire.destroy()
  }
}

function reasonOf(error: Error | null): string {
  if (error === null) return 'closed_by_peer'
  if (error instanceof FrameError) return 'bad_frame'
  return 'code' in error && typeof error.code === 'string' ? error.code : 'broken'
}
