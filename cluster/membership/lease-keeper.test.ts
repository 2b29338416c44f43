import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { countingRandom, ManualTime, settle } from '../../test/support/manual-time.ts'
import { memberFacts } from '../../test/support/specimens.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { LeaseKeeper, type LeaseLoss } from './lease-keeper.ts'
import type { HoldResult, LeaseState, LeaseStore } from './lease-store.ts'
import type { MemberFacts } from './port.ts'

const facts = memberFacts('node-1')

/** A store that answers as told; `away` leaves the question open. */
class ScriptedStore implements LeaseStore {
  answer: HoldResult | 'fails' | 'away' = 'held'
  asked = 0
  left = 0
  /** Answers the questions left open. */
  readonly open: ((answer: HoldResult) => void)[] = []

  readonly states: string[] = []

  hold(_facts: MemberFacts, { state }: LeaseState): Promise<HoldResult> {
    this.asked += 1
    if (this.states.at(-1) !== state) this.states.push(state)
    if (this.answer === 'away') return new Promise((resolve) => void this.open.push(resolve))
    return this.answer === 'fails' ? Promise.reject(new Error('no Redis')) : Promise.resolve(this.answer)
  }

  leave(): Promise<boolean> {
    this.left += 1
    return Promise.resolve(true)
  }
}

async function started() {
  const time = new ManualTime()
  const store = new ScriptedStore()
  const lost: LeaseLoss[] = []
  const random = countingRandom()
  const keeper = new LeaseKeeper({
    facts,
    store,
    clock: time,
    timers: time,
    random,
    logger: silentLogger,
    load: () => 0,
  })
  keeper.onLost((loss) => lost.push(loss))
  await keeper.start()
  return { time, store, keeper, lost, pass: (ms: number) => time.advance(ms) }
}

test('a lease is renewed twice a second and never found past its deadline', async () => {
  const { store, keeper, lost, pass } = await started()
  await pass(10_000)
  assert.equal(store.asked, 21)
  assert.ok(keeper.holds() && keeper.leftMs() >= 2_000)
  assert.deepEqual(lost, [])
})

test('a process that was paused past its deadline holds nothing, before any timer has run', async () => {
  const { time, keeper, lost } = await started()
  time.jump(2_500)
  assert.equal(keeper.holds(), false)
  assert.equal(keeper.loss, 'expired')
  await time.advance(500)
  assert.deepEqual(lost, ['expired'])
})

test('without answers the lease ends 2.5 s after the last one that was answered was sent', async () => {
  const { store, keeper, lost, pass } = await started()
  await pass(1_000)
  store.answer = 'away'
  await pass(2_400)
  assert.equal(keeper.holds(), true)
  await pass(200)
  assert.equal(keeper.holds(), false)
  await pass(500)
  assert.deepEqual(lost, ['expired'])
})

test('a lease that expired is held again once Redis answers', async () => {
  const { store, keeper, lost, pass } = await started()
  store.answer = 'fails'
  await pass(5_000)
  assert.deepEqual(lost, ['expired'])
  store.answer = 'held'
  await pass(500)
  assert.ok(keeper.holds())
  assert.equal(keeper.loss, null)
})

test('a loss is told also when a renewal comes through before anything noticed it', async () => {
  const { time, store, keeper, lost, pass } = await started()
  store.answer = 'away'
  await pass(2_499)
  time.jump(2)
  assert.equal(keeper.holds(), false)
  store.open.at(-1)?.('held')
  await settle()
  assert.deepEqual(lost, ['expired'])
  assert.equal(keeper.holds(), true)
})

for (const refusal of ['revoked', 'superseded'] as const) {
  test(`a ${refusal} lease is lost at once and never asked for again`, async () => {
    const { store, keeper, lost, pass } = await started()
    store.answer = refusal
    await pass(500)
    assert.equal(keeper.holds(), false)
    const { asked } = store
    store.answer = 'held'
    await pass(5_000)
    assert.equal(store.asked, asked)
    assert.equal(keeper.loss, refusal)
    assert.deepEqual(lost, [refusal])
  })
}

describe('a keeper with a second place for its lease', () => {
  async function withFallback() {
    const scene = await started()
    const told: string[] = []
    let works = true
    const say = (word: string) => {
      told.push(word)
      return works ? Promise.resolve() : Promise.reject(new Error('no Postgres'))
    }
    const fallback = { hold: () => say('hold'), end: () => say('end') }
    const { time, store } = scene
    const random = countingRandom()
    const keeper = new LeaseKeeper({
      ...{ facts, store, clock: time, timers: time, random, logger: silentLogger, load: () => 0, fallback },
    })
    const lost: LeaseLoss[] = []
    keeper.onLost((loss) => lost.push(loss))
    await keeper.start()
    return { ...scene, keeper, lost, told, fails: () => (works = false), works: () => (works = true) }
  }

  test('holds it there through ten minutes without the store, and goes back when it answers', async () => {
    const { store, keeper, lost, told, pass } = await withFallback()
    store.answer = 'fails'
    await pass(600_000)
    assert.ok(keeper.holds())
    assert.deepEqual(lost, [])
    assert.ok(told.length > 500 && told.every((word) => word === 'hold'))
    store.answer = 'held'
    await pass(1_000)
    assert.deepEqual(told.slice(told.lastIndexOf('hold')), ['hold', 'end'])
  })

  test('is not asked for a single renewal that failed', async () => {
    const { store, told, pass } = await withFallback()
    store.answer = 'fails'
    await pass(550)
    store.answer = 'held'
    await pass(2_000)
    assert.deepEqual(told, [])
  })

  test('loses it when neither answers, and says so once', async () => {
    const { store, keeper, lost, pass, fails } = await withFallback()
    store.answer = 'fails'
    fails()
    await pass(5_000)
    assert.equal(keeper.holds(), false)
    assert.deepEqual(lost, ['expired'])
  })

  test('does not bring back a lease that ran out while the process was paused', async () => {
    const { time, store, keeper, lost, told, pass } = await withFallback()
    store.answer = 'fails'
    time.jump(4_000)
    await pass(2_000)
    assert.equal(keeper.holds(), false)
    assert.deepEqual([lost, told], [['expired'], []])
  })

  test('tries again to leave it until that goes through', async () => {
    const { store, told, pass, fails, works } = await withFallback()
    store.answer = 'fails'
    await pass(3_000)
    fails()
    store.answer = 'held'
    await pass(1_000)
    works()
    const before = told.length
    await pass(5_000)
    assert.deepEqual(told.slice(before), ['end'])
  })

  test('a refusal of the store is final all the same', async () => {
    const { store, keeper, told, pass } = await withFallback()
    store.answer = 'revoked'
    await pass(3_000)
    assert.equal(keeper.holds(), false)
    assert.deepEqual(told, [])
  })
})

test('a keeper that stops gives the lease back and asks no more', async () => {
  const { store, keeper, pass } = await started()
  await keeper.stop()
  const { asked } = store
  await pass(2_000)
  assert.equal(keeper.holds(), false)
  assert.deepEqual([store.left, store.asked], [1, asked])
})

test('a process that has no time says so while it is up, at once, and not when it drains', async () => {
  const { store, keeper, pass } = await started()
  keeper.refuse('refusing')
  await pass(0)
  await keeper.announce('up')
  keeper.refuse(null)
  await pass(0)
  keeper.refuse('refusing')
  await pass(0)
  await keeper.announce('draining')
  assert.deepEqual(store.states, ['joining', 'refusing', 'up', 'refusing', 'draining'])
})
