import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shardDefinition } from '../../actors/zone-shard/index.ts'
import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { Zones } from '../../gateway/zone/zones.ts'
import { commandId } from '../../protocol/ids.ts'
import { decodeFrame, encodeFrame } from '../../protocol/zone/codec.ts'
import { shardKey, zoneKey } from '../../protocol/zone/plan.ts'
import { cutRegion } from '../../protocol/zone/region-map.ts'
import { MemoryClusterBench } from '../support/memory-cluster-bench.ts'
import { plainRoot, type PlainRegion } from '../support/plain-zone.ts'
import type { TallyWrite } from '../support/tally-actor.ts'
import { planOf, user, zoneId } from '../support/zone-bench.ts'
import { enterZone, plainRegions, zonesAt } from '../support/zones-on-bench.ts'

/** Gateways with their zones, on nodes that host a plain root and plain regions. */
class ZonesOnCluster {
  readonly bench: MemoryClusterBench
  readonly regions: readonly PlainRegion[]

  private constructor(bench: MemoryClusterBench, regions: readonly PlainRegion[]) {
    this.bench = bench
    this.regions = regions
  }

  static async open(nodes: readonly string[]): Promise<ZonesOnCluster> {
    const { regions, begin, tick } = plainRegions()
    const bench = await MemoryClusterBench.open({
      ...{ latencyMs: 1, storeLatencyMs: () => 1 },
      definitions: [plainRoot(planOf()), shardDefinition] as unknown as readonly AnyDefinition<TallyWrite>[],
      residents: new Map([['shard', begin]]),
    })
    for (const node of nodes) await bench.node(node)
    bench.time.every(100, tick)
    return new ZonesOnCluster(bench, regions)
  }

  async gateway(name: string) {
    const gateway = await zonesAt(this.bench, name)
    return { ...gateway, enter: (who: string) => this.#enter(gateway.zones, who) }
  }

  /** The resident that is there now. */
  regionNow(region: number): PlainRegion {
    const found = this.regions.findLast(({ context, isOver }) => context.key === shardKey(zoneId, region) && !isOver)
    assert.ok(found)
    return found
  }

  async #enter(zones: Zones, name: string) {
    const shown: string[] = []
    const at = { name, x: 6.25, y: 6.25 }
    const entered = await enterZone(this.bench, zones, at, (frame) => shown.push(decodeFrame(frame).type))
    await this.bench.until(`${name} knows everything`, () => shown.length > 0)
    return { ...entered, shown }
  }
}

const position = (seq: number, x: number) =>
  encodeFrame({ type: 'position', flags: 2, seq, x, y: 100, z: 0, yaw: 0, vx: 0, vy: 0 })

describe('players of a zone on a cluster', () => {
  test('enter by several gateways, and their positions reach the region', async () => {
    const world = await ZonesOnCluster.open(['node-1', 'node-2'])
    const [one, two] = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
    const [ann, bob] = [await one.enter('ann'), await two.enter('bob')]
    assert.notEqual(ann.player.number >>> 20, bob.player.number >>> 20)
    bob.hold.zone.moved(bob.player, position(1, 777))
    await world.bench.until('the place is there', () => [...world.regionNow(1).places.values()].includes(777))
    ann.player.lost()
    await world.bench.until('Ann hears of Bob', () => ann.player.view.hears(bob.player.number))
    assert.deepEqual(bob.told, ['zone_names'])
  })

  test('go on when the node of their region dies: adopted where they were, and told everything', async () => {
    const world = await ZonesOnCluster.open(['node-1', 'node-2'])
    const gateway = await world.gateway('gateway-1')
    const ann = await gateway.enter('ann')
    ann.hold.zone.moved(ann.player, position(1, 321))
    const before = world.regionNow(1)
    world.bench.ownerOf(shardKey(zoneId, 1)).crash()
    await world.bench.until(
      'another node has it',
      () => world.regions.some((region) => region.context.epoch === 2),
      30_000,
    )
    const crashedAtMs = world.bench.time.monotonicMs()
    await world.bench.until('Ann is told everything', () => ann.shown.length > 1, 30_000)
    assert.ok(world.bench.time.monotonicMs() - crashedAtMs < 500)
    const now = world.regionNow(1)
    assert.notEqual(now, before)
    await world.bench.until(
      'the place is known there',
      () => [...now.places.values()].includes(321) || now.players.size === 1,
    )
    ann.hold.zone.moved(ann.player, position(2, 322))
    await world.bench.until('the next place is there', () => [...now.places.values()].includes(322))
    assert.deepEqual(ann.told, [])
  })

  test('go on when their region is handed over to another node', async () => {
    const world = await ZonesOnCluster.open(['node-1', 'node-2'])
    const gateway = await world.gateway('gateway-1')
    const ann = await gateway.enter('ann')
    await world.bench.done(world.bench.ownerOf(shardKey(zoneId, 1)).drain.run())
    await world.bench.until('Ann is told everything again', () => ann.shown.length > 1, 20_000)
    assert.equal(ann.player.openSeat?.regionEpoch, 2)
  })

  test('hear of new plans, to whose regions the gateway is attached', async () => {
    const world = await ZonesOnCluster.open(['node-1', 'node-2'])
    const gateway = await world.gateway('gateway-1')
    const ann = await gateway.enter('ann')
    const map = cutRegion(planOf().map, 1, { axis: 'x', at: 512 })
    const ask = (plan: object, n: number) =>
      world.bench.done(gateway.router.ask(zoneKey(zoneId), { type: 'plan', plan }, { commandId: commandId('test', n) }))
    await ask({ map }, 1)
    await world.bench.until('all regions are there', () => world.regions.length === 3)
    // The old one still has Ann, so the gateway stays attached to it.
    await world.bench.time.advance(3_000)
    assert.equal(world.regionNow(1).players.size, 1)
    await ask({ sanctions: [{ kind: 'ban', userId: user('ann'), endsAtMs: null }] }, 2)
    await world.bench.until('Ann is out', () => ann.told.includes('left: banned'))
    await world.bench.until('her region knows', () => world.regions[0]!.players.size === 0)
  })

  test('are as good as gone with their gateway; who leaves is out at once', async () => {
    const world = await ZonesOnCluster.open(['node-1'])
    const gateway = await world.gateway('gateway-1')
    const ann = await gateway.enter('ann')
    ann.hold.zone.leave(ann.player, 'left')
    await world.bench.until('the region knows', () => world.regionNow(1).players.size === 0)
    ann.hold.release()
    await world.bench.until('the zone is let go of', () => gateway.zones.size === 0, 20_000)
  })
})
