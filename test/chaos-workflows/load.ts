import { setTimeout as sleep } from 'node:timers/promises'
import type { SeededRandom } from '../support/seeded-random.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import type { DurableWorld } from './world.ts'

/** A moderator's action as its caller saw it. Unix ms. */
export interface Action {
  readonly room: string
  readonly user: string
  readonly what: 'set' | 'lift'
  readonly kind: Kind
  readonly outcome: 'acked' | 'refused' | 'unknown'
  /** Of what was acked. */
  readonly generation: number | null
  readonly tookMs: number
}

type Kind = 'mute' | 'deafen' | 'ban'
const kinds: readonly Kind[] = ['mute', 'mute', 'mute', 'deafen', 'ban']
const liftOf = { mute: 'unmute', deafen: 'undeafen', ban: 'unban' } as const

export interface LoadOptions {
  readonly rooms: number
  readonly sanctions: number
  /** Actions under way at once. */
  readonly lanes: number
  /** Between two of one lane, ms: a development server of Temporal takes some fifty starts a second. */
  readonly pauseMs: number
  /** Deadlines lie so far ahead, s: from, to. */
  readonly durationS: readonly [from: number, to: number]
}

/** Answers that tell of an overload or a loss on the way: a moderator would press again. */
const passing = new Set([429, 500, 502, 503, 504])

/**
 * Moderators who mute, deafen and ban for a time, and then extend, shorten and lift some of it. Half the rooms have somebody in them, so that
 * they stay in memory; the others are forgotten between two actions.
 */
export class ModerationLoad {
  readonly actions: Action[] = []
  readonly rooms: string[] = []
  readonly #world: DurableWorld
  readonly #random: SeededRandom
  readonly #options: LoadOptions
  readonly #sockets: VoiceSocket[] = []
  #sets = 0
  #users = 0

  constructor(world: DurableWorld, random: SeededRandom, options: LoadOptions) {
    this.#world = world
    this.#random = random
    this.#options = options
  }

  /** Sanctions that were set and acknowledged so far. */
  get sets(): number {
    return this.#sets
  }

  async prepare(): Promise<void> {
    const { cluster } = this.#world
    for (let index = 0; index < this.#options.rooms; index += 1) {
      const room = await cluster.createRoom('host')
      this.rooms.push(room)
      if (index % 2 === 1) continue
      const socket = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token(`guest-${index}`))
      await socket.command({ type: 'join', room_id: room })
      this.#sockets.push(socket)
    }
  }

  /** Resolves when as many sanctions as wanted were acknowledged. */
  async run(): Promise<void> {
    const lane = async () => {
      while (this.#sets < this.#options.sanctions) {
        await this.#one()
        await sleep(this.#options.pauseMs)
      }
    }
    await Promise.all(Array.from({ length: this.#options.lanes }, lane))
  }

  close(): void {
    for (const socket of this.#sockets) socket.close()
  }

  async #one(): Promise<void> {
    const room = this.rooms[this.#random.below(this.rooms.length)] ?? ''
    const kind = kinds[this.#random.below(kinds.length)] ?? 'mute'
    this.#users += 1
    const user = `user-${this.#users}`
    await this.#set(room, user, kind, this.#duration())
    const next = this.#random.below(10)
    // Longer, shorter, or not at all.
    if (next === 0) await this.#set(room, user, kind, this.#duration() + 5)
    else if (next === 1) await this.#set(room, user, kind, 1)
    else if (next === 2) await this.#ask(room, user, kind, 'lift', liftOf[kind], { reason: 'sorry' })
  }

  #duration(): number {
    const [from, to] = this.#options.durationS
    return this.#random.between(from, to)
  }

  async #set(room: string, user: string, kind: Kind, durationS: number): Promise<void> {
    const outcome = await this.#ask(room, user, kind, 'set', kind, { duration: durationS, reason: 'noise' })
    if (outcome === 'acked') this.#sets += 1
  }

  async #ask(
    room: string,
    user: string,
    kind: Kind,
    what: Action['what'],
    verb: string,
    body: object,
  ): Promise<Action['outcome']> {
    const { cluster } = this.#world
    const beganMs = Date.now()
    let answer: { outcome: Action['outcome']; generation: number | null }
    try {
      const path = `/api/v1/rooms/${room}/participants/${user}/${verb}`
      const { status, body: said } = await cluster.call('POST', path, { token: cluster.token('host'), body })
      const generation = status === 200 ? (said as { generation: number }).generation : null
      answer = { outcome: status === 200 ? 'acked' : passing.has(status) ? 'unknown' : 'refused', generation }
    } catch {
      answer = { outcome: 'unknown', generation: null }
    }
    this.actions.push({ ...{ room, user, what, kind }, ...answer, tookMs: Date.now() - beganMs })
    if (answer.outcome === 'unknown') await sleep(200)
    return answer.outcome
  }
}
