import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { AppError } from '../../protocol/errors.ts'
import type { ShardShown } from '../../protocol/zone/link-messages.ts'
import { cutRegion } from '../../protocol/zone/region-map.ts'
import { settle } from '../../test/support/manual-time.ts'
import { planOf, user, ZoneBench, zoneId } from '../../test/support/zone-bench.ts'
import { askMs, asksMax, RegionAsks } from './asks.ts'
import { idleMs } from './carried-zone.ts'

let bench: ZoneBench
let asks: RegionAsks
beforeEach(() => {
  bench = new ZoneBench()
  bench.plan = planOf({ map: cutRegion(planOf().map, 1, { axis: 'x', at: 512 }) })
  asks = new RegionAsks(bench.zones, bench.time)
})

const shardOf = (region: number): ShardShown => ({
  ...{ region, node: 'node-1', epoch: 1, planVersion: 1, players: region, ghosts: 0 },
  ...{ tickMeanMs: 1, tickP95Ms: 2, rung: 0 },
})
const show = (index: number) => bench.saidOf('show')[index]!

describe('what regions are asked', () => {
  test('is answered when all have answered, in the order of the plan', async () => {
    const shown = asks.show(zoneId, true)
    await settle()
    assert.deepEqual(
      bench.saidOf('show').map(({ region, message }) => [region, message.ask >>> 20, message.points]),
      [
        [2, 4_095, true],
        [3, 4_095, true],
      ],
    )
    bench.say(3, { type: 'shown', ask: show(1).message.ask, shard: shardOf(3) })
    bench.say(3, { type: 'shown', ask: show(1).message.ask, shard: shardOf(3) })
    bench.say(2, { type: 'shown', ask: show(0).message.ask, shard: shardOf(2) })
    assert.deepEqual(await shown, { plan: bench.plan, shards: [shardOf(2), shardOf(3)] })
  })

  test('is asked again, and leaves out who does not answer in time', async () => {
    const shown = asks.show(zoneId, false)
    await bench.time.advance(300)
    assert.equal(bench.saidOf('show').length, 4)
    bench.say(2, { type: 'shown', ask: show(2).message.ask, shard: shardOf(2) })
    await bench.time.advance(askMs)
    assert.deepEqual((await shown).shards, [shardOf(2)])
    const before = bench.saidOf('show').length
    await bench.time.advance(askMs)
    assert.equal(bench.saidOf('show').length, before)
  })

  test('of one player is answered by the first region that has them; by nobody it is null', async () => {
    const ask = (index: number) => bench.saidOf('earshot_of')[index]!.message.ask
    const earshot = [{ userId: user('bob'), distanceM: 3, isAudible: true }]
    const found = asks.earshotOf(zoneId, user('ann'))
    await settle()
    bench.say(2, { type: 'earshot', ask: ask(0), player: 0, earshot: [] })
    bench.say(3, { type: 'earshot', ask: ask(1), player: 9, earshot })
    assert.deepEqual(await found, { player: 9, earshot })
    const none = asks.earshotOf(zoneId, user('zoe'))
    await settle()
    for (const index of [2, 3]) bench.say(index, { type: 'earshot', ask: ask(index), player: 0, earshot: [] })
    assert.equal(await none, null)
  })

  test('holds the zone open no longer than it takes', async () => {
    const shown = asks.show(zoneId, false)
    await bench.time.advance(askMs + 1)
    await shown
    await bench.time.advance(idleMs + 2_000)
    assert.equal(bench.zones.size, 0)
  })

  test('by more than may wait is refused, and a zone that is not there is what its root says', async () => {
    const waiting = Array.from({ length: asksMax }, () => asks.show(zoneId, false))
    await assert.rejects(asks.show(zoneId, false), (error) => error instanceof AppError && error.code === 'OVERLOADED')
    await bench.time.advance(askMs + 1)
    await Promise.all(waiting)
    bench.zones.stop()
    const other = new ZoneBench()
    other.refusal = { status: 'rejected', at: { epoch: 1, seq: 1 }, code: 'ZONE_NOT_FOUND' }
    await assert.rejects(new RegionAsks(other.zones, other.time).show(zoneId, false), new AppError('ZONE_NOT_FOUND'))
  })
})
