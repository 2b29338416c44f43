import type { Cancel, Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import type { LeaseStore } from './lease-store.ts'
import type { LeaseGuard, Member, MemberFacts } from './port.ts'

/** Times of a lease, ms. */
export interface LeaseTimes {
  /** How long Redis keeps it without a renewal. */
  readonly leaseMs: number
  readonly renewEveryMs: number
  /** How long after a renewal was sent the process still counts itself as holding it. */
  readonly serveMs: number
  /** With less than so much left, and no answer of the store, the fallback is asked. */
  readonly fallBackBelowMs: number
}

/** The half second between `serveMs` and `leaseMs` covers delivery and clocks that differ by a percent. */
export const leaseTimes: LeaseTimes = { leaseMs: 3_000, renewEveryMs: 500, serveMs: 2_500, fallBackBelowMs: 1_700 }

/** Why a node that is up should get no more actors. */
export type Unfit = Extract<Member['state'], 'refusing' | 'recordless'>

type PlannedState = Exclude<Member['state'], Unfit>

/** Why a process stands without a lease. */
export type LeaseLoss = 'expired' | 'revoked' | 'superseded'

export interface LeaseKeeperDeps {
  readonly facts: MemberFacts
  readonly store: LeaseStore
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  /** Actors owned now, told with every renewal. */
  readonly load: () => number
  readonly times?: LeaseTimes
  /** Where the lease is kept while the store does not answer. Without it the lease then runs out. */
  readonly fallback?: LeaseFallback
}

/** A second place for one process's lease. */
export interface LeaseFallback {
  hold(leaseMs: number): Promise<void>
  /** The store answers again and the lease is held there. Called again after a failure. */
  end(): Promise<void>
}

/**
 * Keeps this process's lease. Modes: out, held, lost; a lost lease that merely expired is held again by the next renewal
 * that gets through, one that was revoked or superseded never is.
 *
 * The deadline is counted from before the renewal was sent, on the monotonic clock, and compared at every question: a
 * process that was paused finds itself past it before it does anything else.
 */
export class LeaseKeeper implements LeaseGuard {
  readonly #deps: LeaseKeeperDeps
  readonly #times: LeaseTimes
  readonly #onLost: ((loss: LeaseLoss) => void)[] = []
  #state: PlannedState = 'joining'
  #unfit: Unfit | null = null
  #deadlineMs = Number.NEGATIVE_INFINITY
  #loss: LeaseLoss | null = null
  #cancel: Cancel = () => undefined
  #stopped = false
  #isOnFallback = false

  constructor(deps: LeaseKeeperDeps) {
    this.#deps = deps
    this.#times = deps.times ?? leaseTimes
  }

  /** Takes the lease, in place of an earlier life of this process, and renews it from now on. Rejects when Redis is away. */
  async start(): Promise<void> {
    const sentMs = this.#deps.clock.monotonicMs()
    const answer = await this.#hold(true)
    if (answer !== 'held') throw new Error(`no lease: ${answer}`)
    this.#deadlineMs = sentMs + this.#times.serveMs
    this.#schedule()
  }

  holds(): boolean {
    return this.#loss !== 'revoked' && this.#loss !== 'superseded' && this.leftMs() > 0
  }

  leftMs(): number {
    return this.#deadlineMs - this.#deps.clock.monotonicMs()
  }

  /** Why the lease is not held; null while it is. */
  get loss(): LeaseLoss | null {
    if (this.holds()) return null
    return this.#loss ?? 'expired'
  }

  /** Told each time the lease is lost, at the latest half a renewal period after it was. */
  onLost(listener: (loss: LeaseLoss) => void): void {
    this.#onLost.push(listener)
  }

  /** What the others see of this process, from the next renewal on, which is sent at once. */
  async announce(state: PlannedState): Promise<void> {
    this.#state = state
    await this.#renew()
  }

  /** While it is up, the others see why it should get no more actors, or that it may again. A change is sent at once. */
  refuse(unfit: Unfit | null): void {
    if (unfit === this.#unfit) return
    this.#unfit = unfit
    void this.#renew()
  }

  /** Gives the lease back, so that nobody waits for it to run out. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    const { process, incarnation } = this.#deps.facts
    this.#deadlineMs = Number.NEGATIVE_INFINITY
    await this.#deps.store.leave(process, incarnation)
  }

  #schedule(): void {
    const { renewEveryMs } = this.#times
    const jitter = 1 + 0.2 * (this.#deps.random.fraction() - 0.5)
    this.#cancel()
    this.#cancel = this.#deps.timers.after(renewEveryMs * jitter, () => {
      this.#schedule()
      this.#noticeExpiry()
      void this.#renew()
    })
  }

  async #renew(): Promise<void> {
    if (this.#stopped || this.#loss === 'revoked' || this.#loss === 'superseded') return
    const sentMs = this.#deps.clock.monotonicMs()
    try {
      const answer = await this.#hold(false)
      if (this.#hasStopped()) return
      if (answer !== 'held') {
        this.#lose(answer)
        return
      }
      // Between the deadline and this answer nothing was served: whoever was to be told of a loss still is.
      this.#noticeExpiry()
      if (this.#loss) this.#deps.logger.warn({}, 'lease.held_again')
      this.#loss = null
      this.#deadlineMs = Math.max(this.#deadlineMs, sentMs + this.#times.serveMs)
    } catch (err) {
      this.#deps.logger.warn({ err, leftMs: Math.round(this.leftMs()) }, 'lease.renewal_failed')
      await this.#fallBack()
      this.#noticeExpiry()
      return
    }
    if (this.#isOnFallback) await this.#leaveFallback()
  }

  /** A lease that ran out is over: only one that is still held can be kept. */
  async #fallBack(): Promise<void> {
    const { fallback, clock, logger } = this.#deps
    if (!fallback || this.#stopped || !this.holds() || this.leftMs() > this.#times.fallBackBelowMs) return
    const sentMs = clock.monotonicMs()
    try {
      await fallback.hold(this.#times.leaseMs)
    } catch (err) {
      logger.warn({ err, leftMs: Math.round(this.leftMs()) }, 'lease.fallback_failed')
      return
    }
    if (!this.holds()) return
    if (!this.#isOnFallback) logger.warn({}, 'lease.on_fallback')
    this.#isOnFallback = true
    this.#deadlineMs = Math.max(this.#deadlineMs, sentMs + this.#times.serveMs)
  }

  async #leaveFallback(): Promise<void> {
    const { fallback, logger } = this.#deps
    try {
      await fallback?.end()
      this.#isOnFallback = false
      logger.warn({}, 'lease.off_fallback')
    } catch (err) {
      logger.warn({ err }, 'lease.fallback_not_ended')
    }
  }

  #hasStopped(): boolean {
    return this.#stopped
  }

  #hold(takeOver: boolean): Promise<'held' | LeaseLoss> {
    const { facts, store, load } = this.#deps
    const state = this.#state === 'up' && this.#unfit ? this.#unfit : this.#state
    return store.hold(facts, { state, load: load() }, { leaseMs: this.#times.leaseMs, takeOver })
  }

  #noticeExpiry(): void {
    if (this.leftMs() <= 0 && this.#loss === null) this.#lose('expired')
  }

  #lose(loss: LeaseLoss): void {
    if (this.#loss === loss) return
    this.#loss = loss
    this.#deps.logger.error({ loss }, 'lease.lost')
    for (const listener of this.#onLost) listener(loss)
  }
}
