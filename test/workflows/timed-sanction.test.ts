import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  timedSanctionMessages,
  type OutboxMessage,
  type SanctionRef,
  type SanctionStanding,
} from '../../protocol/workflows.ts'
import { TemporalAway, temporalStarter, type RoomsWorker, type WorkflowStarter } from '../../workflows/index.ts'
import { freshSanction, ScriptedRoom, workerBench, type WorkerBench } from '../support/rooms-worker.ts'
import { sharedTemporal, startTemporal, type TemporalView, type TestTemporal } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

const set = (ref: SanctionRef, generation: number, untilMs: number): OutboxMessage => ({
  kind: 'sanction.set',
  ref,
  generation,
  untilMs,
})
const ended = (ref: SanctionRef, generation: number): OutboxMessage => ({ kind: 'sanction.ended', ref, generation })

/** Far enough that no test ever reaches it. */
const farMs = () => Date.now() + 3_600_000

let bench: WorkerBench
before(async () => {
  bench = await workerBench()
})

describe('a timed sanction', { timeout: 60_000 }, () => {
  let temporal: TemporalView
  let room: ScriptedRoom
  let worker: RoomsWorker
  let starter: WorkflowStarter

  const standing = (workflowId: string) =>
    temporal.client.getHandle(workflowId).query<SanctionStanding>(timedSanctionMessages.state)
  const signals = async (workflowId: string) => {
    const { events } = await temporal.client.getHandle(workflowId).fetchHistory()
    return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length
  }

  before(() => {
    temporal = sharedTemporal()
    room = new ScriptedRoom()
    worker = bench.worker(temporal.address, room)
    worker.start()
    starter = temporalStarter({
      address: temporal.address,
      namespace: 'default',
      identity: 'relay-of-a-test',
      taskQueue: bench.taskQueue,
    })
  })
  after(async () => {
    await worker.stop()
    await starter.close()
    await temporal.close()
  })

  test('asks the room at the deadline, not before, with the id that every retry will have', async () => {
    const { ref, workflowId } = freshSanction()
    const untilMs = Date.now() + 700
    await starter.deliver(set(ref, 1, untilMs))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'COMPLETED')
    const [call, ...more] = room.callsFor(ref)
    assert.ok(call)
    assert.deepEqual(more, [])
    assert.deepEqual(
      { ref: call.ref, generation: call.generation, commandId: call.commandId },
      { ref, generation: 1, commandId: `${workflowId}/1/expire` },
    )
    assert.ok(call.atMs >= untilMs, `asked ${untilMs - call.atMs} ms early`)
  })

  test('is extended by a newer generation', async () => {
    const { ref, workflowId } = freshSanction()
    const laterMs = Date.now() + 1_500
    await starter.deliver(set(ref, 1, Date.now() + 400))
    await starter.deliver(set(ref, 2, laterMs))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'COMPLETED')
    const calls = room.callsFor(ref)
    assert.deepEqual(
      calls.map(({ generation }) => generation),
      [2],
    )
    assert.ok(calls[0]!.atMs >= laterMs)
  })

  test('is found by its room, its kind and the deadline that stands', async () => {
    const { ref, workflowId } = freshSanction()
    await starter.deliver(set(ref, 1, Date.parse('2100-01-01T00:00:00Z')))
    await starter.deliver(set(ref, 2, Date.parse('2101-06-01T00:00:00Z')))
    const found = async (query: string) => {
      const ids: string[] = []
      for await (const { workflowId: id } of temporal.client.list({ query })) ids.push(id)
      return ids
    }
    await waitUntil('it is found by all three', async () => {
      const ofRoom = await found(`VoiceRoom = '${ref.scopeId}' AND VoiceKind = 'mute'`)
      const due = await found(`VoiceDueAt > '2101-01-01T00:00:00Z' AND VoiceRoom = '${ref.scopeId}'`)
      return [ofRoom, due].every((ids) => ids.length === 1 && ids[0] === workflowId)
    })
    await starter.deliver(ended(ref, 2))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'COMPLETED')
  })

  test('is shortened by a newer generation', async () => {
    const { ref, workflowId } = freshSanction()
    await starter.deliver(set(ref, 1, farMs()))
    await waitUntil('the workflow waits', async () => (await standing(workflowId)).generation === 1)
    await starter.deliver(set(ref, 2, Date.now() + 300))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'COMPLETED')
    assert.deepEqual(
      room.callsFor(ref).map(({ generation }) => generation),
      [2],
    )
  })

  test('takes no notice of a generation that comes again or too late', async () => {
    const { ref, workflowId } = freshSanction()
    const untilMs = farMs()
    await starter.deliver(set(ref, 2, untilMs))
    await starter.deliver(set(ref, 2, Date.now()))
    await starter.deliver(set(ref, 1, Date.now()))
    await starter.deliver(ended(ref, 1))
    // A signal that comes in the middle of a workflow task is written down when that ends.
    await waitUntil('all four are in the history', async () => (await signals(workflowId)) === 4)
    assert.deepEqual(await standing(workflowId), { generation: 2, untilMs })
    assert.deepEqual(room.callsFor(ref), [])
    await starter.deliver(ended(ref, 2))
    await temporal.workflowEnded(workflowId, 10_000)
  })

  test('ends without asking the room when the sanction is over already', async () => {
    const { ref, workflowId } = freshSanction()
    await starter.deliver(set(ref, 1, farMs()))
    await starter.deliver(ended(ref, 1))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'COMPLETED')
    assert.deepEqual(room.callsFor(ref), [])
  })

  test('asks again at the moment that the room names', async () => {
    const { ref, workflowId } = freshSanction()
    const notBeforeMs = Date.now() + 1_500
    room.answer(ref, { lifted: false, notBeforeMs })
    await starter.deliver(set(ref, 1, Date.now() + 200))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'COMPLETED')
    const calls = room.callsFor(ref)
    assert.equal(calls.length, 2)
    assert.ok(calls[1]!.atMs >= notBeforeMs)
    assert.equal(calls[0]!.commandId, calls[1]!.commandId)
  })

  test('keeps the command id over failures of the cluster, until the room answers', async () => {
    const { ref, workflowId } = freshSanction()
    room.answer(ref, 'NO_OWNER', 'OUTCOME_UNKNOWN', 'RETRY_LATER')
    await starter.deliver(set(ref, 3, Date.now()))
    assert.equal(await temporal.workflowEnded(workflowId, 15_000), 'COMPLETED')
    assert.deepEqual(
      room.callsFor(ref).map(({ commandId }) => commandId),
      Array.from({ length: 4 }, () => `${workflowId}/3/expire`),
    )
  })

  test('fails where everyone can see it when the room refuses by rule', async () => {
    const { ref, workflowId } = freshSanction()
    room.answer(ref, 'ROOM_NOT_FOUND')
    await starter.deliver(set(ref, 1, Date.now()))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'FAILED')
    assert.equal(room.callsFor(ref).length, 1)
  })

  test('serves the next generation after one that the room refused', async () => {
    const { ref, workflowId } = freshSanction()
    room.answer(ref, 'NO_OWNER', 'ROOM_NOT_FOUND')
    await starter.deliver(set(ref, 1, Date.now()))
    await waitUntil('the room was asked', () => room.callsFor(ref).length > 0)
    await starter.deliver(set(ref, 2, Date.now()))
    assert.equal(await temporal.workflowEnded(workflowId, 15_000), 'COMPLETED')
    assert.equal(room.callsFor(ref).at(-1)?.generation, 2)
  })

  test('the end of a sanction that Temporal never heard of counts as delivered', async () => {
    const { ref, workflowId } = freshSanction()
    await starter.deliver(ended(ref, 7))
    assert.equal(await temporal.status(workflowId), null)
  })

  test('leaves the signals of its process alone', () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'])
      assert.equal(process.listenerCount(signal), 0, signal)
  })

  test('is lifted by the next worker when the first stops in the middle', async () => {
    const { ref, workflowId } = freshSanction()
    const first = bench.worker(temporal.address, room)
    await worker.stop()
    first.start()
    await starter.deliver(set(ref, 1, Date.now() + 2_000))
    await waitUntil('the first worker has it', async () => (await standing(workflowId)).generation === 1)
    await first.stop()
    worker = bench.worker(temporal.address, room)
    worker.start()
    assert.equal(await temporal.workflowEnded(workflowId, 20_000), 'COMPLETED')
    assert.equal(room.callsFor(ref).length, 1)
  })
})

describe('a timed sanction on a server of its own', { timeout: 60_000 }, () => {
  let temporal: TestTemporal
  let worker: RoomsWorker
  let starter: WorkflowStarter
  const room = new ScriptedRoom()

  const isUp = () =>
    starter.check().then(
      () => true,
      () => false,
    )

  before(async () => {
    temporal = await startTemporal({ 'limit.historyCount.suggestContinueAsNew': 60 })
    const { address } = temporal
    const { taskQueue } = bench
    worker = bench.worker(address, room)
    starter = temporalStarter({ address, namespace: 'default', identity: 'relay-of-a-test', taskQueue })
  })
  after(async () => {
    await worker.stop()
    await starter.close()
    await temporal.stop()
  })

  test('is lifted after an absence of the server, by a worker that was there before it', async () => {
    await temporal.stop()
    const { ref, workflowId } = freshSanction()
    const untilMs = Date.now() + 4_000
    await assert.rejects(starter.check(), TemporalAway)
    await assert.rejects(starter.deliver(set(ref, 1, untilMs)), TemporalAway)
    await assert.rejects(starter.deliver(ended(ref, 1)), TemporalAway)
    worker.start()
    await waitUntil('the worker says that Temporal is away', () => bench.temporalUp.at(-1) === false)

    await temporal.start()
    await waitUntil('the starter is back', isUp)
    await starter.deliver(set(ref, 1, untilMs))
    await waitUntil('the worker is back', () => bench.temporalUp.at(-1) === true, 15_000)

    await temporal.stop()
    await waitUntil('the deadline passes unseen', () => Date.now() > untilMs)
    assert.deepEqual(room.callsFor(ref), [])
    await temporal.start()
    assert.equal(await temporal.workflowEnded(workflowId, 30_000), 'COMPLETED')
    assert.equal(room.callsFor(ref).length, 1)
  })

  test('carries what stands over to a new run before its history grows too long', async () => {
    const { ref, workflowId } = freshSanction()
    const handle = temporal.client.getHandle(workflowId)
    const untilMs = farMs()
    await waitUntil('the starter is back', isUp)
    await starter.deliver(set(ref, 1, untilMs))
    const { runId } = await handle.describe()
    for (let generation = 2; generation <= 100; generation += 1) {
      await waitUntil('the message is delivered', () =>
        starter.deliver(set(ref, generation, untilMs + generation)).then(
          () => true,
          () => false,
        ),
      )
    }
    await waitUntil('the last message is handled', async () => {
      const { generation } = await handle.query<SanctionStanding>(timedSanctionMessages.state)
      return generation === 100
    })
    const run = await handle.describe()
    assert.notEqual(run.runId, runId)
    assert.ok(run.historyLength < 200, `${run.historyLength} events in one run`)
    const standing = await handle.query<SanctionStanding>(timedSanctionMessages.state)
    assert.deepEqual(standing, { generation: 100, untilMs: untilMs + 100 })
    await starter.deliver(ended(ref, 100))
    assert.equal(await temporal.workflowEnded(workflowId, 10_000), 'COMPLETED')
    assert.deepEqual(room.callsFor(ref), [])
  })
})
