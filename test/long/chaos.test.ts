import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chaos } from '../chaos/run.ts'
import { scenarios, shortNames } from '../chaos/scenarios.ts'

test(
  'nodes are killed, frozen, cut off and restarted under commands, and every promise is kept',
  { timeout: 120_000 },
  async () => {
    const chosen = shortNames.map((name) => {
      const found = scenarios.find((scenario) => scenario.name === name)
      assert.ok(found, name)
      return found
    })
    const { outcomes, faults } = await chaos(1, chosen)
    assert.deepEqual(faults, [])
    for (const { scenario, acked, unknown } of outcomes) {
      assert.ok(acked > 50, `${scenario}: hardly anything was done`)
      assert.ok(unknown < 20, `${scenario}: ${unknown} commands without an outcome`)
    }
  },
)
