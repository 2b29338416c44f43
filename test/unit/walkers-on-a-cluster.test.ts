import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shardKey } from '../../protocol/zone/plan.ts'
import { cutRegion, mergeRegion } from '../../protocol/zone/region-map.ts'
import { WalkersOnCluster } from '../support/walkers.ts'
import { planOf, user, zoneId } from '../support/zone-bench.ts'

const halves = cutRegion(planOf().map, 1, { axis: 'x', at: 512 })

describe('walkers of a zone on a cluster', () => {
  test('hear who is near, by several gateways, and who they are', async () => {
    const world = await WalkersOnCluster.open(['node-1', 'node-2'])
    const [one, two] = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
    const ann = await one.enter('ann', 100, 100)
    const bob = await two.enter('bob', 110, 100)
    const eve = await two.enter('eve', 300, 300)
    await world.walk(500)
    assert.equal(world.check(30, 33), 2)
    assert.ok(ann.told.includes('zone_names') && bob.told.includes('zone_names'))
    assert.ok(!eve.told.includes('zone_names'))
  })

  test('hear each other across a border, and go over it without any enter or leave', async () => {
    const world = await WalkersOnCluster.open(['node-1', 'node-2'], { map: halves })
    const [one, two] = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
    const ann = await one.enter('ann', 500, 100)
    const bob = await two.enter('bob', 515, 100)
    const eve = await two.enter('eve', 520, 110)
    await world.walk(500)
    assert.equal(world.check(30, 33), 6)
    const before = [ann, bob, eve].map(({ listener }) => listener.comings.length)
    await world.walk(6_000, (walker) => {
      if (walker === ann) walker.x = Math.min(540, walker.x + 1)
    })
    assert.equal(ann.player.route, 3)
    assert.equal(world.check(30, 33), 6)
    assert.deepEqual(
      [ann, bob, eve].map(({ listener }) => listener.comings.length),
      before,
    )
  })

  test('keep whom they hear when their crowd is shared out, and merged again', async () => {
    const world = await WalkersOnCluster.open(['node-1', 'node-2', 'node-3'])
    const gateways = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
    for (let n = 0; n < 24; n++) await gateways[n % 2]!.enter(`u${n}`, 480 + (n % 6) * 7, 100 + (n % 4) * 9)
    await world.walk(1_000)
    const pairs = world.check(30, 33)
    const before = world.walkers.map(({ listener }) => listener.comings.length)
    const routes = () => [...new Set(world.walkers.map(({ player }) => player.route))].sort()
    const two = cutRegion(planOf().map, 1, { axis: 'lot', at: 0 })
    await gateways[0]!.plan({ map: two })
    await world.walk(3_000)
    assert.deepEqual(routes(), [2, 3])
    assert.equal(world.check(30, 33), pairs)
    const four = cutRegion(cutRegion(two, 2, { axis: 'lot', at: 1 }), 3, { axis: 'lot', at: 1 })
    await gateways[0]!.plan({ map: four })
    await world.walk(3_000)
    assert.deepEqual(routes(), [4, 5, 6, 7])
    assert.equal(world.check(30, 33), pairs)
    await gateways[0]!.plan({ map: mergeRegion(mergeRegion(four, 4), 6) })
    await world.walk(3_000)
    assert.deepEqual(routes(), [8, 9])
    assert.equal(world.check(30, 33), pairs)
    const after = world.walkers.map(({ listener }) => listener.comings.length)
    assert.deepEqual(after, before)
  })

  test('are heard on neither side of a border while a moderator has muted them, and on both afterwards', async () => {
    const world = await WalkersOnCluster.open(['node-1', 'node-2'], { map: halves })
    const gateway = await world.gateway('gateway-1')
    const [ann, bob, eve] = [
      await gateway.enter('ann', 505, 100),
      await gateway.enter('bob', 500, 100),
      await gateway.enter('eve', 520, 100),
    ]
    await world.walk(500)
    const hear = () => [bob, eve].map((walker) => walker.hears(ann))
    assert.deepEqual(hear(), [true, true])
    await gateway.plan({ sanctions: [{ kind: 'mute', userId: user('ann'), endsAtMs: null }] })
    await world.walk(500)
    assert.deepEqual(hear(), [false, false])
    assert.ok(ann.hears(bob) && ann.hears(eve))
    await gateway.plan({ sanctions: [] })
    await world.walk(500)
    assert.deepEqual(hear(), [true, true])
  })

  test('are heard on when the node of a region dies', async () => {
    const world = await WalkersOnCluster.open(['node-1', 'node-2', 'node-3'], { map: halves })
    const gateway = await world.gateway('gateway-1')
    const ann = await gateway.enter('ann', 500, 100)
    const bob = await gateway.enter('bob', 520, 100)
    await world.walk(500)
    assert.equal(world.check(30, 33), 2)
    world.bench.ownerOf(shardKey(zoneId, 2)).crash()
    await world.walk(12_000)
    assert.equal(world.check(30, 33), 2)
    assert.ok(ann.player.isIn && bob.player.isIn)
  })

  test('are taken again by a region in which something threw', async () => {
    const world = await WalkersOnCluster.open(['node-1'])
    const gateway = await world.gateway('gateway-1')
    const ann = await gateway.enter('ann', 100, 100)
    await gateway.enter('bob', 110, 100)
    await world.walk(500)
    world.fails = true
    await world.walk(3_000)
    assert.equal(world.fails, false)
    assert.equal(world.check(30, 33), 2)
    assert.equal(ann.isOut, false)
  })

  test('keep whom they hear when their region is cut under them, and merged again', async () => {
    const world = await WalkersOnCluster.open(['node-1', 'node-2'])
    const gateway = await world.gateway('gateway-1')
    for (let n = 0; n < 20; n++) await gateway.enter(`u${n}`, 480 + n * 4, 100 + (n % 4) * 6)
    await world.walk(1_000)
    const pairs = world.check(30, 33)
    const before = world.walkers.map(({ listener }) => listener.comings.length)
    await gateway.plan({ map: halves })
    await world.walk(3_000)
    assert.deepEqual([...new Set(world.walkers.map(({ player }) => player.route))].sort(), [2, 3])
    assert.equal(world.check(30, 33), pairs)
    await gateway.plan({ map: mergeRegion(halves, 2) })
    await world.walk(3_000)
    assert.deepEqual([...new Set(world.walkers.map(({ player }) => player.route))], [4])
    assert.equal(world.check(30, 33), pairs)
    const after = world.walkers.map(({ listener }) => listener.comings.length)
    assert.deepEqual(after, before)
  })
})
