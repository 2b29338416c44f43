import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import type { RedisClient } from '../../cluster/index.ts'
import { endpoints } from '../../protocol/http/endpoints.ts'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { amply, testLimits } from '../../test/support/limits.ts'
import { NotingLogger } from '../../test/support/noting-logger.ts'
import { actionLimits, limitsOf, limitsOfEndpoint, limitsOfFrame } from './actions.ts'
import { ownCounter } from './counts.ts'
import { Gathered } from './gathered.ts'
import type { Limits, Subject } from './limits.ts'
import { RedisPatience } from './redis-patience.ts'
import { Spent } from './spent.ts'
import { limitNames, limitTable, pointsOf, type Budgets, type LimitName, type LimitRow } from './table.ts'

const ann = 'ann' as UserId
const bob = 'bob' as UserId
const room = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId
const defaults: Budgets = { userRpm: 60, signalingRpm: 1_200, ipRpm: 6_000, serviceRpm: 60_000, passwordRpm: 5 }

/** A Redis that answers as the script of the library does, at once, late, or not at all. */
class ScriptedRedis {
  status = 'ready'
  answers: 'at once' | 'never' | 'with an error' = 'at once'
  asked = 0
  readonly #counts = new Map<string, number>()

  rlflxIncr([key = '', points = '1']: string[]): Promise<[number, number]> {
    this.asked += 1
    if (this.answers === 'never') return new Promise(() => undefined)
    if (this.answers === 'with an error') return Promise.reject(new Error('READONLY'))
    const count = (this.#counts.get(key) ?? 0) + Number(points)
    this.#counts.set(key, count)
    return Promise.resolve([count, 60_000])
  }

  forget(): void {
    this.#counts.clear()
  }

  get client(): RedisClient {
    return this as unknown as RedisClient
  }
}

let time: ManualTime
let decided: string[]
beforeEach(() => {
  time = new ManualTime()
  decided = []
  // The library's own memory goes by the machine's clock.
  mock.timers.enable({ apis: ['Date', 'setTimeout'] })
})
afterEach(() => mock.timers.reset())

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms)
  await time.advance(ms)
}

const limits = (budgets: Partial<Budgets>, redis: ScriptedRedis | null = null, logger = new NotingLogger()) =>
  testLimits(budgets, {
    ...{ clock: time, timers: time, redis: redis?.client ?? null, logger },
    metrics: { limitDecided: (name, outcome) => decided.push(`${name} ${outcome}`) },
  })

/** Outcomes of so many calls: what the caller hears, or `ok`. */
async function calls(count: number, of: Limits, name: LimitName, subject: Subject): Promise<string[]> {
  const heard: string[] = []
  for (let index = 0; index < count; index += 1) heard.push((await of.take(name, subject)).error?.code ?? 'ok')
  return heard
}

describe('a budget', () => {
  test('lets its points pass in a window, then refuses until the window ends', async () => {
    const shared = limits({ userRpm: 3 })
    assert.deepEqual(await calls(5, shared, 'rest', { user: ann }), ['ok', 'ok', 'ok', 'RATE_LIMITED', 'RATE_LIMITED'])
    await pass(59_999)
    assert.deepEqual(await calls(1, shared, 'rest', { user: ann }), ['RATE_LIMITED'])
    await pass(1)
    assert.deepEqual(await calls(4, shared, 'rest', { user: ann }), ['ok', 'ok', 'ok', 'RATE_LIMITED'])
  })

  test('may pass twice within moments around the edge of a window, and no more', async () => {
    const shared = limits({ userRpm: 10 })
    await calls(1, shared, 'rest', { user: ann })
    await pass(59_990)
    const before = await calls(20, shared, 'rest', { user: ann })
    await pass(10)
    const after = await calls(20, shared, 'rest', { user: ann })
    assert.equal([...before, ...after].filter((each) => each === 'ok').length, 9 + 10)
  })

  test('tells what is left of it, and the refusal when to come again', async () => {
    const shared = limits({ userRpm: 2 })
    const first = await shared.take('rest', { user: ann })
    assert.deepEqual(first.budget, { limit: 'rest', points: 2, remaining: 1, resetMs: 60_000 })
    await shared.take('rest', { user: ann })
    await pass(20_000)
    const refused = await shared.take('rest', { user: ann })
    assert.deepEqual(refused.error?.data, { limit: 'rest', retry_after_ms: 40_000 })
    assert.deepEqual(refused.budget, { limit: 'rest', points: 2, remaining: 0, resetMs: 40_000 })
  })

  test('is of one user, of one limit, and where the row says so of one room', async () => {
    const shared = limits({ userRpm: 2, signalingRpm: 1 })
    const other = 'ffffffff-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId
    assert.deepEqual(await calls(3, shared, 'rest', { user: ann }), ['ok', 'ok', 'RATE_LIMITED'])
    assert.deepEqual(await calls(1, shared, 'rest', { user: bob }), ['ok'])
    assert.deepEqual(await calls(2, shared, 'signaling', { user: ann }), ['ok', 'RATE_LIMITED'])
    assert.deepEqual(await calls(2, shared, 'join', { user: ann, room }), ['ok', 'RATE_LIMITED'])
    assert.deepEqual(await calls(2, shared, 'join', { user: ann, room: other }), ['ok', 'RATE_LIMITED'])
  })

  test('that needs a room is not used without one', async () => {
    await assert.rejects(limits({}).take('join', { user: ann }), /needs a room/)
  })

  test('is counted by name of the limit alone', async () => {
    await calls(3, limits({ userRpm: 1 }), 'rest', { user: ann })
    assert.deepEqual(decided, ['rest allowed', 'rest limited', 'rest limited'])
  })
})

describe('gateways that share a Redis', () => {
  test('share each budget', async () => {
    const redis = new ScriptedRedis()
    const [one, two] = [limits({ userRpm: 4 }, redis), limits({ userRpm: 4 }, redis)]
    assert.deepEqual(await calls(3, one, 'rest', { user: ann }), ['ok', 'ok', 'ok'])
    assert.deepEqual(await calls(2, two, 'rest', { user: ann }), ['ok', 'RATE_LIMITED'])
  })

  test('do not ask it about a budget that is known to be used up', async () => {
    const redis = new ScriptedRedis()
    const shared = limits({ userRpm: 2 }, redis)
    await calls(50, shared, 'rest', { user: ann })
    assert.equal(redis.asked, 3)
  })
})

describe('while Redis is away', () => {
  for (const name of limitNames) {
    const { away }: LimitRow = limitTable[name]
    const subject = { user: ann, room, network: '198.51.100.1' }

    test(`${name} is ${away}`, async () => {
      const redis = new ScriptedRedis()
      redis.status = 'reconnecting'
      const shared = limits({}, redis)
      const [heard] = await calls(1, shared, name, subject)
      assert.equal(heard, away === 'open' ? 'ok' : 'RETRY_LATER')
      assert.deepEqual(decided, [`${name} ${away === 'open' ? 'alone' : 'closed'}`])
      redis.status = 'ready'
      await pass(1_000)
      assert.deepEqual(await calls(1, shared, name, subject), ['ok'])
    })
  }

  test('an open limit is still one: the gateway counts alone', async () => {
    const redis = new ScriptedRedis()
    redis.answers = 'with an error'
    assert.deepEqual(await calls(3, limits({ userRpm: 2 }, redis), 'rest', { user: ann }), ['ok', 'ok', 'RATE_LIMITED'])
  })

  test('one call waits for an answer that does not come, a fifth of a second, and the next ones not at all', async () => {
    const redis = new ScriptedRedis()
    redis.answers = 'never'
    const shared = limits({}, redis)
    let isAnswered = false
    void shared.take('rest', { user: ann }).then(() => (isAnswered = true))
    await pass(199)
    assert.equal(isAnswered, false)
    await pass(1)
    await settle()
    assert.equal(isAnswered, true)
    assert.deepEqual(await calls(5, shared, 'rest', { user: ann }), ['ok', 'ok', 'ok', 'ok', 'ok'])
    assert.equal(redis.asked, 1)
  })

  test('it is asked once a second whether it is back, and an outage is two lines of the log', async () => {
    const redis = new ScriptedRedis()
    const logger = new NotingLogger()
    const shared = limits({}, redis, logger)
    redis.answers = 'with an error'
    for (let second = 0; second < 5; second += 1) {
      await calls(10, shared, 'rest', { user: ann })
      await pass(1_000)
    }
    assert.equal(redis.asked, 5)
    redis.answers = 'at once'
    await calls(10, shared, 'rest', { user: ann })
    assert.equal(redis.asked, 15)
    assert.deepEqual(
      logger.lines.map(({ event }) => event),
      ['limits.counted_alone', 'limits.shared_again'],
    )
  })
})

describe('a message that does not wait', () => {
  test('passes while Redis thinks, and is refused once the budget is known to be used up', async () => {
    const redis = new ScriptedRedis()
    const shared = limits({ signalingRpm: 3 }, redis)
    const burst = Array.from({ length: 6 }, () => shared.note('signaling', { user: ann }).error)
    assert.ok(burst.every((error) => error === null))
    await settle()
    assert.equal(shared.note('signaling', { user: ann }).error?.code, 'RATE_LIMITED')
    assert.equal(shared.note('signaling', { user: bob }).error, null)
    await settle()
    await pass(60_000)
    redis.forget()
    assert.equal(shared.note('signaling', { user: ann }).error, null)
  })

  test('costs Redis nothing below a tenth of the budget, and one call for each tenth above', async () => {
    const redis = new ScriptedRedis()
    const shared = limits({ signalingRpm: 1_000 }, redis)
    const send = (count: number) => {
      for (let sent = 0; sent < count; sent += 1) shared.note('signaling', { user: ann })
    }
    send(99)
    assert.equal(redis.asked, 0)
    send(1)
    assert.equal(redis.asked, 1)
    send(899)
    await settle()
    assert.equal(redis.asked, 9)
    assert.equal(decided.filter((each) => each === 'signaling allowed').length, 999)
  })

  test('that was gathered is counted with the next call that waits', async () => {
    const redis = new ScriptedRedis()
    const shared = limits({ signalingRpm: 1_000 }, redis)
    for (let sent = 0; sent < 50; sent += 1) shared.note('signaling', { user: ann })
    const { budget } = await shared.take('signaling', { user: ann })
    assert.equal(budget?.remaining, 949)
  })

  test('passes by a tenth more than the budget at most', async () => {
    const redis = new ScriptedRedis()
    const shared = limits({ signalingRpm: 1_000 }, redis)
    let passed = 0
    for (let sent = 0; sent < 2_000; sent += 1) {
      if (shared.note('signaling', { user: ann }).error === null) passed += 1
      await settle()
    }
    assert.ok(passed >= 1_000 && passed <= 1_100, String(passed))
  })

  test('is counted alone while Redis is away', async () => {
    const redis = new ScriptedRedis()
    redis.status = 'end'
    const shared = limits({ signalingRpm: 2 }, redis)
    for (let sent = 0; sent < 3; sent += 1) {
      assert.equal(shared.note('signaling', { user: ann }).error, null)
      await settle()
    }
    assert.equal(shared.note('signaling', { user: ann }).error?.code, 'RATE_LIMITED')
  })
})

describe('what grows has a bound', () => {
  test('a gateway that counts alone begins anew above its bound of keys', async () => {
    const counter = ownCounter({ points: 1, windowS: 60 }, 3)
    assert.equal((await counter.count('a', 1)).isOver, false)
    assert.equal((await counter.count('a', 1)).isOver, true)
    for (const key of ['b', 'c', 'd']) await counter.count(key, 1)
    assert.equal((await counter.count('a', 1)).isOver, false)
  })

  test('gathering begins anew above its bound of keys, and when a window ends', async () => {
    const gathered = new Gathered(time, { points: 100, windowS: 60 }, 3)
    for (const key of ['a', 'a', 'b', 'c', 'a']) gathered.add(key)
    assert.equal(gathered.take('a'), 3)
    for (const key of ['a', 'd']) gathered.add(key)
    assert.deepEqual([gathered.take('c'), gathered.take('d')], [0, 1])
    gathered.add('b')
    await pass(60_000)
    assert.equal(gathered.take('b'), 0)
    gathered.add('b')
    await pass(60_000)
    gathered.add('c')
    assert.deepEqual([gathered.take('b'), gathered.take('c')], [0, 1])
  })

  test('of budgets that are used up the oldest is forgotten above the bound', () => {
    const spent = new Spent(time)
    for (let index = 0; index <= 10_000; index += 1) spent.note(`key-${index}`, 1_000)
    assert.deepEqual([spent.leftMs('key-0'), spent.leftMs('key-1'), spent.leftMs('key-10000')], [0, 1_000, 1_000])
  })

  test('Redis is asked by one call at a time while it is away', async () => {
    const patience = new RedisPatience(time)
    assert.equal(patience.failed(), true)
    assert.equal(patience.failed(), false)
    assert.equal(patience.mayAsk(), false)
    await time.advance(1_000)
    assert.deepEqual([patience.mayAsk(), patience.mayAsk()], [true, false])
    assert.deepEqual([patience.answered(), patience.answered(), patience.mayAsk()], [true, false, true])
  })
})

describe('the table', () => {
  test('of the defaults allows what the page says', () => {
    const page = readFileSync(new URL('../../docs/operations/limits.md', import.meta.url), 'utf8')
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    const shown = rows
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
      .filter(([, name = '']) => name in limitTable)
      .map(([, name = '', per = '', points = '', , away = '']) => [name, per, points.replaceAll(',', ''), away])
    const said = limitNames.map((name) => {
      const { per, away }: LimitRow = limitTable[name]
      return [name, per.join(', '), String(pointsOf(name, defaults)), away]
    })
    assert.deepEqual(shown, said)
  })

  test('never comes to nothing, however little a setting allows', () => {
    for (const name of limitNames) assert.ok(pointsOf(name, { ...amply, userRpm: 1, signalingRpm: 1 }) >= 1)
  })

  test('counts a service by its own budget, whatever it calls', () => {
    const service = { privileges: ['service' as const] }
    assert.deepEqual(limitsOf(service, ['rest', 'join']), ['service'])
    assert.deepEqual(limitsOf({ privileges: ['admin'] }, ['rest', 'join']), ['rest', 'join'])
  })

  test('counts a frame as the call that does the same', () => {
    const caller = { privileges: [] }
    const ofCall = (name: string) => limitsOfEndpoint(endpoints.find((each) => each.name === name)!)
    assert.deepEqual(
      [ofCall('seats.signal'), limitsOfFrame(caller, { type: 'signal' })],
      [['signaling'], ['signaling']],
    )
    assert.deepEqual([ofCall('seats.join'), limitsOfFrame(caller, { type: 'join' })], [['rest', 'join'], ['join']])
    assert.deepEqual(
      [ofCall('stage.request'), limitsOfFrame(caller, { type: 'request_to_speak' })],
      [['rest', 'moderation'], ['moderation']],
    )
    assert.deepEqual(limitsOfFrame(caller, { type: 'ping' }), [])
  })

  test('has no action that no endpoint is', () => {
    const known = new Set(endpoints.flatMap(({ name }) => [name, name.split('.')[0]]))
    for (const name of Object.keys(actionLimits)) assert.ok(known.has(name), name)
  })

  test('limits every call that asks for a token', () => {
    for (const endpoint of endpoints.filter(({ auth }) => auth === 'token')) {
      assert.ok(limitsOfEndpoint(endpoint).length > 0, endpoint.name)
    }
  })
})
