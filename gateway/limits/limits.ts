import type { RedisClient } from '../../cluster/index.ts'
import { AppError } from '../../protocol/errors.ts'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { GatewayMetrics } from '../metrics.ts'
import { ownCounter, sharedCounter, type Count, type Counter } from './counts.ts'
import { Gathered } from './gathered.ts'
import { RedisPatience } from './redis-patience.ts'
import { Spent } from './spent.ts'
import { limitNames, limitTable, pointsOf, type Budgets, type KeyPart, type LimitName, type LimitRow } from './table.ts'

/** Whose budget is used. */
export interface Subject {
  readonly user?: UserId
  readonly room?: RoomId
  /** As `networkOf` tells it. */
  readonly network?: string
}

/** What is left of a budget after a call, as `RateLimit-*` headers tell it. */
export interface Budget {
  readonly limit: LimitName
  readonly points: number
  readonly remaining: number
  readonly resetMs: number
}

/** Whether a call may go on. `error` is what its caller hears otherwise; `budget` is null where nobody knows it. */
export interface Verdict {
  readonly error: AppError | null
  readonly budget: Budget | null
}

export interface LimitsDeps {
  /** The connection on which all gateways count together; null counts in this process alone, for tests of one gateway. */
  readonly redis: RedisClient | null
  /** In front of every key; holds the hash tag. */
  readonly keyPrefix: string
  readonly budgets: Budgets
  readonly metrics: Pick<GatewayMetrics, 'limitDecided'>
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** A call waits so long for Redis; then it is as if Redis were away. Default 200 ms. */
  readonly patienceMs?: number
}

interface Row {
  readonly points: number
  readonly shared: Counter | null
  readonly own: Counter
  readonly gathered: Gathered
}

/** Counts that may be on their way to Redis behind their calls; what is above is not counted. */
const maxBehind = 10_000

/**
 * The limits of the table, counted in Redis by all gateways together. A budget that is known to be used up is refused from
 * memory. While Redis does not answer, a limit is open or closed as its row says.
 */
export class Limits {
  readonly #deps: LimitsDeps
  readonly #rows: ReadonlyMap<LimitName, Row>
  readonly #spent: Spent
  readonly #redis: RedisPatience
  #behind = 0

  constructor(deps: LimitsDeps) {
    this.#deps = deps
    this.#spent = new Spent(deps.clock)
    this.#redis = new RedisPatience(deps.clock)
    this.#rows = new Map(
      limitNames.map((name) => {
        const points = pointsOf(name, deps.budgets)
        const options = { points, windowS: limitTable[name].windowS }
        const shared = deps.redis ? sharedCounter(deps.redis, `${deps.keyPrefix}l:${name}`, options) : null
        return [
          name,
          { points, shared, own: ownCounter(options), gathered: new Gathered(deps.clock, options) },
        ] as const
      }),
    )
  }

  /** Uses one of a budget, and waits until it is counted. Never rejects. */
  async take(name: LimitName, subject: Subject): Promise<Verdict> {
    const key = keyOf(name, subject)
    return this.#fromMemory(name, key) ?? (await this.#counted(name, key, 1 + this.#row(name).gathered.take(key)))
  }

  /**
   * Uses one of a budget and answers at once, by what is known: Redis hears of it behind the call, by tenths of the budget, so
   * that a message never waits for it and hardly ever asks. What is over is found out a tenth and a round trip late. Not for
   * limits that are closed while Redis is away.
   */
  note(name: LimitName, subject: Subject): Verdict {
    const key = keyOf(name, subject)
    const known = this.#fromMemory(name, key)
    if (known) return known
    const count = this.#row(name).gathered.add(key)
    if (count === 0) this.#deps.metrics.limitDecided(name, 'allowed')
    else if (this.#behind < maxBehind) {
      this.#behind += 1
      void this.#counted(name, key, count).finally(() => (this.#behind -= 1))
    }
    return { error: null, budget: null }
  }

  #fromMemory(name: LimitName, key: string): Verdict | null {
    const resetMs = this.#spent.leftMs(`${name}/${key}`)
    if (resetMs === 0) return null
    this.#deps.metrics.limitDecided(name, 'limited')
    return this.#over(name, resetMs)
  }

  async #counted(name: LimitName, key: string, used: number): Promise<Verdict> {
    const { points, shared, own } = this.#row(name)
    const count = shared === null ? await own.count(key, used) : await this.#ask(shared, key, used)
    if (count) return this.#verdict(name, key, points, count, 'allowed')
    if ((limitTable[name] satisfies LimitRow).away === 'open') {
      return this.#verdict(name, key, points, await own.count(key, used), 'alone')
    }
    this.#deps.metrics.limitDecided(name, 'closed')
    return { error: new AppError('RETRY_LATER', { limit: name, retry_after_ms: 1_000 }), budget: null }
  }

  #verdict(name: LimitName, key: string, points: number, count: Count, outcome: 'allowed' | 'alone'): Verdict {
    this.#deps.metrics.limitDecided(name, count.isOver ? 'limited' : outcome)
    if (!count.isOver) return { error: null, budget: { limit: name, points, ...leftOf(count) } }
    this.#spent.note(`${name}/${key}`, count.resetMs)
    return this.#over(name, count.resetMs)
  }

  #over(name: LimitName, resetMs: number): Verdict {
    return {
      error: new AppError('RATE_LIMITED', { limit: name, retry_after_ms: Math.ceil(resetMs) }),
      budget: { limit: name, points: this.#row(name).points, remaining: 0, resetMs },
    }
  }

  /** Null while Redis does not answer. */
  async #ask(shared: Counter, key: string, used: number): Promise<Count | null> {
    if (!this.#redis.mayAsk()) return null
    try {
      const count = await this.#inTime(shared.count(key, used))
      if (this.#redis.answered()) this.#deps.logger.info({}, 'limits.shared_again')
      return count
    } catch (err) {
      if (this.#redis.failed()) this.#deps.logger.warn({ err }, 'limits.counted_alone')
      return null
    }
  }

  #inTime(count: Promise<Count>): Promise<Count> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.timers.after(this.#deps.patienceMs ?? 200, () =>
        reject(new Error('Redis did not answer in time')),
      )
      void count.then(resolve, reject).finally(cancel)
    })
  }

  #row(name: LimitName): Row {
    const row = this.#rows.get(name)
    if (!row) throw new Error(`there is no limit ${name}`)
    return row
  }
}

const leftOf = ({ remaining, resetMs }: Count) => ({ remaining, resetMs })

/** No part of a key holds a slash. */
function keyOf(name: LimitName, subject: Subject): string {
  const per: readonly KeyPart[] = limitTable[name].per
  return per
    .map((part) => {
      const value = subject[part]
      if (value === undefined) throw new Error(`the limit ${name} needs a ${part}`)
      return value
    })
    .join('/')
}
