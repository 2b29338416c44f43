import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { provenanceOf } from '../runner/provenance.ts'
import { withServices } from '../runner/with-services.ts'
import type { Outcome } from './run.ts'
import type { Scenario } from './scenarios.ts'

/*
 * `npm run chaos`: real processes under faults, for as long as it is told. Every round raises a cluster of its own, goes
 * through all scenarios in an order of its seed, and is judged as a whole. Ends with 1 where a promise was broken. Without
 * `--scenario`, what it came to is written to docs/benchmarks.
 */
const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed')
  return value
}
const { minutes, seed, scenario } = new Command('chaos')
  .option('--minutes <n>', 'rounds are begun for so long; at least one is gone through', whole, 0)
  .option('--seed <n>', 'of the first round; each next one has the next', whole, 1)
  .option('--scenario <text>', 'only those with this in their name')
  .parse()
  .opts<{ minutes: number; seed: number; scenario?: string }>()

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const outcomes: Outcome[] = []
let faults: readonly string[] = []
let rounds = 0
await withServices({ checkout, needs: ['postgres', 'redis'] }, async () => {
  const { chaos } = await import('./run.ts')
  const { scenarios, inOrderOf } = await import('./scenarios.ts')
  const chosen = scenarios.filter(({ name }) => scenario === undefined || name.includes(scenario))
  if (chosen.length === 0) throw new Error(`no scenario has ${scenario} in its name`)
  const untilMs = performance.now() + minutes * 60_000
  do {
    const round = seed + rounds
    console.log(`seed ${round}`)
    const order: readonly Scenario[] = inOrderOf(round, chosen)
    const result = await chaos(round, order, (outcome) => console.log(`  ${inWords(outcome)}`))
    outcomes.push(...result.outcomes)
    faults = result.faults
    rounds += 1
    for (const fault of faults) console.error(`  BROKEN ${fault}`)
    console.log(`  ${faults.length === 0 ? 'every promise was kept' : `npm run chaos -- --seed ${round}`}`)
  } while (faults.length === 0 && performance.now() < untilMs)
  if (scenario === undefined) writePage()
  return faults.length === 0
})

function inWords({ scenario: name, acked, refused, unknown, longestPauseMs }: Outcome): string {
  return `${name}: ${acked} acked, ${refused} refused, ${unknown} unknown, longest pause ${seconds(longestPauseMs)}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

function writePage(): void {
  const { commit, hardware, day } = provenanceOf(checkout)
  const names = [...new Set(outcomes.map(({ scenario: name }) => name))].sort()
  const rows = names.map((name) => {
    const all = outcomes.filter((outcome) => outcome.scenario === name)
    const sum = (of: 'acked' | 'refused' | 'unknown') => all.reduce((total, outcome) => total + outcome[of], 0)
    const longest = Math.max(...all.map(({ longestPauseMs }) => longestPauseMs))
    return `| ${name} | ${all.length} | ${sum('acked')} | ${sum('refused')} | ${sum('unknown')} | ${seconds(longest)} |`
  })
  const page = [
    `# Chaos on real processes, ${day}`,
    '',
    `Commit ${commit}. ${hardware}; 2 gateways, 3 nodes, their stores and 12 clients in 6 rooms share it. Seeds ${seed} to`,
    `${seed + rounds - 1}, a cluster for each kind of Redis. The pause is the longest that any of the rooms went without acknowledging a durable`,
    'command while the scenario ran and until every room answered again; a scenario that takes the store away for some seconds',
    'pauses for as long. Made by `npm run chaos`.',
    '',
    faults.length === 0
      ? 'Every promise was kept: what was acknowledged is in the journal once and in order, no epoch had two owners, nobody missed an event, no socket was closed but by a gateway that was told to stop.'
      : `Broken promises:\n\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    '',
    '| scenario | times | acked | refused | unknown | longest pause |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ]
  const folder = join(checkout, 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${day}-chaos.md`), `${page.join('\n')}\n`)
}
