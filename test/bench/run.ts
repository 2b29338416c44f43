import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Guard } from '../../bin/local/guard.ts'
import { placesOf } from '../../bin/local/places.ts'
import { provenanceOf } from '../runner/provenance.ts'
import { raiseTestServices } from '../runner/services.ts'
import { table, type Figure } from './figures.ts'

/*
 * `npm run bench:cluster`: figures of the cluster engine on this machine, with generator and servers side by side, on a
 * Postgres that forces every commit to disk. Writes them to docs/benchmarks. `-- node signals` measures those parts only, and
 * writes nothing.
 */
const checkout = fileURLToPath(new URL('../..', import.meta.url))
const places = placesOf(checkout)
mkdirSync(places.runFolder, { recursive: true })
const guard = new Guard(null)
const services = await raiseTestServices({
  ...{ checkout, env: process.env, guard, needs: new Set(['postgres', 'redis'] as const), isDurable: true },
  report: (of) => (sentence) => console.log(`  ${of}: ${sentence}`),
})
let code = 0
try {
  for (const need of ['postgres', 'redis'] as const) Object.assign(process.env, await services.environmentOf(need))
  const { measures } = await import('./measures.ts')
  const wanted = process.argv.slice(2)
  const figures: Figure[] = []
  for (const [name, measure] of Object.entries(measures)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const measured = await measure()
    for (const figure of measured) console.log(`${figure.what}: ${figure.value} (goal: ${figure.goal})`)
    figures.push(...measured)
  }
  const { commit, hardware, day } = provenanceOf(checkout)
  mkdirSync(join(checkout, 'docs', 'benchmarks'), { recursive: true })
  const page = [
    `# Cluster engine, ${day}`,
    `Commit ${commit}. ${hardware}; generator, servers, Postgres and Redis share it. Postgres with fsync, synchronous_commit and`,
    'full_page_writes on. Loads are open loops by a fixed plan, so there is no seed; a latency counts from the planned send. CPU',
    'is that of all threads of the servers, the generator aside. Made by `npm run bench:cluster`.',
    '',
    table(figures),
    '',
    ...figures.flatMap(({ what, steps = [] }) =>
      steps.length > 0 ? [`## ${what}`, '', ...steps.map((step) => `- ${step}`), ''] : [],
    ),
  ]
  // Part of a run is for the eye alone.
  if (wanted.length === 0) {
    writeFileSync(join(checkout, 'docs', 'benchmarks', `${day}-cluster.md`), `${page.join('\n').trimEnd()}\n`)
  }
} catch (error) {
  console.error(error)
  code = 1
}
await services.stop()
guard.close()
process.exit(code)
