/*
 * Records the histories that replay.test.ts replays, from a real server: run it when a workflow got a new story to tell, and
 * keep the files of released versions. TEST_TEMPORAL_ADDRESS names the server.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { temporalStarter } from '../../workflows/index.ts'
import { timedSanctionMessages, type SanctionStanding } from '../../protocol/workflows.ts'
import { freshSanction, ScriptedRoom, workerBench } from '../support/rooms-worker.ts'
import { sharedTemporal } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const temporal = sharedTemporal()
const bench = await workerBench()
const room = new ScriptedRoom()
let worker = bench.worker(temporal.address, room)
worker.start()
const { taskQueue } = bench
const starter = temporalStarter({ address: temporal.address, namespace: 'default', identity: 'recorder', taskQueue })

type Sanction = ReturnType<typeof freshSanction>

const set = ({ ref }: Sanction, generation: number, inMs: number) =>
  starter.deliver({ kind: 'sanction.set', ref, generation, untilMs: Date.now() + inMs })
const ended = ({ ref }: Sanction, generation: number) => starter.deliver({ kind: 'sanction.ended', ref, generation })
const handled = ({ workflowId }: Sanction, generation: number) =>
  waitUntil(`generation ${generation} is handled`, async () => {
    const handle = temporal.client.getHandle(workflowId)
    return (await handle.query<SanctionStanding>(timedSanctionMessages.state)).generation === generation
  })

const stories: Record<string, (sanction: Sanction) => Promise<void>> = {
  lifted: async (sanction) => {
    await set(sanction, 1, 2_000)
    await handled(sanction, 1)
  },
  'extended-then-shortened': async (sanction) => {
    await set(sanction, 1, 500)
    await handled(sanction, 1)
    await set(sanction, 2, 60_000)
    await handled(sanction, 2)
    await set(sanction, 1, 0)
    await set(sanction, 3, 300)
    await handled(sanction, 3)
  },
  'ended-early': async (sanction) => {
    await set(sanction, 1, 60_000)
    await handled(sanction, 1)
    await ended(sanction, 1)
  },
  'asked-again': async (sanction) => {
    room.answer(sanction.ref, 'NO_OWNER', { lifted: false, notBeforeMs: Date.now() + 1_500 }, 'OUTCOME_UNKNOWN')
    await set(sanction, 4, 200)
    await handled(sanction, 4)
  },
  'over-two-workers': async (sanction) => {
    await set(sanction, 1, 1_500)
    await handled(sanction, 1)
    await worker.stop()
    worker = bench.worker(temporal.address, room)
    worker.start()
  },
}

for (const [story, tell] of Object.entries(stories)) {
  const sanction = freshSanction()
  await tell(sanction)
  await temporal.workflowEnded(sanction.workflowId, 20_000)
  const history = await temporal.client.getHandle(sanction.workflowId).fetchHistory()
  // Failures carry stacks; where this checkout lies is nobody's business.
  const text = historyToJSON(history).replaceAll(root, '/app/')
  await writeFile(new URL(`./histories/timed-sanction.${story}.json`, import.meta.url), `${text}\n`)
  console.log(`${story}: ${history.events?.length ?? 0} events`)
}
await worker.stop()
await starter.close()
await temporal.close()
