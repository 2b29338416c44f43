import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { provenanceOf } from '../runner/provenance.ts'
import { withServices } from '../runner/with-services.ts'
import { measureAll, table } from './figures.ts'

/*
 * `npm run bench:cluster`: figures of the cluster engine on this machine, with generator and servers side by side, on a
 * Postgres that forces every commit to disk. Writes them to docs/benchmarks. `-- node signals` measures those parts only, and
 * writes nothing.
 */
const checkout = fileURLToPath(new URL('../..', import.meta.url))
await withServices({ checkout, needs: ['postgres', 'redis'], isDurable: true }, async () => {
  const { measures } = await import('./measures.ts')
  const wanted = process.argv.slice(2)
  const figures = await measureAll(measures, wanted)
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
})
