import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePorts } from './free-ports.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What happens to bytes of one direction. */
export interface Way {
  /** Nothing gets through; what was sent waits, and its sender is stopped when a megabyte does. */
  readonly holds: boolean
  /** Every byte takes so long, ms, and up to `jitterMs` more; none overtakes another. */
  readonly delayMs: number
  readonly jitterMs: number
  /** No piece that is delivered is longer. */
  readonly sliceBytes: number
}

/** `in`: to the server. `out`: from it. */
export type Direction = 'in' | 'out'

const clear: Way = { holds: false, delayMs: 0, jitterMs: 0, sliceBytes: Number.POSITIVE_INFINITY }

/** A sender is stopped above the first and goes on below the second, bytes. */
const [highBytes, lowBytes] = [1024 * 1024, 256 * 1024]

/** A door in front of a TCP server on this machine, through which a network behaves as badly as a test wants. */
export class FaultProxy {
  readonly port: number
  readonly #to: number
  readonly #random: SeededRandom | null
  readonly #ways: Record<Direction, Way> = { in: clear, out: clear }
  readonly #streams = new Set<Stream>()
  #isMeant: (fromPort: number) => boolean = () => true
  #server: Server | null = null

  private constructor(port: number, to: number, random: SeededRandom | null) {
    this.port = port
    this.#to = to
    this.#random = random
  }

  /** In front of that port, open and without a fault. */
  static async before(to: number, random: SeededRandom | null = null): Promise<FaultProxy> {
    const [port = 0] = await freePorts(1)
    const proxy = new FaultProxy(port, to, random)
    await proxy.open()
    return proxy
  }

  /** Links that go through now. */
  get size(): number {
    return this.#streams.size / 2
  }

  /** Takes connections, again. */
  open(): Promise<void> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) =>
      this.#join(near, connect({ port: this.#to, noDelay: true, allowHalfOpen: true })),
    )
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
  }

  /** Resets what goes through, and refuses what comes. */
  async shut(): Promise<void> {
    const server = this.#server
    this.#server = null
    const closed = server && new Promise((resolve) => server.close(resolve))
    this.reset()
    await closed
  }

  /** Resets every connection. */
  reset(): void {
    for (const stream of [...this.#streams]) stream.reset()
  }

  /** From now on, for bytes that come and those that wait. */
  behave(direction: Direction, way: Partial<Way>): void {
    this.#ways[direction] = { ...clear, ...way }
    for (const stream of this.#streams) stream.pump()
  }

  /** Only connections from such ports are behaved to; asked once for each. */
  meetOnly(isMeant: (fromPort: number) => boolean): void {
    this.#isMeant = isMeant
  }

  heal(): void {
    this.behave('in', {})
    this.behave('out', {})
  }

  #join(near: Socket, far: Socket): void {
    const jitter = (ms: number) => (ms === 0 ? 0 : (this.#random?.fraction() ?? 0.5) * ms)
    const fromPort = near.remotePort ?? 0
    let asked: { readonly by: (port: number) => boolean; readonly said: boolean } | null = null
    const wayOf = (direction: Direction) => {
      const by = this.#isMeant
      if (asked?.by !== by) asked = { by, said: by(fromPort) }
      return asked.said ? this.#ways[direction] : clear
    }
    const streams = [
      new Stream(near, far, () => wayOf('in'), jitter),
      new Stream(far, near, () => wayOf('out'), jitter),
    ]
    for (const stream of streams) this.#streams.add(stream)
    const cut = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      socket.on('error', cut).on('close', () => {
        // An end of one side is passed on behind what it sent; what is left of the other goes with it.
        if (!near.destroyed || !far.destroyed) return
        for (const stream of streams) {
          this.#streams.delete(stream)
          stream.stop()
        }
      })
    }
  }
}

interface Piece {
  readonly bytes: Buffer
  readonly dueMs: number
}

/** One direction of one connection. */
class Stream {
  readonly #from: Socket
  readonly #to: Socket
  readonly #way: () => Way
  readonly #jitter: (ms: number) => number
  #waiting: Piece[] = []
  #bytes = 0
  #lastDueMs = 0
  #hasEnded = false
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket, way: () => Way, jitter: (ms: number) => number) {
    this.#from = from
    this.#to = to
    this.#way = way
    this.#jitter = jitter
    from.on('data', (chunk: Buffer) => this.#take(chunk))
    from.on('end', () => {
      this.#hasEnded = true
      this.pump()
    })
  }

  reset(): void {
    this.#from.resetAndDestroy()
    this.#to.resetAndDestroy()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#waiting = []
  }

  /** Delivers what is due. */
  pump(): void {
    clearTimeout(this.#timer)
    const way = this.#way()
    if (way.holds) return
    const nowMs = performance.now()
    for (let next = this.#waiting[0]; next && next.dueMs <= nowMs; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#bytes -= next.bytes.length
      this.#to.write(next.bytes)
    }
    if (this.#bytes < lowBytes) this.#from.resume()
    const [next] = this.#waiting
    if (next) this.#timer = setTimeout(() => this.pump(), Math.max(1, next.dueMs - nowMs))
    else if (this.#hasEnded) this.#to.end()
  }

  #take(chunk: Buffer): void {
    const { delayMs, jitterMs, sliceBytes } = this.#way()
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      const bytes = chunk.subarray(at, Math.min(chunk.length, at + sliceBytes))
      // Slices leave in writes of their own, a moment apart, or the kernel would join them again.
      const spacingMs = sliceBytes < chunk.length && at > 0 ? 0.2 : 0
      this.#lastDueMs = Math.max(this.#lastDueMs + spacingMs, performance.now() + delayMs + this.#jitter(jitterMs))
      this.#waiting.push({ bytes, dueMs: this.#lastDueMs })
    }
    this.#bytes += chunk.length
    if (this.#bytes > highBytes) this.#from.pause()
    this.pump()
  }
}
