import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { zoneDefinition } from '../../actors/zone-root/index.ts'
import { shardDefinition } from '../../actors/zone-shard/index.ts'
import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import { commandId } from '../../protocol/ids.ts'
import type { Principal } from '../../protocol/room/values.ts'
import type { ZoneCommand } from '../../protocol/zone/commands.ts'
import { zoneKey, type ZonePlan } from '../../protocol/zone/plan.ts'
import { regionsOf } from '../../protocol/zone/region-map.ts'
import { defaultZone } from '../../protocol/zone/spec-rules.ts'
import { MemoryClusterBench } from '../support/memory-cluster-bench.ts'
import type { TallyWrite } from '../support/tally-actor.ts'
import { user, zoneId } from '../support/zone-bench.ts'
import { enterZone, plainRegions, zonesAt } from '../support/zones-on-bench.ts'

const admin: Principal = { user_id: user('boss'), privileges: ['admin'] }
const key = zoneKey(zoneId)

/** Gateways with their zones, on nodes that host roots as they are, and plain regions. */
class RootsOnCluster {
  readonly bench: MemoryClusterBench
  #asks = 0

  private constructor(bench: MemoryClusterBench) {
    this.bench = bench
  }

  static async open(nodes: readonly string[]): Promise<RootsOnCluster> {
    const { begin, tick } = plainRegions()
    const bench = await MemoryClusterBench.open({
      ...{ latencyMs: 1, storeLatencyMs: () => 1 },
      definitions: [zoneDefinition, shardDefinition] as unknown as readonly AnyDefinition<TallyWrite>[],
      residents: new Map([['shard', begin]]),
    })
    for (const node of nodes) await bench.node(node)
    bench.time.every(100, tick)
    return new RootsOnCluster(bench)
  }

  async gateway(name: string) {
    const { bench } = this
    const { zones, router } = await zonesAt(bench, name)
    const ask = (command: ZoneCommand) =>
      bench.done(router.ask(key, command, { commandId: commandId('rest', ++this.#asks) }))
    const enter = (who: string) => enterZone(bench, zones, { name: who, x: 6.25, y: 6.25 }, () => undefined)
    return { zones, ask, enter }
  }
}

const create: Extract<ZoneCommand, { type: 'create' }> = {
  type: 'create',
  by: admin,
  spec: { name: 'Market', guild_id: null, bounds: { width_m: 1_024, height_m: 1_024 }, ...defaultZone },
}
const sanction = (kind: 'mute' | 'ban', name: string, durationS: number | null): ZoneCommand => ({
  type: 'sanction',
  ...{ by: admin, kind, target_user_id: user(name), duration_s: durationS, reason: 'noise' },
})
const cut = (version: number, region: number): ZoneCommand => ({ type: 'cut', version, region, axis: 'x', at: 512 })
const regionIds = ({ map }: ZonePlan) => regionsOf(map).map(({ id }) => id)

describe('the root of a zone on a cluster', () => {
  test('tells gateways of what moderators decide, and ends it when its time has come', async () => {
    const world = await RootsOnCluster.open(['node-1', 'node-2'])
    const [one, two] = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
    await one.ask(create)
    const [ann, bob] = [await one.enter('ann'), await two.enter('bob')]
    assert.notEqual(ann.hold.gateway, bob.hold.gateway)
    await one.ask(sanction('mute', 'bob', 5))
    await world.bench.until('Bob is muted', () => bob.player.standing.isMuted)
    assert.equal(ann.player.standing.isMuted, false)
    await world.bench.until('he is free again', () => !bob.player.standing.isMuted, 7_000)
    await world.bench.until('the root has lifted it', () => bob.hold.plan.sanctions.length === 0)
    await two.ask(sanction('ban', 'ann', null))
    await world.bench.until('Ann is out', () => ann.told.includes('left: banned'))
    await one.ask({ type: 'close', by: admin, reason: 'over' })
    await world.bench.until('Bob is out', () => bob.told.includes('left: closed'))
  })

  test('goes on after the death of its node: with its map and sanctions, the gateways’ numbers, and plans that are newer than all before', async () => {
    const world = await RootsOnCluster.open(['node-1', 'node-2', 'node-3'])
    const [one, two] = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
    await one.ask(create)
    const [ann, bob] = [await one.enter('ann'), await two.enter('bob')]
    const numbers = [ann.hold.gateway, bob.hold.gateway]
    await one.ask(sanction('mute', 'bob', null))
    await one.ask(cut(1, 1))
    await world.bench.until('both know the map', () => ann.hold.plan.map.version + bob.hold.plan.map.version === 4)
    const { version } = ann.hold.plan
    assert.equal(bob.hold.plan.version, version)
    world.bench.ownerOf(key).crash()
    const { status } = await one.ask({ type: 'view' })
    assert.equal(status, 'ok')
    await world.bench.until(
      'both have a plan of the new owner',
      () => [ann, bob].every(({ hold }) => hold.plan.version > version),
      30_000,
    )
    assert.deepEqual([ann.hold.gateway, bob.hold.gateway], numbers)
    assert.deepEqual(regionIds(bob.hold.plan), [2, 3])
    assert.deepEqual([ann.player.standing.isMuted, bob.player.standing.isMuted], [false, true])
    const stale = await one.ask(cut(1, 1))
    assert.deepEqual([stale.status, 'code' in stale && stale.code], ['rejected', 'MAP_CHANGED'])
    await one.ask({ type: 'merge', version: 2, region: 3 })
    await world.bench.until('both know the merger', () => [ann, bob].every(({ hold }) => regionIds(hold.plan)[0] === 4))
    for (const { told } of [ann, bob])
      assert.equal(
        told.some((what) => what.startsWith('left')),
        false,
      )
  })

  test('is handed over with its node’s drain, and its gateways hear of the next change', async () => {
    const world = await RootsOnCluster.open(['node-1', 'node-2'])
    const gateway = await world.gateway('gateway-1')
    await gateway.ask(create)
    const ann = await gateway.enter('ann')
    const { version } = ann.hold.plan
    const before = ann.hold.gateway
    const drained = world.bench.ownerOf(key)
    await world.bench.done(drained.drain.run())
    await world.bench.until('a plan of the heir', () => ann.hold.plan.version > version, 20_000)
    assert.notEqual(world.bench.ownerOf(key), drained)
    await gateway.ask({ type: 'update', by: admin, changes: { rules: { range_m: 12 } } })
    await world.bench.until('the change is told', () => ann.hold.plan.rules.rangeM === 12)
    assert.equal(ann.hold.gateway, before)
  })

  test('is full for everybody by what all gateways carry together', async () => {
    const world = await RootsOnCluster.open(['node-1'])
    const [one, two] = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
    await one.ask({ ...create, spec: { ...create.spec, players_max: 2 } })
    const [ann, bob] = [await one.enter('ann'), await two.enter('bob')]
    await world.bench.until('both know', () => ann.hold.plan.isFull && bob.hold.plan.isFull)
    bob.hold.zone.leave(bob.player, 'left')
    await world.bench.until('both know that there is room', () => !ann.hold.plan.isFull && !bob.hold.plan.isFull)
  })
})
