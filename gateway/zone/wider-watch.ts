import type { WiderSanctions } from '../../persistence/sanctions/port.ts'
import { AppError } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import { readable } from '../readable.ts'

export interface WiderWatchDeps {
  readonly wider: WiderSanctions
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** The zones whose players are kept by it. */
  readonly zones: () => Iterable<WiderZone>
}

/** A zone with players of this process. */
export interface WiderZone {
  readonly guildId: string | null
  /** Of its players here. */
  users(): Iterable<UserId>
  /** All that stands on that user beyond the zone, as of now, whether or not anything changed. */
  knowWider(user: UserId, sanctions: readonly WiderSanction[]): void
}

/** Everybody is looked up again so often, ms, whatever was heard: so late does a change come through of which nothing was heard. */
export const sweepEveryMs = 10_000
const tendEveryMs = 1_000
/** Users asked for in one question. */
const usersAtOnce = 1_000
/** Somebody at the door is looked up again so often, where something on them changes in the very moment. */
const readingsMax = 4

/**
 * Brings sanctions of guilds and of the whole service to the zones of this process. The record does not know who is in a zone, so nobody can tell it from
 * there: each gateway listens for users on whom something changed, and reads what stands on those whom it carries. Whoever enters is looked up at the
 * door. While the record is away those who are in a zone stay what they are, and nobody enters.
 */
export class WiderWatch {
  readonly #deps: WiderWatchDeps
  #cancel: Cancel = () => undefined
  #unlisten: (() => Promise<void>) | null = null
  #isListening = false
  #isOver = false
  /** On whom something changed that was not read yet. */
  #changed = new Set<UserId>()
  #isAllDue = false
  #sweptAtMs: number
  #isReading = false
  #isAway = false
  /** Who is looked up at the door, and whether nothing was heard of them meanwhile. */
  readonly #atDoor = new Set<{ readonly userId: UserId; isUpToDate: boolean }>()

  constructor(deps: WiderWatchDeps) {
    this.#deps = deps
    this.#sweptAtMs = deps.clock.monotonicMs()
  }

  /** Returns at once, whether or not the record is there. Call it once. */
  start(): void {
    this.#cancel = this.#deps.timers.every(tendEveryMs, () => this.#tend())
    void this.#listen()
  }

  stop(): void {
    this.#isOver = true
    this.#cancel()
    void this.#unlisten?.().catch(() => undefined)
  }

  /**
   * What stands on somebody who wants to enter a zone of that guild. Of what changes behind it the zone hears, if they are among its users by the
   * time that this is awaited. Throws RETRY_LATER where the record cannot be read, and SANCTIONS_CHANGED where that changes all the time.
   */
  async atDoor(userId: UserId, guildId: string | null): Promise<readonly WiderSanction[]> {
    for (let reading = 1; ; reading += 1) {
      const waiting = { userId, isUpToDate: true }
      this.#atDoor.add(waiting)
      try {
        const found = await readable(() => this.#deps.wider.on([userId], guildId))
        if (waiting.isUpToDate) return found.get(userId) ?? []
      } finally {
        this.#atDoor.delete(waiting)
      }
      if (reading === readingsMax) throw new AppError('SANCTIONS_CHANGED', { user_id: userId })
    }
  }

  async #listen(): Promise<void> {
    this.#isListening = true
    try {
      const unlisten = await this.#deps.wider.listen((userId) => this.#heard(userId))
      if (this.#isOver) await unlisten()
      else this.#unlisten = unlisten
      // What changed before that was not heard.
      this.#heard(null)
    } catch (error) {
      this.#recordAway(error)
    } finally {
      this.#isListening = false
    }
  }

  #heard(userId: UserId | null): void {
    if (userId === null) this.#isAllDue = true
    else this.#changed.add(userId)
    for (const waiting of this.#atDoor) if (userId === null || waiting.userId === userId) waiting.isUpToDate = false
    void this.#read()
  }

  #tend(): void {
    const nowMs = this.#deps.clock.monotonicMs()
    if (!this.#unlisten && !this.#isListening) void this.#listen()
    if (nowMs - this.#sweptAtMs >= sweepEveryMs) {
      this.#sweptAtMs = nowMs
      this.#isAllDue = true
    }
    void this.#read()
  }

  /** Never rejects: what could not be read is due again, and tried with the next word or within a second. */
  async #read(): Promise<void> {
    if (this.#isReading || this.#isOver) return
    this.#isReading = true
    while (this.#isAllDue || this.#changed.size > 0) {
      const [isAll, changed] = [this.#isAllDue, this.#changed]
      this.#isAllDue = false
      this.#changed = new Set()
      try {
        await this.#tellZones((user) => isAll || changed.has(user))
        this.#isAway = false
      } catch (error) {
        this.#isAllDue ||= isAll
        for (const user of changed) this.#changed.add(user)
        this.#recordAway(error)
        break
      }
    }
    this.#isReading = false
  }

  async #tellZones(isMeant: (user: UserId) => boolean): Promise<void> {
    const byGuild = new Map<string | null, Set<UserId>>()
    const zones = [...this.#deps.zones()]
    for (const zone of zones) {
      const users = byGuild.get(zone.guildId) ?? new Set()
      for (const user of zone.users()) if (isMeant(user)) users.add(user)
      byGuild.set(zone.guildId, users)
    }
    for (const [guildId, users] of byGuild) {
      const list = [...users]
      for (let from = 0; from < list.length; from += usersAtOnce) {
        const asked = list.slice(from, from + usersAtOnce)
        const found = await this.#deps.wider.on(asked, guildId)
        for (const zone of zones) {
          if (zone.guildId !== guildId) continue
          for (const user of asked) zone.knowWider(user, found.get(user) ?? [])
        }
      }
    }
  }

  /** Logged once, until the record answers again. */
  #recordAway(err: unknown): void {
    if (!this.#isAway) this.#deps.logger.warn({ err }, 'zone.sanctions_not_read')
    this.#isAway = true
  }
}
