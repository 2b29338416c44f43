import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createPlacement } from '../../cluster/placement/rendezvous.ts'
import { mutations } from './mutations/index.ts'
import { planOf, tellOf } from './plan.ts'
import { Pool } from './pool.ts'
import { replayOf } from './report.ts'
import { run, type Verdict } from './run.ts'
import { tryMutations } from './try-mutations.ts'

/** About a minute on two cores. More by `npm run sim`. */
const seeds = 2_000
/** No guard takes more to be missed: docs/architecture/simulation.md has the seeds. */
const seedsForGuard = 1_000

describe('a simulated cluster', () => {
  const pool = new Pool()
  after(() => pool.close())

  test('does the same when a seed is run again', async () => {
    const placement = await createPlacement()
    const hashes = new Set<string>()
    for (const seed of [1, 2, 3]) {
      const first = await run(seed, { placement })
      const second = await run(seed, { placement })
      assert.equal(second.traceHash, first.traceHash, `seed ${seed} was not the same again`)
      assert.deepEqual(second.stats, first.stats)
      hashes.add(first.traceHash)
    }
    assert.equal(hashes.size, 3, 'seeds are alike')
  })

  test('meets every kind of fault', () => {
    const kinds = new Set(Array.from({ length: 200 }, (_, seed) => planOf(seed).faults.map(({ kind }) => kind)).flat())
    assert.equal(kinds.size, 20)
  })

  test(`keeps its promises in ${seeds} seeds`, async (context) => {
    const failed: Verdict[] = []
    let [ran, acked] = [0, 0]
    await pool.sweep({
      from: 1,
      seeds,
      mutation: null,
      onVerdict: (verdict) => {
        ran += 1
        acked += verdict.stats.acked
        if (verdict.violations.length > 0) failed.push(verdict)
        return failed.length >= 5
      },
    })
    context.diagnostic(`${ran} seeds, ${acked} answers`)
    const told = failed.map(({ seed, faults, violations: [first] }) =>
      [replayOf(seed, null), `${first?.invariant} ${first?.what}`, ...faults.map(tellOf)].join('\n  '),
    )
    assert.equal(failed.length, 0, told.join('\n'))
    assert.equal(ran, seeds)
    assert.ok(acked > 100 * ran, 'hardly anything was done')
  })

  test('breaks a promise wherever one of its guards is away', async () => {
    const tried = await tryMutations(pool, Object.keys(mutations), 1, seedsForGuard, () => undefined)
    assert.deepEqual(
      tried.filter(({ caught }) => caught === null).map(({ name }) => name),
      [],
    )
    assert.equal(tried.length, 14)
  })
})
