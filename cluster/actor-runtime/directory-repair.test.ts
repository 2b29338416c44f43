import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, commandId } from '../../protocol/ids.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'

const key = actorKey('tally', 'one')

describe('a directory that forgot an owner', () => {
  test('is told again of an actor that came lately, though nothing else shows that writes were lost', async () => {
    const bench = await MemoryClusterBench.open({ latencyMs: 1 })
    const node = await bench.node('node-1')
    const gateway = await bench.gateway('gateway-1')
    await bench.done(gateway.ask(key, 'c', 1, { type: 'add', by: 1 }))
    await bench.cluster.release(key, { ...node.facts, epoch: 1 })
    assert.deepEqual(await bench.cluster.resolveMany([key]), [null])
    await bench.time.advance(2_100)
    const [owner] = await bench.cluster.resolveMany([key])
    assert.deepEqual([owner?.process, owner?.epoch], ['node-1', 1])
  })

  test('is not asked to write down what came long ago, over and over', async () => {
    const bench = await MemoryClusterBench.open({ latencyMs: 1 })
    const node = await bench.node('node-1')
    const gateway = await bench.gateway('gateway-1')
    await bench.done(gateway.ask(key, 'c', 1, { type: 'add', by: 1 }))
    await bench.time.advance(10_000)
    await bench.cluster.release(key, { ...node.facts, epoch: 1 })
    await bench.time.advance(4_000)
    assert.deepEqual(await bench.cluster.resolveMany([key]), [null])
  })
})

describe('an owner of which Redis knows nothing', () => {
  test('lets go of an actor that somebody else has under a later epoch, and tells who is attached', async () => {
    const bench = await MemoryClusterBench.open({ latencyMs: 1 })
    const node = await bench.node('node-1')
    const gateway = await bench.gateway('gateway-1')
    await bench.done(gateway.carry(key, sessionNumber(1)))
    const other = await bench.node('node-2')
    await bench.cluster.release(key, { ...node.facts, epoch: 1 })
    other.dispatch(key, { id: commandId('other', 1), command: { type: 'add', by: 1 } })
    await bench.until('the other has it', () => other.positionOf(key)?.seq === 1)
    await bench.until('the first has let it go', () => node.drops.length === 1, 3_000)
    assert.deepEqual(node.drops, ['superseded'])
    await bench.until('the session is there', () => other.positionOf(key)?.sessions === 1)
  })
})
