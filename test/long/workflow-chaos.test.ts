import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workflowChaos } from '../chaos-workflows/run.ts'

test(
  'sanctions end once and never early while workers, relays, nodes, Temporal and Postgres die',
  { timeout: 240_000 },
  async () => {
    const result = await workflowChaos({
      ...{ seed: 3, faults: 8, sanctions: 150, lanes: 4, pauseMs: 100, rooms: 12 },
      durationS: [2, 10],
    })
    assert.deepEqual(result.broken, [])
    assert.equal(result.faults.length, 8)
    assert.ok(result.sanctions >= 150, `${result.sanctions} were set`)
    const byClocks = Object.values(result.byClock).reduce((sum, count) => sum + count, 0)
    assert.ok(byClocks > 50, `clocks lifted ${byClocks}`)
  },
)
