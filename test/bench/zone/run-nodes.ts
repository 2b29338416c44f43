import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { provenanceOf } from '../../runner/provenance.ts'
import { withServices } from '../../runner/with-services.ts'
import { measureAll, table, type Figure } from '../figures.ts'

/*
 * `npm run bench:zone:nodes`: one zone on four real nodes on this machine, which generator, nodes, Postgres and Redis share. Writes to docs/benchmarks.
 * `-- nodes`, `-- sockets` or `-- losses` measures that part only, and writes nothing.
 */
const checkout = fileURLToPath(new URL('../../..', import.meta.url))
await withServices({ checkout, needs: ['postgres', 'redis'], isDurable: true }, async () => {
  const { zoneLosses } = await import('./losses.ts')
  const { zoneOverNodes } = await import('./nodes.ts')
  const { zoneOverSockets } = await import('./sockets.ts')
  const measures: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
    few: () => zoneOverNodes(10_000),
    nodes: () => zoneOverNodes(40_000),
    sockets: () => zoneOverSockets(2_000),
    losses: zoneLosses,
  }
  const wanted = process.argv.slice(2)
  const figures = await measureAll(measures, wanted)
  if (wanted.length === 0) {
    const { commit, hardware, day } = provenanceOf(checkout)
    const page = join(checkout, 'docs', 'benchmarks', `${day}-zone-nodes.md`)
    const text = [
      `# A zone on four nodes, ${day}`,
      `Commit ${commit}. ${hardware}; generator, nodes, Postgres and Redis share it. Ticks of 100 ms, 20 others within 30 m of each; people walk legs of 1 to 7 s at up to 6 m/s, a third of them standing, a tenth speaking, seed 20261126. Each says where it is ten times a second. Made by \`npm run bench:zone:nodes\`.`,
      table(figures),
    ].join('\n\n')
    mkdirSync(join(checkout, 'docs', 'benchmarks'), { recursive: true })
    writeFileSync(page, await format(text, { ...(await resolveConfig(page)), parser: 'markdown' }))
  }
})
