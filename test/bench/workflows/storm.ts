import { randomUUID } from 'node:crypto'
import { roomExpiryWorkflowId } from '../../../protocol/workflows.ts'
import { temporalStarter } from '../../../workflows/index.ts'
import { ScriptedClocks, ScriptedRoom, workerBench } from '../../support/rooms-worker.ts'
import { startTemporal } from '../../support/temporal.ts'
import type { Figure } from '../figures.ts'

const extensions = 1_000

/** One room whose end is moved again and again, with the server's own limits. */
export async function storm(): Promise<Figure> {
  const bench = await workerBench()
  const temporal = await startTemporal()
  const { address } = temporal
  const clocks = new ScriptedClocks()
  const worker = bench.worker(address, new ScriptedRoom(), { clocks })
  worker.start()
  const starter = temporalStarter({ address, namespace: 'default', identity: 'bench', taskQueue: bench.taskQueue })
  try {
    const roomId = randomUUID()
    const workflowId = roomExpiryWorkflowId(roomId)
    let lastMs = 0
    for (let generation = 1; generation <= extensions; generation += 1) {
      lastMs = Date.now() + 8_000
      const message = { kind: 'room_end.set', roomId, generation, atMs: lastMs, warns: false } as const
      while (
        !(await starter.deliver(message).then(
          () => true,
          () => false,
        ))
      );
    }
    await temporal.view.workflowEnded(workflowId, 60_000)
    let [longest, runs] = [0, 0]
    for await (const { runId } of temporal.client.list({ query: `WorkflowId = '${workflowId}'` })) {
      const { historyLength } = await temporal.client.getHandle(workflowId, runId).describe()
      longest = Math.max(longest, historyLength)
      runs += 1
    }
    const calls = clocks.callsFor(roomId)
    return {
      what: `${extensions.toLocaleString('en')} extensions of one room, one behind the other: events of the longest run`,
      value: `${longest.toLocaleString('en')} in ${runs} run${runs === 1 ? '' : 's'}; asked to close ${calls.length} time, ${(calls[0]?.atMs ?? Number.NaN) - lastMs} ms behind the last end`,
      goal: '4,096; once, never before the end',
    }
  } finally {
    await worker.stop()
    await starter.close()
    await temporal.stop()
  }
}
