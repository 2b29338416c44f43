import type pg from 'pg'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import { refreshLagS, refreshNext, removeOldRollups } from '../quality-rollups/refresh.ts'
import { keepParts, type DailyTable } from './parts.ts'
import { removeOver } from './revocations.ts'
import { removeSent } from './sent-messages.ts'
import { keepSessions } from './sessions.ts'

/** For how many whole days rows are kept at least. */
export interface Retention {
  readonly signalingDays: number
  readonly qualityDays: number
  readonly webhookDays: number
}

/** The pieces of a janitor's work. */
export type JanitorStep =
  | 'rollups'
  | 'signaling_parts'
  | 'quality_parts'
  | 'webhook_parts'
  | 'sessions'
  | 'old_rollups'
  | 'sent_messages'
  | 'revocations'

/** What a janitor tells of itself. */
export interface JanitorObserver {
  stepDone(step: JanitorStep, outcome: 'done' | 'busy' | 'failed', tookMs: number): void
  removed(what: 'parts' | 'sessions' | 'rollups' | 'strays' | 'messages' | 'revocations', count: number): void
  /** How far the rollups are behind. */
  rollupLag(seconds: number): void
}

export interface JanitorDeps {
  /** Of the janitor's own: its statements run longer than others may. */
  readonly pool: pg.Pool
  readonly retention: Retention
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly observe: JanitorObserver
}

/** Longest a statement of a janitor may run, ms. */
export const janitorStatementMs = 30_000
/** Hours are so small beside the reports they come from that a year and more of them is kept, days. */
const hoursKeptDays = 400
/** Between two rounds of rollups, ms. */
const roundMs = 10_000
/** Between two looks at parts, sessions and old rollups, ms. */
const upkeepMs = 600_000
/** Rollups that are overdue are caught up with for so long at a stretch, ms. */
const catchUpMs = 20_000

/**
 * Keeps the tables that grow: makes and drops the parts of days, closes and removes sessions, and brings the rollups of quality up
 * to date. Several janitors may run: each piece of work is done under a lock of the database, and who does not get it leaves that
 * piece to the one who has it. A piece that fails is logged, and tried again in the next round; it holds up no other.
 *
 * Modes: `working` (a round is under way), `resting` (a timer), `stopped` for good, behind the piece in hand.
 */
export class Janitor {
  readonly #deps: JanitorDeps
  readonly #failing = new Set<JanitorStep>()
  #cancel: Cancel = () => undefined
  #stopped = false
  #round: Promise<void> = Promise.resolve()
  #upkeepDueMs: number

  constructor(deps: JanitorDeps) {
    this.#deps = deps
    this.#upkeepDueMs = deps.clock.monotonicMs()
  }

  /** Begins with a round at once; returns without waiting for it. Call it once. */
  start(): void {
    this.#round = this.#work().then(() => this.#rest())
  }

  /** Takes up no further piece of work; resolves when the one in hand is done. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#round
  }

  #rest(): void {
    if (this.#stopped) return
    this.#cancel = this.#deps.timers.after(roundMs, () => this.start())
  }

  async #work(): Promise<void> {
    const { clock } = this.#deps
    if (clock.monotonicMs() >= this.#upkeepDueMs) {
      this.#upkeepDueMs = clock.monotonicMs() + upkeepMs
      await this.#upkeep()
    }
    await this.#step('rollups', () => this.#rollUp())
  }

  async #upkeep(): Promise<void> {
    const { pool, retention, observe } = this.#deps
    const { signalingDays, qualityDays, webhookDays } = retention
    const parts = async (table: DailyTable, days: number) => {
      const kept = await keepParts(pool, table, days)
      if (kept === 'busy') return 'busy'
      observe.removed('parts', kept.dropped)
      observe.removed('strays', kept.straysRemoved)
      return 'done'
    }
    await this.#step('signaling_parts', () => parts('signaling_messages', signalingDays))
    await this.#step('quality_parts', () => parts('voice_quality_metrics', qualityDays))
    await this.#step('webhook_parts', () => parts('webhook_deliveries', webhookDays))
    await this.#step('sessions', async () => {
      // Behind their children, whose parts are gone a day later at the latest: so there is nothing left to remove with them.
      const kept = await keepSessions(pool, Math.max(signalingDays, qualityDays) + 1)
      if (kept === 'busy') return 'busy'
      observe.removed('sessions', kept.removed)
      return 'done'
    })
    await this.#step('revocations', async () => {
      const removed = await removeOver(pool)
      if (removed === 'busy') return 'busy'
      observe.removed('revocations', removed)
      return 'done'
    })
    await this.#step('sent_messages', async () => {
      const removed = await removeSent(pool)
      if (removed === 'busy') return 'busy'
      observe.removed('messages', removed)
      return 'done'
    })
    await this.#step('old_rollups', async () => {
      const minutes = await removeOldRollups(pool, 'minute', qualityDays)
      const hours = await removeOldRollups(pool, 'hour', hoursKeptDays)
      if (minutes === 'busy' || hours === 'busy') return 'busy'
      observe.removed('rollups', minutes + hours)
      return 'done'
    })
  }

  async #rollUp(): Promise<'done' | 'busy'> {
    const { pool, clock, observe } = this.#deps
    const untilMs = clock.monotonicMs() + catchUpMs
    while (!this.#stopped && clock.monotonicMs() < untilMs) {
      const outcome = await refreshNext(pool)
      if (outcome === 'busy') return 'busy'
      if (outcome === 'none') break
    }
    observe.rollupLag(await refreshLagS(pool))
    return 'done'
  }

  /** Never rejects. Logged once a trouble, not once a round. */
  async #step(step: JanitorStep, work: () => Promise<'done' | 'busy'>): Promise<void> {
    if (this.#stopped) return
    const { clock, logger, observe } = this.#deps
    const beganMs = clock.monotonicMs()
    try {
      observe.stepDone(step, await work(), clock.monotonicMs() - beganMs)
      if (this.#failing.delete(step)) logger.info({ step }, 'janitor.step_works_again')
    } catch (err) {
      observe.stepDone(step, 'failed', clock.monotonicMs() - beganMs)
      if (this.#failing.has(step)) return
      this.#failing.add(step)
      logger.warn({ step, err }, 'janitor.step_failed')
    }
  }
}
