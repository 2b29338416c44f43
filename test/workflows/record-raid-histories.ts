/*
 * Records the histories of raids that replay.test.ts replays, from a real server: run it when a workflow of raids got a new story to tell,
 * and keep the files of released versions. TEST_TEMPORAL_ADDRESS names the server.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { raidPlannerId, raidScheduleId, raidWorkflowId, type OccurrenceRef } from '../../protocol/raids/workflow.ts'
import { temporalStarter } from '../../workflows/index.ts'
import { freshOccurrence, raidBench, ScriptedRaids } from '../support/raid-bench.ts'
import { sharedTemporal } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const temporal = sharedTemporal()
const bench = await raidBench()
const raids = new ScriptedRaids()
let worker = bench.worker(temporal.address, raids)
worker.start()
const { taskQueue } = bench
const starter = temporalStarter({ address: temporal.address, namespace: 'default', identity: 'recorder', taskQueue })
const tell = (ref: OccurrenceRef, generation = 1) => starter.deliver({ kind: 'raid.occurrence', ...ref, generation })
const isRead = (ref: OccurrenceRef) =>
  waitUntil('the row is read', async () => {
    const { historyLength } = await temporal.client.getHandle(raidWorkflowId(ref)).describe()
    return historyLength > 10
  })
const schedule = { zone: 'Europe/Berlin', firesOn: [0, 2], endsAtMs: null, paused: false }

const occurrences: Record<string, (ref: OccurrenceRef) => Promise<void>> = {
  held: async (ref) => {
    raids.plan(ref, 6_000, { leadsMs: [4_000, 2_000] })
    await tell(ref)
  },
  'moved-paused-and-changed': async (ref) => {
    raids.plan(ref, 60_000, { leadsMs: [] })
    await tell(ref)
    await isRead(ref)
    raids.change(ref, { paused: true })
    await tell(ref, 2)
    const startsAtMs = Date.now() + 800
    const [endsAtMs, missedAtMs] = [startsAtMs + 10_000, startsAtMs + 60_000]
    raids.change(ref, { paused: false, startsAtMs, opensAtMs: startsAtMs, endsAtMs, missedAtMs })
    await tell(ref, 3)
    await waitUntil('it is open', () => raids.status(ref) === 'open')
    raids.change(ref, { endsAtMs: endsAtMs - 5_000 })
    await tell(ref, 4)
  },
  'cancelled-while-open': async (ref) => {
    raids.plan(ref, 0, { leadsMs: [], endsAtMs: Date.now() + 60_000, missedAtMs: Date.now() + 60_000 })
    await tell(ref)
    await waitUntil('it is open', () => raids.status(ref) === 'open')
    raids.change(ref, { status: 'cancelled' })
    await tell(ref, 2)
  },
  'missed-after-failures': async (ref) => {
    raids.plan(ref, 0, { leadsMs: [], missedAtMs: Date.now() + 1_500 })
    raids.failToOpen(ref, ...Array.from({ length: 50 }, () => 'NO_OWNER' as const))
    await tell(ref)
  },
  'over-two-workers': async (ref) => {
    raids.plan(ref, 3_000, { leadsMs: [] })
    await tell(ref)
    await isRead(ref)
    await worker.stop()
    worker = bench.worker(temporal.address, raids)
    worker.start()
  },
}

async function keep(name: string, workflowId: string): Promise<void> {
  await temporal.workflowEnded(workflowId, 30_000)
  const history = await temporal.client.getHandle(workflowId).fetchHistory()
  // Failures carry stacks; where this checkout lies is nobody's business.
  const text = historyToJSON(history).replaceAll(root, '/app/')
  await writeFile(new URL(`./histories/${name}.json`, import.meta.url), `${text}\n`)
  console.log(`${name}: ${history.events?.length ?? 0} events`)
}

/** What each story comes to: on a machine too busy for its times another one would be told. */
const comesTo: Record<string, string> = {
  held: 'remind 4000, remind 2000, open, end',
  'moved-paused-and-changed': 'open, sync, end',
  'cancelled-while-open': 'open, close',
  'over-two-workers': 'open, end',
}

for (const [story, happens] of Object.entries(occurrences)) {
  const ref = freshOccurrence()
  await happens(ref)
  await keep(`raid-occurrence.${story}`, raidWorkflowId(ref))
  const done = raids.done(ref).join(', ')
  if (done !== (comesTo[story] ?? done)) throw new Error(`${story}: ${done}`)
}

const { raidId } = freshOccurrence()
const series = (generation: number) => starter.deliver({ kind: 'raid.series', raidId, generation, schedule })
raids.slots(raidId, '2027-03-29')
await series(1)
await keep('raid-planner.one-begun', `${raidPlannerId(raidId)}:1`)
raids.plan({ raidId, slot: '2027-03-28' }, 60_000, { leadsMs: [] })
raids.slots(raidId, '2027-03-28', '2027-03-30')
await series(2)
await keep('raid-planner.two-begun', `${raidPlannerId(raidId)}:2`)
await series(3)
await keep('raid-planner.two-told', `${raidPlannerId(raidId)}:3`)
raids.forget({ raidId, slot: '' })
await starter.deliver({ kind: 'raid.series', raidId, generation: 4, schedule: null })
console.log(`${raidScheduleId(raidId)} is gone`)
await worker.stop()
await starter.close()
await temporal.close()
