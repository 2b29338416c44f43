import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { Member } from '../membership/port.ts'
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

  /** Introduces this process to `target` at the other end. Rejects with DialError. */
  dial(wire: Wire, proof: WireProof, target: Member, timeoutMs: number): Promise<PeerLink> {
    const shake = new DialerHandShake(this.#deps.self, proof.key, target)
    return new Promise((resolve, reject) => {
      this.#play(wire, proof, shake, timeoutMs, (outcome) =>
        outcome instanceof DialError ? reject(outcome) : resolve(outcome),
      )
    })
  }

  /** Lets whoever is at the other end introduce itself within two seconds. */
  answer(wire: Wire, proof: WireProof, remote: string, onLink: (link: PeerLink) => void): void {
    if (this.#isClosed || this.#strangers >= strangersMax) {
      wire.destroy()
      return
    }
    this.#strangers += 1
    this.#play(wire, proof, new ListenerHandShake(this.#deps.self, proof.key), introductionMs, (outcome) => {
      this.#strangers -= 1
      if (!(outcome instanceof DialError)) onLink(outcome)
      else this.#deps.logger.warn({ remote, reason: outcome.reason, err: outcome.cause }, 'link.refused')
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

  /** Plays a hand-shake. `done` is called once, with the link or with why there is none. */
  #play(
    wire: Wire,
    proof: WireProof,
    shake: HandShake,
    timeoutMs: number,
    done: (outcome: PeerLink | DialError) => void,
  ): void {
    const startedMs = this.#deps.clock.monotonicMs()
    this.#wires.add(wire)
    wire.onClosed(() => {
      this.#wires.delete(wire)
      this.#links.delete(wire)
    })

    const fail = (error: DialError) => {
      cancel()
      this.#hangUp(wire)
      done(error)
    }
    const take = ({ send, peer, protocol, failed }: HandShakeStep) => {
      if (peer && !proof.admits(peer.role)) {
        fail(new DialError('not_authentic'))
        return
      }
      if (send) wire.write(encodeFrame(send))
      if (failed) fail(new DialError(failed))
      if (failed ?? (!peer || protocol === undefined)) return
      cancel()
      const link = new FramedLink(wire, { peer, protocol }, this.#deps)
      this.#links.set(wire, link)
      const tookMs = this.#deps.clock.monotonicMs() - startedMs
      this.#deps.logger.debug({ peer: peer.process, role: peer.role, protocol, tookMs }, 'link.authenticated')
      done(link)
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
