import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createPlacement } from '../../cluster/placement/rendezvous.ts'
import { mutations } from './mutations/index.ts'
import { planOf, tellOf } from './plan.ts'
import { Pool } from './pool.ts'
import { replayOf } from './report.ts'
import { run, type Verdict } from './run.ts'
import type { SceneName } from './scenes.ts'
import { tryMutations } from './try-mutations.ts'

/** About a minute on two cores. More by `npm run sim`. */
const sweeps: Readonly<Record<SceneName, { readonly seeds: number; readonly answersLeast: number }>> = {
  tally: { seeds: 500, answersLeast: 60 },
  zone: { seeds: 40, answersLeast: 10 },
}
/** Taken away by `npm run sim -- --mutations` alone: until it is missed takes half a minute. */
const slowGuards = new Set(['plans-without-epoch'])
/** No guard takes more to be missed: docs/architecture/simulation.md has the seeds. */
const seedsForGuard = 1_000

describe('a simulated cluster', () => {
  const pool = new Pool()
  after(() => pool.close())

  test('does the same when a seed is run again', async () => {
    const placement = await createPlacement()
    const hashes = new Set<string>()
    for (const scene of Object.keys(sweeps) as SceneName[]) {
      for (const seed of [1, 2, 3]) {
        const first = await run(seed, { placement, scene })
        const second = await run(seed, { placement, scene })
        assert.equal(second.traceHash, first.traceHash, `seed ${seed} was not the same again`)
        assert.deepEqual(second.stats, first.stats)
        hashes.add(first.traceHash)
      }
    }
    assert.equal(hashes.size, 6, 'seeds are alike')
  })

  test('meets every kind of fault', () => {
    const kinds = new Set(Array.from({ length: 200 }, (_, seed) => planOf(seed).faults.map(({ kind }) => kind)).flat())
    assert.equal(kinds.size, 20)
  })

  for (const [scene, { seeds, answersLeast }] of Object.entries(sweeps)) {
    test(`keeps its promises in ${seeds} seeds, hosting a ${scene}`, async (context) => {
      const failed: Verdict[] = []
      let [ran, acked] = [0, 0]
      await pool.sweep({
        ...{ from: 1, seeds, scene: scene as SceneName, mutation: null },
        onVerdict: (verdict) => {
          ran += 1
          acked += verdict.stats.acked
          if (verdict.violations.length > 0) failed.push(verdict)
          return failed.length >= 5
        },
      })
      context.diagnostic(`${ran} seeds, ${acked} answers`)
      const told = failed.map(({ faults, violations: [first], ...verdict }) =>
        [replayOf(verdict, null), `${first?.invariant} ${first?.what}`, ...faults.map(tellOf)].join('\n  '),
      )
      assert.equal(failed.length, 0, told.join('\n'))
      assert.equal(ran, seeds)
      assert.ok(acked > answersLeast * ran, 'hardly anything was done')
    })
  }

  test('breaks a promise wherever one of its guards is away', async () => {
    const names = Object.keys(mutations).filter((name) => !slowGuards.has(name))
    const tried = await tryMutations(pool, names, 1, seedsForGuard, () => undefined)
    assert.deepEqual(
      tried.filter(({ caught }) => caught === null).map(({ name }) => name),
      [],
    )
    assert.equal(tried.length, 17)
  })
})
