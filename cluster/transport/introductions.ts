import type { ProcessId } from '../../protocol/ids.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { Life, Member } from '../membership/port.ts'
import { encodeFrame, FrameError } from './frame-codec.ts'
import { FramedLink } from './framed-link.ts'
import {
  DialerHandShake,
  ListenerHandShake,
  type HandShake,
  type HandShakeStep,
  type LinkKey,
  type LinkSelf,
} from './hand-shake.ts'
import { DialError, type PeerIdentity, type PeerLink } from './port.ts'
import { CertificateError, type Wire } from './wire.ts'

/** A dialer gets so long, ms, to say who it is. */
const introductionMs = 2_000

/** What was said before a failed hand-shake closes gets so long, ms, to leave. */
const lastWordMs = 500

/** So many may be about to say who they are; further ones are hung up on. */
const strangersMax = 256

export interface IntroductionDeps {
  readonly self: LinkSelf
  readonly clock: Clock
  /** Timers that keep no process alive: its sockets do. */
  readonly timers: Timers
  readonly logger: Logger
}

/** How a peer at the other end of a wire is known. */
export interface WireProof {
  readonly key: LinkKey
  /** Whether what the peer showed before the hand-shake lets it have that role. */
  admits(role: PeerIdentity['role']): boolean
}

/** Whoever knows the secret may have every role. It is never sent. */
export const bySecret = (secret: string): WireProof => ({ key: () => secret, admits: () => true })

/** Who is at the other end of a wire, and the version that both speak. */
interface Known {
  readonly peer: PeerIdentity
  readonly protocol: number
  /** It wants a passage to this one. */
  readonly onward?: Life
}

/** A known process that wants to be let through to another. The last word of its hand-shake is still to be said. */
export interface Passer extends Required<Known> {
  readonly wire: Wire
}

/** What those who introduce themselves get. */
export interface Reception {
  link(link: PeerLink): void
  /** Absent where nobody is let through. */
  readonly passage?: ((passer: Passer) => void) | undefined
}

/** Turns wires into links, by a hand-shake, and knows them all until they are closed. */
export class Introductions {
  readonly #deps: IntroductionDeps
  readonly #wires = new Set<Wire>()
  readonly #links = new Map<Wire, PeerLink>()
  #strangers = 0
  #isClosed = false

  constructor(deps: IntroductionDeps) {
    this.#deps = deps
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Introduces this process to `target` at the other end; `via` is whose passage the wire runs through. Rejects with DialError. */
  dial(wire: Wire, proof: WireProof, target: Member, timeoutMs: number, via: ProcessId | null): Promise<PeerLink> {
    const shake = new DialerHandShake(this.#deps.self, proof.key, target)
    return new Promise((resolve, reject) => {
      this.#play(wire, proof, shake, timeoutMs, (outcome) =>
        outcome instanceof DialError ? reject(outcome) : resolve(this.#link(wire, outcome, via)),
      )
    })
  }

  /** Has `way` at the other end let this process through to `target`; the wire runs to that one then. Rejects with DialError. */
  passThrough(wire: Wire, proof: WireProof, way: Member, target: Member, timeoutMs: number): Promise<void> {
    const shake = new DialerHandShake(this.#deps.self, proof.key, way, target)
    return new Promise((resolve, reject) => {
      this.#play(wire, proof, shake, timeoutMs, (outcome) =>
        outcome instanceof DialError ? reject(outcome) : resolve(),
      )
    })
  }

  /** Lets whoever is at the other end introduce itself within two seconds. */
  answer(wire: Wire, proof: WireProof, remote: string, reception: Reception): void {
    if (this.#isClosed || this.#strangers >= strangersMax) {
      wire.destroy()
      return
    }
    this.#strangers += 1
    const shake = new ListenerHandShake(this.#deps.self, proof.key, { givesPassages: reception.passage !== undefined })
    this.#play(wire, proof, shake, introductionMs, (outcome) => {
      this.#strangers -= 1
      if (outcome instanceof DialError) {
        this.#deps.logger.warn({ remote, reason: outcome.reason, err: outcome.cause }, 'link.refused')
      } else if (outcome.onward) reception.passage?.({ ...outcome, onward: outcome.onward, wire })
      else reception.link(this.#link(wire, outcome, null))
    })
  }

  /** Closes all; resolves when nothing is left open, a second later at most. What was sent on links still leaves. */
  async close(): Promise<void> {
    this.#isClosed = true
    const open = [...this.#wires]
    const closed = open.map((wire) => new Promise<void>((resolve) => wire.onClosed(resolve)))
    for (const wire of open) {
      const link = this.#links.get(wire)
      if (link) link.close('stopping')
      else wire.destroy()
    }
    await Promise.all(closed)
  }

  /** Has `close` see to that wire too. */
  keep(wire: Wire): void {
    if (this.#wires.has(wire)) return
    this.#wires.add(wire)
    wire.onClosed(() => {
      this.#wires.delete(wire)
      this.#links.delete(wire)
    })
  }

  #link(wire: Wire, { peer, protocol }: Known, via: ProcessId | null): PeerLink {
    const link = new FramedLink(wire, { peer, protocol, via }, this.#deps)
    this.#links.set(wire, link)
    return link
  }

  /** Plays a hand-shake. `done` is called once, with who is there or with why that is not known. */
  #play(
    wire: Wire,
    proof: WireProof,
    shake: HandShake,
    timeoutMs: number,
    done: (outcome: Known | DialError) => void,
  ): void {
    const startedMs = this.#deps.clock.monotonicMs()
    this.keep(wire)

    const fail = (error: DialError) => {
      cancel()
      this.#hangUp(wire)
      done(error)
    }
    const take = ({ send, peer, protocol, onward, failed }: HandShakeStep) => {
      if (peer && !proof.admits(peer.role)) {
        fail(new DialError('not_authentic'))
        return
      }
      if (send) wire.write(encodeFrame(send))
      if (failed) fail(new DialError(failed))
      if (failed ?? (!peer || protocol === undefined)) return
      cancel()
      const tookMs = this.#deps.clock.monotonicMs() - startedMs
      this.#deps.logger.debug({ peer: peer.process, role: peer.role, protocol, tookMs }, 'link.authenticated')
      done({ peer, protocol, ...(onward ? { onward } : {}) })
    }
    const cancel: Cancel = this.#deps.timers.after(timeoutMs, () => fail(new DialError('timeout')))
    wire.handTo({
      frame: (frame) => take(shake.next(frame)),
      drain: () => undefined,
      end: (error) => fail(dialErrorOf(error)),
    })
    take(shake.begin())
  }

  /** The challenge tells a dialer why it is refused, so it leaves before the wire closes. */
  #hangUp(wire: Wire): void {
    wire.mute()
    const cancel = this.#deps.timers.after(lastWordMs, () => wire.destroy())
    wire.onClosed(cancel)
    wire.end()
  }
}

function dialErrorOf(error: Error | null): DialError {
  if (error === null) return new DialError('other')
  if (error instanceof CertificateError) return new DialError('not_authentic', { cause: error })
  if (error instanceof FrameError) return new DialError('protocol', { cause: error })
  // A name with several addresses is refused when all of them refuse.
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  const codes = errors.map((each) => (each instanceof Error && 'code' in each ? each.code : undefined))
  if (codes.every((code) => code === 'ECONNREFUSED')) return new DialError('refused', { cause: error })
  if (codes.some((code) => typeof code === 'string' && /^(ERR_SSL_|EPROTO)/.test(code))) {
    return new DialError('protocol', { cause: error })
  }
  return new DialError(codes.includes('ETIMEDOUT') ? 'timeout' : 'other', { cause: error })
}
