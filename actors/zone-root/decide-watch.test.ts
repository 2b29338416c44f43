import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gatewaysMax } from '../../protocol/zone/plan.ts'
import { zoneDefinition } from './actor.ts'
import { commands, session, ZoneKit } from './zone-root.kit.ts'
import { fullLeastMs } from './watching.ts'

const { create, update, close, watch, unwatch, players, wake, cut } = commands

const made = (playersMax = 10): ZoneKit => {
  const kit = new ZoneKit()
  kit.run(create({ players_max: playersMax }))
  return kit
}

describe('gateways that watch', () => {
  test('have numbers of their own, and keep them while they ask again', () => {
    const kit = made()
    const numbers = [1, 2, 3].map((number) => kit.done(watch(number)).gateway)
    assert.equal(new Set(numbers).size, 3)
    assert.deepEqual(
      [1, 2, 3].map((number) => kit.done(watch(number)).gateway),
      numbers,
    )
    assert.deepEqual(
      [1, 2, 3].map((number, index) => kit.done(watch(number, numbers[index])).gateway),
      numbers,
    )
    assert.equal(zoneDefinition.mayRest(kit.state), false)
  })

  test('keep their number over a change of the root’s owner, unless somebody else came first', () => {
    const kit = made()
    const { gateway } = kit.done(watch(1))
    kit.moved()
    assert.equal(kit.done(watch(1, gateway)).gateway, gateway)
    kit.moved('journal')
    assert.equal(kit.done(watch(2, gateway)).gateway, gateway)
    const other = kit.done(watch(1, gateway)).gateway
    assert.notEqual(other, gateway)
    assert.equal(kit.done(watch(1, other)).gateway, other)
    // Who left has it no more.
    kit.run(unwatch(2))
    assert.equal(kit.done(watch(3, gateway)).gateway, gateway)
  })

  test('are refused when all numbers are out, but for those who have one', () => {
    const kit = made()
    const numbers = new Set<number>()
    for (let number = 1; number <= gatewaysMax; number += 1) numbers.add(kit.done(watch(number)).gateway)
    assert.equal(numbers.size, gatewaysMax)
    assert.equal(kit.refusal(watch(gatewaysMax + 1)), 'OVERLOADED')
    assert.equal(kit.refusal(watch(7)), null)
    kit.run(zoneDefinition.detachCommand(session(7)))
    assert.equal(kit.refusal(watch(gatewaysMax + 1)), null)
  })

  test('are answered with the plan that the first push shows as well', () => {
    const kit = made()
    const { plan } = kit.done(watch(1))
    assert.deepEqual(kit.welcome(1), plan)
    kit.run(cut(1, 1, 'x', 512))
    assert.equal(kit.welcome(1).version, plan.version + 1)
  })

  test('are detached once; who does not watch reports nothing', () => {
    const kit = made()
    kit.run(watch(1, null, 3))
    assert.deepEqual(kit.run(players(2, 5)).reply, { ok: null })
    assert.equal(kit.state.players, 3)
    kit.run(players(1, 4))
    assert.equal(kit.state.players, 4)
    kit.run(unwatch(1))
    const { state } = kit
    assert.deepEqual([state.players, state.watchers.size], [0, 0])
    kit.run(unwatch(1))
    assert.equal(kit.state, state)
  })
})

describe('a zone that is full', () => {
  test('is full by the sum of what gateways report, and everybody is told at once', () => {
    const kit = made(10)
    const first = kit.done(watch(1, null, 6)).plan
    const { pushed, reply } = kit.run(watch(2, null, 4))
    assert.ok('ok' in reply)
    assert.deepEqual([first.isFull, (reply.ok as { plan: unknown }).plan], [false, pushed[0]])
    assert.deepEqual([pushed[0]?.isFull, pushed[0]?.version], [true, first.version + 1])
  })

  test('says that it is full no more a second after it became full at the soonest', () => {
    const kit = made(10)
    kit.run(watch(1, null, 9))
    assert.equal(kit.run(players(1, 10)).plan?.isFull, true)
    assert.deepEqual(kit.run(players(1, 9)).pushed, [])
    assert.equal(zoneDefinition.nextWakeAtMs(kit.state), kit.nowMs + fullLeastMs)
    kit.nowMs += fullLeastMs
    assert.equal(kit.run(wake).plan?.isFull, false)
    assert.equal(zoneDefinition.nextWakeAtMs(kit.state), null)
    kit.run(players(1, 11))
    assert.deepEqual(kit.run(players(1, 3)).pushed, [])
    // Full again before the second was over: nothing to tell.
    assert.deepEqual(kit.run(players(1, 12)).pushed, [])
    kit.nowMs += fullLeastMs
    assert.deepEqual(kit.run(wake).pushed, [])
    assert.equal(kit.run(players(1, 3)).plan?.isFull, false)
  })

  test('is so no more when a gateway is gone, or it takes more players', () => {
    const kit = made(10)
    kit.run(watch(1, null, 9))
    kit.run(watch(2, null, 9))
    kit.nowMs += fullLeastMs
    assert.equal(kit.run(unwatch(1)).plan?.isFull, false)
    assert.equal(kit.run(update({ players_max: 9 })).plan?.isFull, true)
    kit.nowMs += fullLeastMs
    assert.equal(kit.run(update({ players_max: 20 })).plan?.isFull, false)
  })

  test('is told to nobody where nobody watches', () => {
    const kit = made(10)
    assert.deepEqual(kit.run(cut(1, 1, 'x', 512)).pushed, [])
    assert.deepEqual(kit.run(close()).pushed, [])
  })
})

test('an owner of the root that knows nothing of an earlier one tells of higher versions than that one did', () => {
  const kit = made(10)
  let last = kit.done(watch(1, null, 10)).plan.version
  for (let turn = 0; turn < 5; turn += 1) {
    kit.nowMs += fullLeastMs
    const { plan } = kit.run(players(1, turn % 2 === 0 ? 1 : 10))
    assert.ok(plan && plan.version > last)
    last = plan.version
  }
  for (const by of ['snapshot', 'journal'] as const) {
    kit.moved(by)
    const { version } = kit.done(watch(1, null, 1)).plan
    assert.ok(version > last && Number.isSafeInteger(version))
    last = version
  }
})

test('however often a zone turns full, versions stay below those of the next owner, and no alarm is set for nothing', () => {
  const kit = made(10)
  kit.run(watch(1, null, 10))
  const nextLife = 2 * 2 ** 26
  kit.state = { ...kit.state, planVersion: nextLife - 2 ** 25 }
  kit.nowMs += fullLeastMs
  assert.deepEqual(kit.run(players(1, 1)).pushed, [])
  assert.equal(zoneDefinition.nextWakeAtMs(kit.state), null)
  const { plan } = kit.run(update({ name: 'x' }))
  assert.ok(plan && plan.version < nextLife)
})
