import type { SanctionSpread, SeatedRoom, SpreadTask } from '../persistence/sanctions/port.ts'
import { AppError } from '../protocol/errors.ts'
import type { UserId } from '../protocol/ids.ts'
import type { Cancel, Clock, Logger, Timers } from '../protocol/ports.ts'
import { backOffMs } from './back-off.ts'
import { inLanes } from './lanes.ts'
import { measureRegularly } from './measuring.ts'
import type { SpreadMetrics } from './metrics.ts'
import { Rest } from './rest.ts'

/** Tells a room what stands on somebody beyond it. */
export interface RoomTeller {
  /** Resolves when the room knows, or is closed. Rejects with SANCTIONS_CHANGED where that is out of date, else while it cannot be reached. */
  tell(userId: UserId, room: SeatedRoom): Promise<void>
}

export interface SanctionSpreaderDeps {
  readonly spread: SanctionSpread
  readonly teller: RoomTeller
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: SpreadMetrics
}

/** Users taken at once. */
export const spreadBatchMax = 50
/** Users, and of each the rooms, that are seen to at once. */
const usersAtOnce = 8
const roomsAtOnce = 16
/** A task is nobody else's for so long, ms: whoever died with it has it taken up by another then. */
export const claimMs = 10_000
/** How long a change waits at the most that nobody told us of, ms. */
const pollMs = 1_000
/** Rooms are looked for anew so often in a row, where a sanction changes under the hand. */
const readingsMax = 5
const backOff = { firstMs: 200, longestMs: 5_000 }

/**
 * Brings every change of a sanction of a guild or of the whole service into the rooms where the user has a seat. What is to be told is read
 * when it is told, so that of two spreaders, or of one that comes late, none brings something old; the room's own write is refused
 * besides where it would be. Who joins later is told at the door.
 *
 * Woken by the record with each change, and looks every second besides. A room that cannot be reached holds up no other user, and is
 * tried again until it can.
 */
export class SanctionSpreader {
  readonly #deps: SanctionSpreaderDeps
  readonly #rest: Rest
  #isAway = false
  #unlisten: (() => Promise<void>) | null = null
  #stopMeasuring: Cancel = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(deps: SanctionSpreaderDeps) {
    this.#deps = deps
    this.#rest = new Rest(deps.timers)
  }

  /** Starts; returns at once, whether or not Postgres is there. Call it once. */
  start(): void {
    const { spread, timers, metrics } = this.#deps
    this.#stopMeasuring = measureRegularly(timers, pollMs, async () => {
      const { users, oldestAgeMs } = await spread.backlog()
      metrics.backlog(users, oldestAgeMs / 1_000)
    })
    this.#running = this.#run()
  }

  /** Takes no further tasks; resolves when those in hand are done with. */
  async stop(): Promise<void> {
    this.#rest.end()
    this.#stopMeasuring()
    await this.#running
    await this.#unlisten?.()
  }

  async #run(): Promise<void> {
    while (!this.#rest.ended) {
      const taken = await this.#round().catch((error: unknown) => this.#recordAway(error))
      if (taken < spreadBatchMax) await this.#rest.for(pollMs, { wakeable: !this.#isAway })
    }
  }

  /** Rejects when the record cannot be read. */
  async #round(): Promise<number> {
    const { spread } = this.#deps
    this.#unlisten ??= await spread.listen(() => this.#rest.wake())
    const tasks = await spread.claim(spreadBatchMax, claimMs)
    this.#isAway = false
    await inLanes(tasks, usersAtOnce, (task) => this.#see(task))
    return tasks.length
  }

  async #see(task: SpreadTask): Promise<void> {
    const { spread, metrics, clock, logger } = this.#deps
    const startedMs = clock.monotonicMs()
    try {
      await this.#tellAll(task.userId)
      await spread.done(task)
    } catch (error) {
      metrics.failed()
      const attempts = task.attempts + 1
      if (attempts % 10 === 1) logger.warn({ attempts, error }, 'spread.not_everywhere')
      // Where even that is not to be had the claim runs out.
      await spread.putOff(task, backOffMs(attempts, backOff), reasonOf(error)).catch(() => undefined)
      return
    }
    metrics.told((task.ageMs + clock.monotonicMs() - startedMs) / 1_000)
  }

  /** Every room where the user has a seat knows what stands on them. Rejects where one could not be told. */
  async #tellAll(userId: UserId): Promise<void> {
    for (let reading = 1; ; reading += 1) {
      const rooms = await this.#deps.spread.seatsOf(userId)
      const failures = await this.#tellRooms(userId, rooms)
      if (failures.length === 0) return
      const isOutOfDate = failures.every((error) => error instanceof AppError && error.code === 'SANCTIONS_CHANGED')
      if (!isOutOfDate || reading === readingsMax) throw failures[0]
    }
  }

  async #tellRooms(userId: UserId, rooms: readonly SeatedRoom[]): Promise<readonly unknown[]> {
    const failures: unknown[] = []
    await inLanes(rooms, roomsAtOnce, async (room) => {
      await this.#deps.teller.tell(userId, room).catch((error: unknown) => failures.push(error))
    })
    return failures
  }

  /** Logged once, until the record answers again. */
  #recordAway(error: unknown): number {
    if (!this.#isAway) this.#deps.logger.warn({ error }, 'spread.record_away')
    this.#isAway = true
    return 0
  }
}

/** Kept with the task, at most 500 characters. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500)
