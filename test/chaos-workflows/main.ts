import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { provenanceOf } from '../runner/provenance.ts'
import { withServices } from '../runner/with-services.ts'
import type { ChaosResult } from './run.ts'
import { percentile } from './verdict.ts'

/*
 * `npm run chaos:workflows`: timed sanctions while workers, relays, nodes, Temporal and Postgres die around them. Ends with 1 where one was
 * lost, lifted twice or early. A run of at least 300 faults and 20,000 sanctions is written to docs/benchmarks.
 */
const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number is needed')
  return value
}
const { seed, faults, sanctions, lanes } = new Command('chaos:workflows')
  .option('--seed <n>', 'what is done when', whole, 1)
  .option('--faults <n>', 'so many', whole, 300)
  .option('--sanctions <n>', 'so many are set', whole, 20_000)
  .option('--lanes <n>', 'actions under way at once', whole, 6)
  .parse()
  .opts<{ seed: number; faults: number; sanctions: number; lanes: number }>()

const checkout = fileURLToPath(new URL('../..', import.meta.url))
await withServices({ checkout, needs: ['postgres', 'redis', 'temporal'] }, async () => {
  const { workflowChaos } = await import('./run.ts')
  const result = await workflowChaos({
    ...{ seed, faults, sanctions, lanes, pauseMs: 150, rooms: 60, durationS: [3, 30] },
    told: (sentence) => console.log(`  ${new Date().toISOString().slice(11, 19)} ${sentence}`),
  })
  for (const sentence of result.broken) console.error(`  BROKEN ${sentence}`)
  console.log(tableOf(result).join('\n'))
  if (result.faults.length >= 300 && result.sanctions >= 20_000) writePage(result)
  return result.broken.length === 0
})

function tableOf(result: ChaosResult): readonly string[] {
  const { lagsMs: lags } = result
  const ms = (of: number) => `${percentile(lags, of).toLocaleString('en')} ms`
  const clocks = Object.entries(result.byClock).map(([clock, count]) => `${clock} ${count.toLocaleString('en')}`)
  const rows: readonly (readonly [string, string])[] = [
    ['faults', result.faults.length.toLocaleString('en')],
    ['sanctions set', result.sanctions.toLocaleString('en')],
    ['lost, lifted twice or early, refused', String(result.broken.length)],
    ['lifted by a clock', clocks.join(', ')],
    ['lifted by a moderator', result.lifted.toLocaleString('en')],
    ['followed by a later one', result.superseded.toLocaleString('en')],
    ['lag: p50', ms(0.5)],
    ['lag: p99', ms(0.99)],
    ['lag: p99.9', ms(0.999)],
    ['lag: longest', ms(1)],
    ['actions acknowledged, without an answer', `${result.acked.toLocaleString('en')}, ${result.unknown}`],
    ['longest acknowledgement', `${result.longestAckMs.toLocaleString('en')} ms`],
    ['took', `${Math.round(result.tookMs / 1_000)} s`],
  ]
  return ['| what | figure |', '| --- | --- |', ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)]
}

function writePage(result: ChaosResult): void {
  const { commit, hardware, day } = provenanceOf(checkout)
  const kinds = [...new Set(result.faults.map(({ name }) => name))].sort()
  const page = [
    `# Timed sanctions while everything dies, ${day}`,
    '',
    `Commit ${commit}. ${hardware}; a gateway, two nodes, two workers, two relays, Postgres, Redis and Temporal (file database) share it.`,
    `Seed ${seed}; two faults at a time, never of one thing; mutes, deafenings and bans of 3 to 30 s in 60 rooms, half of which nobody is in.`,
    'The lag is counted from the later of the deadline and the end of the last fault between it and the lift. Made by `npm run chaos:workflows`.',
    '',
    ...tableOf(result),
    '',
    ...(result.broken.length === 0
      ? ['Nothing was lost, lifted twice or lifted early, and no action of a moderator was refused.']
      : ['Broken promises:', '', ...result.broken.slice(0, 50).map((sentence) => `- ${sentence}`)]),
    '',
    '| fault | times |',
    '| --- | --- |',
    ...kinds.map((kind) => `| ${kind} | ${result.faults.filter(({ name }) => name === kind).length} |`),
  ]
  const folder = join(checkout, 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${day}-chaos-workflows.md`), `${page.join('\n')}\n`)
}
