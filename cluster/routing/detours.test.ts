import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey } from '../../protocol/ids.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'

const key = actorKey('tally', 'one')
const alice = sessionNumber(1)

/** Some nodes, and a gateway that carries a session of an actor. */
async function carrying(nodes: number) {
  const bench = await MemoryClusterBench.open({ latencyMs: 1 })
  for (let number = 1; number <= nodes; number += 1) await bench.node(`node-${number}`)
  const gateway = await bench.gateway('gateway-1')
  await bench.done(gateway.carry(key, alice))
  const owner = bench.ownerOf(key)
  const self = gateway.facts.process
  let number = 0
  const add = (deadlineMs = 5_000) => gateway.ask(key, 'c', (number += 1), { type: 'add', by: 1 }, { deadlineMs })
  const others = bench.nodes.filter((node) => node !== owner).map(({ facts }) => facts.process)
  return { bench, gateway, owner, add, self, others, home: owner.facts.process }
}

type Carrying = Awaited<ReturnType<typeof carrying>>

/** The gateway reaches the owner by way of another node. */
async function detoured(nodes: number): Promise<Carrying> {
  const cluster = await carrying(nodes)
  const { bench, gateway, self, home } = cluster
  bench.network.cut(self, home)
  await bench.until('there is a detour', () => gateway.told.detours === 1, 6_000)
  return cluster
}

describe('a gateway that is cut off from one node', () => {
  for (const [name, cut] of [
    ['both ways', ({ bench, self, home }: Carrying) => bench.network.cut(self, home)],
    ['towards it', ({ bench, self, home }: Carrying) => bench.network.cutWay(self, home)],
    ['from it', ({ bench, self, home }: Carrying) => bench.network.cutWay(home, self)],
  ] as const) {
    test(`${name} has its commands carried out by the same life of the actor`, async () => {
      const cluster = await carrying(3)
      const { bench, gateway, owner, add } = cluster
      cut(cluster)
      assert.equal((await bench.done(add(), 5_000)).status, 'ok')
      assert.equal(gateway.told.detours, 1)
      assert.equal(bench.entriesOf(key).length, 1)
      assert.equal(owner.positionOf(key)?.epoch, 1)
    })
  }

  test('loses no session, and what is pushed meanwhile arrives once', async () => {
    const { bench, gateway, owner, add } = await detoured(3)
    await bench.until('it is attached', () => gateway.pushedTo(alice, 'snapshot').length === 2, 2_000)
    for (let n = 1; n <= 3; n += 1) await bench.done(add())
    // By then the link that was cut is closed at both ends.
    await bench.time.advance(20_000)
    await bench.done(add())
    assert.deepEqual(gateway.lost, [])
    assert.equal(owner.positionOf(key)?.sessions, 1)
    assert.equal(gateway.pushedTo(alice, 'events').length, 4)
  })

  test('goes straight again when it can, and loses nothing by it', async () => {
    const { bench, gateway, owner, add, self, home } = await detoured(3)
    bench.network.heal(self, home)
    const accepted = owner.accepted.length
    await bench.until('the detour is closed', () => gateway.told.detours === 0, 12_000)
    assert.ok(owner.accepted.length > accepted)
    assert.equal((await bench.done(add())).status, 'ok')
    await bench.time.advance(5_000)
    assert.deepEqual(gateway.lost, [])
    assert.equal(owner.positionOf(key)?.sessions, 1)
  })

  test('finds another way when the node between is gone', async () => {
    const { bench, gateway, owner, add } = await detoured(4)
    const between = bench.nodes.find(({ passages }) => passages === 1)
    assert.ok(between)
    between.crash()
    assert.equal((await bench.done(add(), 6_000)).status, 'ok')
    assert.equal(owner.positionOf(key)?.epoch, 1)
    assert.equal(gateway.told.detours, 1)
  })

  test('passes a node over that is cut off from it too', async () => {
    const cluster = await carrying(4)
    const { bench, add, self, home, others } = cluster
    bench.network.cut(self, home)
    for (const other of others.slice(1)) bench.network.cut(other, home)
    assert.equal((await bench.done(add(8_000), 8_000)).status, 'ok')
  })

  test('says after half a minute without any way, and at once, that the room cannot be reached', async () => {
    const { bench, gateway, add, self, home, others } = await carrying(3)
    bench.network.cut(self, home)
    for (const other of others) bench.network.cut(other, home)
    await bench.done(add(1_000), 1_500)
    await bench.time.advance(33_000)
    const askedMs = bench.time.monotonicMs()
    const told = await bench.done(add(5_000), 5_000)
    assert.deepEqual(told, { status: 'retry_after', code: 'ROOM_UNREACHABLE', afterMs: 2_000 })
    assert.ok(bench.time.monotonicMs() - askedMs < 3_000)
    assert.ok(gateway.told.noDetour > 0)
    for (const other of others) bench.network.heal(other, home)
    await bench.until('there is a detour', () => gateway.told.detours === 1, 6_000)
    assert.equal((await bench.done(add())).status, 'ok')
  })

  test('takes nobody`s lease away: who is out of its reach is not dead', async () => {
    const { bench, home } = await detoured(3)
    await bench.time.advance(10_000)
    assert.ok(bench.gateways[0]!.membership.view().get(home))
  })
})
