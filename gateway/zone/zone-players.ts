import type { ZoneLeftReason } from '../../protocol/client/zone-frames.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { ZonePlace } from '../../protocol/zone/link-messages.ts'
import type { ZoneMetrics } from './metrics.ts'
import { ZonePlayerCarrier, type ZoneClient, type ZonePlayerWays } from './zone-player.ts'

/** Somebody who enters. */
export interface Entrant {
  readonly userId: UserId
  readonly name: string
  readonly party: number
  readonly place: ZonePlace
  /** What stands on them beyond the zone. */
  readonly wider: readonly WiderSanction[]
  readonly client: ZoneClient
  /** A region has them: called once, before the first frame, unless `refused` is. */
  entered(player: ZonePlayerCarrier): void
  refused(code: ErrorCode): void
}

/** Who enters and of whom no region says anything is refused after so long, ms: longer than a region takes to be loaded elsewhere. */
export const enterMs = 8_000
/** The lower 20 bits of a player's number count. */
const countMax = 0xfffff
/** What somebody hears who was still entering. */
const codeOf = { closed: 'ZONE_CLOSED', banned: 'BANNED', full: 'ZONE_FULL' } as const

/** The players of one zone whose sockets are here, and those of them who are still entering. */
export class ZonePlayers implements Iterable<ZonePlayerCarrier> {
  readonly #ways: ZonePlayerWays
  readonly #metrics: ZoneMetrics
  readonly #players = new Map<number, ZonePlayerCarrier>()
  readonly #byUser = new Map<UserId, ZonePlayerCarrier>()
  readonly #entering = new Map<number, { readonly entrant: Entrant; readonly untilMs: number }>()
  #count = 0

  constructor(ways: ZonePlayerWays, metrics: ZoneMetrics) {
    this.#ways = ways
    this.#metrics = metrics
  }

  get size(): number {
    return this.#players.size
  }

  get(number: number): ZonePlayerCarrier | undefined {
    return this.#players.get(number)
  }

  of(user: UserId): ZonePlayerCarrier | undefined {
    return this.#byUser.get(user)
  }

  /** Each once. */
  users(): Iterable<UserId> {
    return this.#byUser.keys()
  }

  [Symbol.iterator](): Iterator<ZonePlayerCarrier> {
    return [...this.#players.values()][Symbol.iterator]()
  }

  /** Nobody else may be there under that user. `gateway`: the number of this process. */
  add(entrant: Entrant, gateway: number): ZonePlayerCarrier {
    const { userId, name, party, place, client } = entrant
    const number = this.#nextNumber(gateway)
    const player = new ZonePlayerCarrier({ number, userId, name, party }, place, client, this.#ways)
    this.#players.set(number, player)
    this.#byUser.set(userId, player)
    this.#entering.set(number, { entrant, untilMs: this.#ways.nowMs() + enterMs })
    this.#metrics.playersCarried(1)
    return player
  }

  /** Says whether they were there. */
  remove(player: ZonePlayerCarrier): boolean {
    if (!this.#players.delete(player.number)) return false
    if (this.#byUser.get(player.userId) === player) this.#byUser.delete(player.userId)
    this.#metrics.playersCarried(-1)
    return true
  }

  isEntering({ number }: ZonePlayerCarrier): boolean {
    return this.#entering.has(number)
  }

  /** A region has them. */
  cameIn(player: ZonePlayerCarrier): void {
    this.#take(player)?.entered(player)
  }

  /** Of somebody who was removed: who was still entering is refused with that code. False: they were in already. */
  refuse(player: ZonePlayerCarrier, code: ErrorCode): boolean {
    const entrant = this.#take(player)
    entrant?.refused(code)
    return entrant !== null
  }

  /**
   * Of somebody who was removed: they are told, but for null. Who was still entering hears why not; but who was replaced had entered, for a moment, and is
   * not to try again.
   */
  tellOut(player: ZonePlayerCarrier, reason: ZoneLeftReason | null): void {
    const entrant = this.#take(player)
    if (reason === null) return
    if (entrant && reason in codeOf) {
      entrant.refused(codeOf[reason as keyof typeof codeOf])
      return
    }
    entrant?.entered(player)
    player.client.leftZone(player, reason)
  }

  /** Those whom no region has taken in time, with what is to be called once they are removed. */
  overdue(): readonly (readonly [ZonePlayerCarrier, Entrant])[] {
    const nowMs = this.#ways.nowMs()
    return Array.from(this.#entering, ([number, { entrant, untilMs }]) => {
      const player = this.#players.get(number)
      return player && nowMs >= untilMs ? ([player, entrant] as const) : null
    }).filter((late) => late !== null)
  }

  #take({ number }: ZonePlayerCarrier): Entrant | null {
    const entrant = this.#entering.get(number)?.entrant ?? null
    this.#entering.delete(number)
    return entrant
  }

  /** Counts from 1, and begins again behind a million: by then nobody knows the first ones any more. */
  #nextNumber(gateway: number): number {
    for (;;) {
      this.#count = (this.#count % countMax) + 1
      const number = ((gateway << 20) | this.#count) >>> 0
      if (!this.#players.has(number)) return number
    }
  }
}
