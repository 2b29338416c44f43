import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { provenanceOf } from '../../runner/provenance.ts'
import { withServices } from '../../runner/with-services.ts'
import { measureAll, table, type Figure } from '../figures.ts'
import type { Amounts } from './measures.ts'

/*
 * `npm run bench:workflows`: how late durable lifts are, how a burst of them goes, what a Temporal that is away costs, and what the relay
 * carries. Whole runs are written to docs/benchmarks. `-- burst starts` measures those alone, and writes nothing.
 */
const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number is needed')
  return value
}
const program = new Command('bench:workflows')
  .argument('[parts...]', 'these alone')
  .option('--timers <n>', 'open at once', whole, 10_000)
  .option('--spread-s <n>', 'they end within so long', whole, 600)
  .option('--away-s <n>', 'Temporal is away for so long', whole, 600)
  .parse()
const amounts = program.opts<Amounts>()
const wanted = program.args

const checkout = fileURLToPath(new URL('../../..', import.meta.url))
await withServices({ checkout, needs: ['postgres', 'redis', 'temporal'] }, async () => {
  const { measures } = await import('./measures.ts')
  const bound = Object.entries(measures).map(([name, measure]) => [name, () => measure(amounts)] as const)
  const figures = await measureAll(Object.fromEntries(bound), wanted)
  if (wanted.length === 0) writePage(figures)
})

function writePage(figures: readonly Figure[]): void {
  const { commit, hardware, day } = provenanceOf(checkout)
  const page = [
    `# Durable processes, ${day}`,
    '',
    `Commit ${commit}. ${hardware}; gateway, node, workers, relay, Postgres, Redis and a development server of Temporal with a file`,
    'database share it with the generator. Where it says that there is no node, it was stopped before the first deadline, so that',
    'no actor lifts anything. Made by `npm run bench:workflows`.',
    '',
    table(figures),
  ]
  const folder = join(checkout, 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${day}-workflows.md`), `${page.join('\n')}\n`)
}
