import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { measureAll, table } from '../figures.ts'
import { provenanceOf } from '../../runner/provenance.ts'
import { zoneMeasures } from './measures.ts'

/*
 * `npm run bench:zone`: figures of the tick engine of a zone on this machine, on one thread. Writes them to docs/benchmarks.
 * `-- tick crowd` measures those parts only, and writes nothing.
 */
const checkout = fileURLToPath(new URL('../../..', import.meta.url))
const wanted = process.argv.slice(2)
const cpu = process.cpuUsage()
const from = performance.now()
const figures = await measureAll(zoneMeasures, wanted)
const used = process.cpuUsage(cpu)
const share = ((used.user + used.system) / 1000 / (performance.now() - from)) * 100
console.log(`the run had ${share.toFixed(0)} % of a core`)
if (wanted.length === 0) {
  const { commit, hardware, day } = provenanceOf(checkout)
  const page = join(checkout, 'docs', 'benchmarks', `${day}-zone.md`)
  mkdirSync(join(checkout, 'docs', 'benchmarks'), { recursive: true })
  const text = [
    `# Tick engine of a zone, ${day}`,
    `Commit ${commit}. ${hardware}. One thread, seed 20261126; the run had ${share.toFixed(0)} % of a core. Ticks of 100 ms; people walk legs of 1 to 7 s at up to 6 m/s, a third of them standing; a tenth speaks. No sockets. Others that are measured beside it see the same world in the same rounds, and share the code that finds what changed. Made by \`npm run bench:zone\`.`,
    table(figures),
  ].join('\n\n')
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), parser: 'markdown' }))
}
