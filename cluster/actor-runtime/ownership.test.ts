import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, commandId } from '../../protocol/ids.ts'
import { factsFor } from '../../test/support/bench-node.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { NotingLogger } from '../../test/support/noting-logger.ts'
import { GuestWriter } from './guest.ts'

const key = actorKey('tally', 'one')

async function cluster(names: readonly string[]) {
  const logger = new NotingLogger()
  const bench = await MemoryClusterBench.open({ latencyMs: 1, storeLatencyMs: () => 1, logger })
  for (const name of names) await bench.node(name)
  const gateway = await bench.gateway('gateway-1')
  await bench.done(gateway.carry(key, sessionNumber(1)))
  const memberOf = (name: string) => bench.cluster.view().members.find(({ process }) => process === name)!
  /** What was told since it was last asked. */
  const told = () =>
    logger.lines
      .splice(0)
      .filter(({ event }) => event === 'ownership.changed')
      .map(({ fields: { change, cause, key: of, epoch, from, to } }) => {
        assert.equal(of, key)
        return [change, cause, epoch, from, to]
      })
  return { bench, gateway, memberOf, told, logger }
}

describe('a change of owner is told once', () => {
  test('at the first command: claimed, then activated', async () => {
    const { told } = await cluster(['node-1'])
    assert.deepEqual(told(), [
      ['claimed', 'free', 1, null, 'node-1'],
      ['activated', 'command', 1, null, 'node-1'],
    ])
  })

  test('at a hand-off: by who gave and by who got it', async () => {
    const { bench, memberOf, told } = await cluster(['node-1', 'node-2'])
    const from = bench.ownerOf(key)
    const to = bench.nodes.find((node) => node !== from)!
    told()
    await bench.done(from.handOffs.handOff(key, memberOf(to.name)))
    await bench.until('the heir serves', () => to.positionOf(key)?.epoch === 2)
    const [giver, heir] = [from.name, to.name]
    assert.deepEqual(told().sort(), [
      ['activated', 'handed_over', 2, giver, heir],
      ['dropped', 'moved', 1, giver, null],
      ['handed_off', 'order', 2, giver, heir],
      ['moved', 'handed_over', 2, giver, heir],
    ])
  })

  test('when its owner died: claimed from it', async () => {
    const { bench, gateway, told } = await cluster(['node-1', 'node-2'])
    const dead = bench.ownerOf(key)
    const heir = bench.nodes.find((node) => node !== dead)!
    told()
    dead.crash()
    await bench.done(gateway.ask(key, 'c', 1, { type: 'add', by: 1 }, { deadlineMs: 10_000 }))
    // The dead host of the bench tells of its cells; a real one is silent.
    const ofTheHeir = told().filter(([change]) => change !== 'dropped')
    assert.deepEqual(ofTheHeir, [
      ['claimed', 'lease_over', 2, dead.name, heir.name],
      ['activated', 'command', 2, dead.name, heir.name],
    ])
  })

  test('when the record knows a higher epoch: claimed above it', async () => {
    const { bench, gateway, told } = await cluster(['node-1'])
    const [node] = bench.nodes
    told()
    await bench.journal.fence(key, 7, node!.facts)
    await bench.done(gateway.ask(key, 'c', 1, { type: 'add', by: 1 }, { deadlineMs: 10_000 }))
    assert.deepEqual(told().slice(0, 2).sort(), [
      ['dropped', 'fenced', 1, 'node-1', null],
      ['released', 'fenced', 1, 'node-1', null],
    ])
    assert.equal(bench.entriesOf(key).at(-1)?.epoch, 8)
  })

  test('when a node ends: dropped and released', async () => {
    const { bench, told } = await cluster(['node-1'])
    told()
    await bench.done(bench.nodes[0]!.host.stop())
    assert.deepEqual(told(), [
      ['dropped', 'stopping', 1, 'node-1', null],
      ['released', 'stopping', 1, 'node-1', null],
    ])
  })

  test('when the lease is gone: dropped, and nothing is released', async () => {
    const { bench, told } = await cluster(['node-1'])
    told()
    bench.nodes[0]!.host.abandon()
    await bench.time.advance(50)
    assert.deepEqual(told(), [['dropped', 'lease_lost', 1, 'node-1', null]])
  })

  test('when the directory forgot the owner and is told again; not when it knows', async () => {
    const { bench, told } = await cluster(['node-1'])
    told()
    await bench.cluster.release(key, { ...bench.nodes[0]!.facts, epoch: 1 })
    await bench.time.advance(6_000)
    assert.deepEqual(told(), [['restored', 'directory_forgot', 1, null, 'node-1']])
  })

  test('when a guest raised the epoch; not when it wrote nothing', async () => {
    const { bench, told, logger } = await cluster(['node-1'])
    await bench.done(bench.nodes[0]!.host.stop())
    told()
    const { journal, definitions, time: clock } = bench
    const self = factsFor(bench, 'worker-1', 'worker')
    const guest = new GuestWriter({ self, definitions, journal, clock, logger })
    const write = () => guest.write(key, commandId('workflow', 1), { type: 'add', by: 10 })
    await write()
    assert.deepEqual(told(), [['guest_wrote', 'nobody_owned', 2, null, null]])
    await write()
    assert.deepEqual(told(), [])
  })
})
