import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey } from '../../protocol/ids.ts'
import { MemoryClusterBench } from '../../test/support/memory-cluster-bench.ts'

const key = actorKey('tally', 'one')
const add = { type: 'add', by: 1 } as const

async function cluster() {
  const bench = await MemoryClusterBench.open({ latencyMs: 1 })
  const node = await bench.node('node-1')
  const gateway = await bench.gateway('gateway-1')
  await bench.done(gateway.ask(key, 'first', 1, add))
  const [from, to] = [gateway.facts.process, node.facts.process]
  return { bench, gateway, from, to }
}

describe('a link that stalls', () => {
  test('brings no command to life whose sender has given it up', async () => {
    const { bench, gateway, from, to } = await cluster()
    bench.network.cutWay(from, to)
    const asked = gateway.ask(key, 'late', 1, add, { deadlineMs: 300 })
    assert.equal((await bench.done(asked)).status, 'unknown')
    await bench.time.advance(300)
    bench.network.heal(from, to)
    await bench.time.advance(500)
    assert.equal(bench.entriesOf(key).length, 1)
  })

  test('costs a command that is still waited for no more than the stall', async () => {
    const { bench, gateway, from, to } = await cluster()
    bench.network.cutWay(from, to)
    const asked = gateway.ask(key, 'patient', 1, add, { deadlineMs: 1_000 })
    await bench.time.advance(400)
    bench.network.heal(from, to)
    assert.equal((await bench.done(asked)).status, 'ok')
    assert.equal(bench.entriesOf(key).length, 2)
  })
})
