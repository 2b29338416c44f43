import type { OverdueRoom, RoomEnds } from '../persistence/rooms/port.ts'
import type { Clock, Logger, Timers } from '../protocol/ports.ts'
import type { SweepMetrics } from './metrics.ts'
import { Rest } from './rest.ts'

/** Asks a room to close if its end has come by its own state and time. Rejects while the room cannot be reached. */
export interface RoomCloser {
  expire(room: OverdueRoom): Promise<{ readonly closed: boolean }>
}

export interface RoomSweepDeps {
  readonly rooms: RoomEnds
  readonly closer: RoomCloser
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: SweepMetrics
}

/** Between two rounds, ms. */
export const sweepEveryMs = 2_000
/** So long an overdue room is left to its own alarm, ms. */
export const leewayMs = 1_000
/** Rooms read at once. */
export const sweepBatchMax = 100
/** Rooms of one round at the most; the others wait for the next one. */
export const sweepRoundMax = 1_000
/** Rooms asked at once. */
const inFlightMax = 8

/**
 * The clock of rooms that nobody has in memory: finds in the record whose end has passed, and asks them to close. A room that cannot
 * be reached holds up no other: a round goes on behind it, and the next one tries it again. Any number of sweeps may run: the
 * room decides, and a second one finds it closed.
 */
export class RoomSweep {
  readonly #deps: RoomSweepDeps
  readonly #rest: Rest
  #isAway = false
  #running: Promise<void> = Promise.resolve()

  constructor(deps: RoomSweepDeps) {
    this.#deps = deps
    this.#rest = new Rest(deps.timers)
  }

  /** Starts; returns at once, whether or not Postgres is there. Call it once. */
  start(): void {
    this.#running = this.#run()
  }

  /** Resolves when the rooms in hand are done with. */
  async stop(): Promise<void> {
    this.#rest.end()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#rest.ended) {
      await this.#round().catch((error: unknown) => this.#recordAway(error))
      await this.#rest.for(sweepEveryMs, { wakeable: false })
    }
  }

  /** Rejects when the record cannot be read. */
  async #round(): Promise<void> {
    const beforeMs = this.#deps.clock.wallMs() - leewayMs
    let after: OverdueRoom | null = null
    for (let seen = 0; seen < sweepRoundMax && !this.#rest.ended; seen += sweepBatchMax) {
      const batch: readonly OverdueRoom[] = await this.#deps.rooms.overdue(beforeMs, sweepBatchMax, after)
      this.#isAway = false
      await this.#closeAll(batch)
      after = batch.at(-1) ?? null
      if (batch.length < sweepBatchMax) return
    }
  }

  async #closeAll(batch: readonly OverdueRoom[]): Promise<void> {
    const waiting = batch.values()
    const lane = async () => {
      for (const room of waiting) await this.#close(room)
    }
    await Promise.all(Array.from({ length: inFlightMax }, lane))
  }

  async #close(room: OverdueRoom): Promise<void> {
    const { closer, logger, metrics } = this.#deps
    try {
      const { closed } = await closer.expire(room)
      if (closed) metrics.roomClosed()
    } catch (error) {
      metrics.failed()
      logger.debug({ room_id: room.roomId, error }, 'sweep.room_not_reached')
    }
  }

  /** Logged once, until the record answers again. */
  #recordAway(error: unknown): void {
    if (!this.#isAway) this.#deps.logger.warn({ error }, 'sweep.record_away')
    this.#isAway = true
  }
}
