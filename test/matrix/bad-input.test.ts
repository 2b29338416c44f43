import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TestCluster } from '../support/cluster.ts'
import { Stage, startPatientCluster } from './stage.ts'
import { Storm, type StormResult } from '../fuzz/storm.ts'
import { knownOf } from '../fuzz/known.ts'

/** The short form. `npm run fuzz` throws a hundred times as much. */
const amounts = { calls: 4_000, frames: 6_000 }

describe('generated bad input', () => {
  let cluster: TestCluster
  let result: StormResult
  let pids: readonly number[]
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)

  before(async () => {
    cluster = await startPatientCluster()
    pids = [...cluster.processes.values()].map(({ pid }) => pid)
    const scene = await new Stage(cluster).scene('public')
    result = await new Storm(cluster, knownOf(scene)).run({ ...amounts, seed })
  })
  after(() => cluster.stop())

  test('is answered by a row of the error table, or as the schemas say', () => {
    assert.deepEqual(result.faults, [], `FUZZ_SEED=${seed}`)
  })

  test('ends no process', () => {
    assert.deepEqual(
      [...cluster.processes.values()].map(({ running, pid }) => (running ? pid : null)),
      pids,
    )
  })

  test('is never logged as a bug of ours', () => {
    const bugs = ['http.failed', 'socket.failed', 'socket.handler_failed', 'command.failed']
    for (const process of cluster.processes.values()) {
      assert.deepEqual(
        bugs.flatMap((msg) => process.events(msg)),
        [],
        `FUZZ_SEED=${seed}`,
      )
    }
  })

  test('goes deep: much of it is refused, and some of it is right', () => {
    assert.ok((result.calls['400 VALIDATION_FAILED'] ?? 0) > amounts.calls / 20)
    assert.ok((result.calls['200'] ?? 0) > amounts.calls / 50, JSON.stringify(result.calls))
    assert.ok((result.frames['reply'] ?? 0) > amounts.frames / 100, JSON.stringify(result.frames))
    assert.ok((result.frames['error VALIDATION_FAILED'] ?? 0) > amounts.frames / 20)
  })

  test('does a neighbour no harm', () => {
    assert.ok(result.neighbour.commands > 10)
    assert.equal(result.neighbour.refused, 0)
  })
})
