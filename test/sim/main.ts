import { parseArgs } from 'node:util'
import { createPlacement } from '../../cluster/placement/rendezvous.ts'
import { mutations } from './mutations/index.ts'
import { Pool } from './pool.ts'
import { replayOf, tellFailure } from './report.ts'
import { run, type Verdict } from './run.ts'
import { isScene, scenes, type SceneName } from './scenes.ts'
import { tableOf, tryMutations } from './try-mutations.ts'

/*
 * The simulator: `npm run sim -- --seeds 2000` runs seeds on all cores and ends with 1 where one broke a promise;
 * `--seed 17` runs one, twice; `--scene zone` has the cluster host a zone instead of tallies; `--mutation NAME` takes a guard away and ends with 1 where nothing notices; `--mutations`
 * does that with each.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    scene: { type: 'string' },
    faults: { type: 'string' },
    mutation: { type: 'string' },
    mutations: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const numberOf = (text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new RangeError(`${text} is not a number of seeds, a seed or a fault`)
  return number
}

const mutation = values.mutation ?? null
if (mutation !== null && !mutations[mutation]) {
  throw new RangeError(`there is no mutation ${mutation}; there are ${Object.keys(mutations).join(', ')}`)
}
const scene = values.scene ?? (mutation === null ? undefined : mutations[mutation]?.scene) ?? 'tally'
if (!isScene(scene)) throw new RangeError(`there is no scene ${scene}; there are ${Object.keys(scenes).join(', ')}`)
const seeds = numberOf(values.seeds)
const from = numberOf(values.from)

/** Runs one seed twice: what is found is found again, and the same happens. */
async function replayOne(seed: number, scene: SceneName): Promise<number> {
  const placement = await createPlacement()
  const faults = values.faults === undefined ? undefined : values.faults.split(',').filter(Boolean).map(numberOf)
  const make = mutation === null ? undefined : mutations[mutation]?.make
  const options = { placement, scene, ...(faults ? { faults } : {}), ...(make ? { mutation: make } : {}) }
  const verdict = await run(seed, options)
  const again = await run(seed, options)
  say(`seed ${seed}: ${JSON.stringify(verdict.stats)}`)
  say(`trace ${verdict.traceHash}, again ${again.traceHash}`)
  if (verdict.violations.length > 0) await tellFailure(verdict, mutation, placement, say)
  return verdict.violations.length > 0 || verdict.traceHash !== again.traceHash ? 1 : 0
}

async function sweep(pool: Pool, scene: SceneName): Promise<number> {
  const failed: Verdict[] = []
  let ran = 0
  let acked = 0
  const beganMs = performance.now()
  await pool.sweep({
    from,
    seeds,
    scene,
    mutation,
    onVerdict: (verdict) => {
      ran += 1
      acked += verdict.stats.acked
      if (verdict.violations.length > 0) failed.push(verdict)
      // With a guard away one is enough, without none should be.
      return failed.length >= (mutation === null ? 20 : 1)
    },
  })
  const tookS = (performance.now() - beganMs) / 1_000
  say(
    `${ran} seeds, ${failed.length} broke a promise, ${acked} answers, ${tookS.toFixed(1)} s on ${pool.size} cores: ` +
      `${(ran / tookS / pool.size).toFixed(1)} seeds a second and core`,
  )
  const placement = await createPlacement()
  failed.sort((one, other) => one.seed - other.seed)
  for (const verdict of failed.slice(0, 3)) await tellFailure(verdict, mutation, placement, say)
  for (const verdict of failed.slice(3)) say(`also ${replayOf(verdict, mutation)}`)
  return failed.length > 0 === (mutation === null) ? 1 : 0
}

async function tryAll(pool: Pool): Promise<number> {
  const tried = await tryMutations(pool, Object.keys(mutations), from, seeds, (line) => say(line))
  say(tableOf(tried))
  return tried.every(({ caught }) => caught !== null) ? 0 : 1
}

if (values.seed !== undefined) process.exitCode = await replayOne(numberOf(values.seed), scene)
else {
  const pool = new Pool()
  process.exitCode = await (values.mutations ? tryAll(pool) : sweep(pool, scene))
  await pool.close()
}
