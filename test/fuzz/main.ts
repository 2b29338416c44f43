import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stage, startPatientCluster } from '../matrix/stage.ts'
import { withServices } from '../runner/with-services.ts'
import { knownOf } from './known.ts'
import { Storm, type StormResult } from './storm.ts'

/*
 * `npm run fuzz -- [--calls N] [--frames N] [--seed N] [--page FILE]`: generated bad input at every endpoint and every frame of real
 * processes. Ends with 1 where anything was a fault, a process died, or memory grew.
 */
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    frames: { type: 'string', default: '250000' },
    seed: { type: 'string', default: '1' },
    page: { type: 'string' },
  },
})
const amounts = { calls: Number(values.calls), frames: Number(values.frames), seed: Number(values.seed) }
/**
 * What a process holds on to may grow by so much between the second third and the end: in the first one it learns what it keeps, such as
 * the rooms and people that the generator knows by name.
 */
const growthMax = 0.05

const percent = (thirds: readonly number[]): number => ((thirds[2] ?? 0) / (thirds[1] ?? 1) - 1) * 100
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
const rows = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, times]) => `| ${name} | ${times.toLocaleString('en')} |`)
    .join('\n')

function pageOf(result: StormResult, tookS: number, alive: boolean): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? '?'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`
  const { neighbour } = result
  return `# Generated bad input, ${new Date().toISOString().slice(0, 10)}

\`npm run fuzz -- --calls ${amounts.calls} --frames ${amounts.frames} --seed ${amounts.seed}\`: one gateway and one node as real
processes, with real Postgres and Redis, on ${machine}. Inputs are made from the schema of every endpoint and every
frame, and one thing is done to most of them. ${tookS.toFixed(0)} s.

- Faults (an answer without a row of the table, a failure of ours, an answer that fits no schema): ${result.faults.length}
- Processes that ended: ${alive ? 'none' : 'some'}
- A neighbour's commands meanwhile: ${neighbour.commands}, refused ${neighbour.refused}, the slowest ${neighbour.slowestMs} ms

What a process held on to, heap and buffers, behind a full collection:

| process | after a third, MiB | after two, MiB | at the end, MiB | growth in the last |
| --- | --- | --- | --- | --- |
${Object.entries(result.memory)
  .map(([name, thirds]) => `| ${name} | ${thirds.map(mebibytes).join(' | ')} | ${percent(thirds).toFixed(1)} % |`)
  .join('\n')}

| answer to a call | times |
| --- | --- |
${rows(result.calls)}

| what a socket heard | times |
| --- | --- |
${rows(result.frames)}
`
}

const checkout = fileURLToPath(new URL('../..', import.meta.url))
await withServices({ checkout, needs: ['postgres', 'redis'] }, async () => {
  const cluster = await startPatientCluster()
  const scene = await new Stage(cluster).scene('public')
  const beganMs = performance.now()
  const result = await new Storm(cluster, knownOf(scene)).run(amounts)
  const isAlive = [...cluster.processes.values()].every(({ running }) => running)
  const page = pageOf(result, (performance.now() - beganMs) / 1_000, isAlive)
  console.log(page)
  for (const fault of result.faults) console.log(`FAULT ${fault}`)
  if (values.page !== undefined) writeFileSync(values.page, page)
  await cluster.stop()
  const grew = Object.values(result.memory).some((both) => percent(both) > growthMax * 100)
  if (grew) console.log('Memory grew.')
  return result.faults.length === 0 && isAlive && !grew
})
