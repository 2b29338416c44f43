import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Type, type Static } from '@sinclair/typebox'
import { decoder, parseJsonBytes } from '../../protocol/codec.ts'
import { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Life, ProcessRole } from '../membership/port.ts'
import { frameType, type DialError, type Frame, type FrameType, type PassageAnswer, type PeerIdentity } from './port.ts'

/** Versions of the wire protocol between processes that this build speaks. */
export const protocolRange = { min: 1, max: 1 } as const

/** Longest frame while nobody knows yet who is there, bytes. */
export const maxHandShakeBytes = 4096

/** What a process tells of itself on a link. */
export interface LinkSelf extends PeerIdentity {
  readonly protocol: { readonly min: number; readonly max: number }
}

/**
 * What both ends prove that they know: the secret of the cluster, or what binds the proof to one TLS channel. Asked for after the
 * peer's first frame came.
 */
export type LinkKey = () => string

/** What one side does next: send, then either go on waiting, or take the peer as known, or give up. */
export interface HandShakeStep {
  readonly send?: Frame
  readonly peer?: PeerIdentity
  /** The version that both will speak; beside `peer`. */
  readonly protocol?: number
  /** Of a listener, beside `peer`: that one wants a passage to this one, and no link. It has had no last word yet. */
  readonly onward?: Life
  readonly failed?: DialError['reason']
}

type Known = Required<Pick<HandShakeStep, 'peer' | 'protocol'>>

/** One side of a hand-shake. */
export interface HandShake {
  /** The first step, before anything arrived. */
  begin(): HandShakeStep
  next(frame: Frame): HandShakeStep
}

const version = Type.Integer({ minimum: 0, maximum: 0xffff })
const identity = {
  process: ProcessId,
  incarnation: Incarnation,
  role: Type.Unsafe<ProcessRole>(Type.String({ pattern: '^[a-z]{1,16}$' })),
  protocol: Type.Object({ min: version, max: version }),
  nonce: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
}
// None of these is strict: a later version may add fields, which an earlier one passes over and no proof covers.
const mac = Type.String({ pattern: '^[0-9a-f]{64}$' })

/**
 * First frame of the dialer: who it is, and which life of which process it means. `onward` asks for a passage to another: nothing
 * vouches for it but the channel, and nothing needs to, since the hand-shake through the passage does.
 */
const Hello = Type.Object({
  ...identity,
  target: Incarnation,
  onward: Type.Optional(Type.Object({ process: ProcessId, incarnation: Incarnation })),
})
type Hello = Static<typeof Hello>
/** The listener's answer: who it is, and that it knows the secret. */
const Challenge = Type.Object({ ...identity, mac })
type Challenge = Static<typeof Challenge>
/** Second `hello` of the dialer: that it knows the secret too. */
const Proof = Type.Object({ mac })
/** The listener's last word: the version that both will speak; and what it says to the wish for a passage. */
const Welcome = Type.Object({ protocol: version, onward: Type.Optional(Type.String({ maxLength: 32 })) })

const decodeHello = decoder(Hello)
const decodeChallenge = decoder(Challenge)
const decodeProof = decoder(Proof)
const decodeWelcome = decoder(Welcome)

/**
 * The dialer's side. It learns by the challenge whether it reached who it meant, and it believes nothing of it before the
 * secret is proved. The secret itself never crosses the wire, and a proof is good for its two nonces and one direction.
 */
export class DialerHandShake implements HandShake {
  readonly #key: LinkKey
  readonly #target: Life
  readonly #hello: Hello
  #known: Known | null = null

  /** With `onward` it asks the target for a passage to that one. */
  constructor(self: LinkSelf, key: LinkKey, target: Life, onward: Life | null = null) {
    this.#key = key
    this.#target = target
    const wish = onward && { onward: { process: onward.process, incarnation: onward.incarnation } }
    this.#hello = { ...introduce(self), target: target.incarnation, ...wish }
  }

  begin(): HandShakeStep {
    return { send: control(frameType.hello, this.#hello) }
  }

  next(frame: Frame): HandShakeStep {
    try {
      if (!this.#known && frame.type === frameType.challenge) return this.#prove(decodeChallenge(jsonOf(frame)))
      if (this.#known && frame.type === frameType.welcome) {
        return this.#hear(decodeWelcome(jsonOf(frame)), this.#known)
      }
    } catch {
      // Bytes that say nothing we know: the same as a frame out of turn.
    }
    return { failed: 'protocol' }
  }

  #hear({ protocol, onward }: Static<typeof Welcome>, known: Known): HandShakeStep {
    if (protocol !== known.protocol) return { failed: 'protocol' }
    if (!this.#hello.onward || onward === ('open' satisfies PassageAnswer)) return known
    // A listener that knows of no passages took this for the wish for a link.
    return { failed: onward === undefined ? 'protocol' : 'no_passage' }
  }

  #prove(challenge: Challenge): HandShakeStep {
    if (!isSame(challenge.mac, proof(this.#key(), 'listener', this.#hello, challenge))) {
      return { failed: 'not_authentic' }
    }
    const { process, incarnation, role } = challenge
    if (process !== this.#target.process || incarnation !== this.#target.incarnation) {
      return { failed: 'wrong_incarnation' }
    }
    const protocol = commonVersion(this.#hello.protocol, challenge.protocol)
    if (protocol === null) return { failed: 'protocol' }
    this.#known = { peer: { process, incarnation, role }, protocol }
    return { send: control(frameType.hello, { mac: proof(this.#key(), 'dialer', this.#hello, challenge) }) }
  }
}

/** The listener's side. A dialer that means another life, or speaks no common version, gets the challenge and no more. */
export class ListenerHandShake implements HandShake {
  readonly #key: LinkKey
  readonly #about: ReturnType<typeof introduce>
  readonly #givesPassages: boolean
  #asked: { readonly hello: Hello; readonly challenge: Challenge; readonly protocol: number } | null = null

  /** Without `givesPassages` a wish for one is passed over, as by a listener that knows of none. */
  constructor(self: LinkSelf, key: LinkKey, { givesPassages = false } = {}) {
    this.#key = key
    this.#about = introduce(self)
    this.#givesPassages = givesPassages
  }

  begin(): HandShakeStep {
    return {}
  }

  next(frame: Frame): HandShakeStep {
    if (frame.type !== frameType.hello) return { failed: 'protocol' }
    try {
      return this.#asked ? this.#check(decodeProof(jsonOf(frame)).mac) : this.#challenge(decodeHello(jsonOf(frame)))
    } catch {
      return { failed: 'protocol' }
    }
  }

  #challenge(hello: Hello): HandShakeStep {
    const challenge = { ...this.#about, mac: proof(this.#key(), 'listener', hello, this.#about) }
    const send = control(frameType.challenge, challenge)
    if (hello.target !== this.#about.incarnation) return { send, failed: 'wrong_incarnation' }
    const protocol = commonVersion(hello.protocol, this.#about.protocol)
    if (protocol === null) return { send, failed: 'protocol' }
    this.#asked = { hello, challenge, protocol }
    return { send }
  }

  #check(given: string): HandShakeStep {
    if (!this.#asked) return { failed: 'protocol' }
    const { hello, challenge, protocol } = this.#asked
    if (!isSame(given, proof(this.#key(), 'dialer', hello, challenge))) return { failed: 'not_authentic' }
    const { process, incarnation, role, onward } = hello
    const known = { peer: { process, incarnation, role }, protocol }
    return onward && this.#givesPassages ? { ...known, onward } : { ...known, send: welcome(protocol) }
  }
}

/** The listener's last word; with its answer to the wish for a passage, where there was one. */
export const welcome = (protocol: number, onward?: PassageAnswer): Frame =>
  control(frameType.welcome, { protocol, onward })

/** The highest version that both speak. */
export function commonVersion(ours: LinkSelf['protocol'], theirs: LinkSelf['protocol']): number | null {
  const highest = Math.min(ours.max, theirs.max)
  return highest >= Math.max(ours.min, theirs.min) ? highest : null
}

const introduce = ({ process, incarnation, role, protocol: { min, max } }: LinkSelf) => ({
  process,
  incarnation,
  role,
  protocol: { min, max },
  nonce: randomBytes(32).toString('base64url'),
})

/** FROZEN: covers everything that either side said of itself, and names the prover, so that no proof can be sent back. */
function proof(key: string, prover: 'dialer' | 'listener', hello: Hello, challenge: Omit<Challenge, 'mac'>): string {
  const said = [hello, challenge].flatMap(({ process, incarnation, role, protocol, nonce }) => [
    process,
    incarnation,
    role,
    protocol.min,
    protocol.max,
    nonce,
  ])
  const text = JSON.stringify(['voice-rooms link', prover, hello.target, ...said])
  return createHmac('sha256', key).update(text).digest('hex')
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given, 'hex'), Buffer.from(expected, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}

const jsonOf = (frame: Frame): unknown => parseJsonBytes(frame.payload)

function control(type: FrameType, body: object): Frame {
  const payload = Buffer.from(JSON.stringify(body))
  return { type, lane: 0, correlation: 0, epoch: 0, seq: 0, deadlineMs: 0, key: '', payload }
}
