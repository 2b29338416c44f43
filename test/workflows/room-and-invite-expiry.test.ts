import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  inviteExpiryWorkflowId,
  roomExpiryMessages,
  roomExpiryWorkflowId,
  type OutboxMessage,
  type RoomEndStanding,
} from '../../protocol/workflows.ts'
import { temporalStarter, type RoomsWorker, type WorkflowStarter } from '../../workflows/index.ts'
import { ScriptedClocks, ScriptedRoom, workerBench, type WorkerBench } from '../support/rooms-worker.ts'
import { sharedTemporal, startTemporal, type TemporalView, type TestTemporal } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

const endOf = (roomId: string, generation: number, atMs: number | null, warns = false): OutboxMessage => ({
  ...{ kind: 'room_end.set', roomId, generation, atMs, warns },
})
const inviteOf = (inviteId: string, atMs: number): OutboxMessage => ({
  ...{ kind: 'invite.set', inviteId, roomId: 'a-room', generation: 1, atMs },
})

describe('the clocks of Temporal', { timeout: 90_000 }, () => {
  let temporal: TemporalView
  let bench: WorkerBench
  let worker: RoomsWorker
  let starter: WorkflowStarter
  const clocks = new ScriptedClocks()

  const standing = (roomId: string) =>
    temporal.client.getHandle(roomExpiryWorkflowId(roomId)).query<RoomEndStanding>(roomExpiryMessages.state)
  const ended = (workflowId: string, withinMs = 10_000) => temporal.workflowEnded(workflowId, withinMs)

  before(async () => {
    bench = await workerBench()
    temporal = sharedTemporal()
    worker = bench.worker(temporal.address, new ScriptedRoom(), { clocks })
    worker.start()
    const { address } = temporal
    const { taskQueue } = bench
    starter = temporalStarter({ address, namespace: 'default', identity: 'relay-of-a-test', taskQueue })
  })
  after(async () => {
    await worker.stop()
    await starter.close()
    await temporal.close()
  })

  describe('close a room', () => {
    test('at its end and not before, by the newest of its generations', async () => {
      const roomId = randomUUID()
      const atMs = Date.now() + 1_200
      await starter.deliver(endOf(roomId, 1, Date.now() + 300))
      await starter.deliver(endOf(roomId, 2, atMs))
      await starter.deliver(endOf(roomId, 1, Date.now()))
      assert.equal(await ended(roomExpiryWorkflowId(roomId)), 'COMPLETED')
      const calls = clocks.callsFor(roomId)
      assert.deepEqual(
        calls.map(({ what, commandId }) => [what, commandId]),
        [['close', `room-expiry:${roomId}/2/close`]],
      )
      assert.ok((calls[0]?.atMs ?? 0) >= atMs, 'not a moment early')
    })

    test('never, once its end was taken away; and nobody is started to hear of that', async () => {
      const [withEnd, without] = [randomUUID(), randomUUID()]
      await starter.deliver(endOf(withEnd, 1, Date.now() + 3_600_000))
      await starter.deliver(endOf(withEnd, 2, null))
      await starter.deliver(endOf(without, 1, null))
      assert.equal(await ended(roomExpiryWorkflowId(withEnd)), 'COMPLETED')
      assert.equal(await temporal.status(roomExpiryWorkflowId(without)), null)
      assert.deepEqual([...clocks.callsFor(withEnd), ...clocks.callsFor(without)], [])
    })

    test('after a warning to those in it, where the end is one that is warned of', async () => {
      const roomId = randomUUID()
      const atMs = Date.now() + 61_000
      await starter.deliver(endOf(roomId, 1, atMs, true))
      await waitUntil('the room was told to warn', () => clocks.callsFor(roomId).length > 0, 8_000)
      const [warning] = clocks.callsFor(roomId)
      assert.deepEqual([warning?.what, warning?.commandId], ['warn', `room-expiry:${roomId}/1/warn-60000`])
      assert.ok((warning?.atMs ?? 0) >= atMs - 60_000)
      await waitUntil('that is known', async () => (await standing(roomId)).warnedMs === 60_000)
      await starter.deliver(endOf(roomId, 2, Date.now() + 300, true))
      assert.equal(await ended(roomExpiryWorkflowId(roomId)), 'COMPLETED')
      assert.deepEqual(
        clocks.callsFor(roomId).map(({ what }) => what),
        ['warn', 'close'],
      )
    })

    test('again when the room names another moment, and through failures of the cluster', async () => {
      const roomId = randomUUID()
      const notBeforeMs = Date.now() + 1_500
      clocks.answer(roomId, 'NO_OWNER', notBeforeMs)
      await starter.deliver(endOf(roomId, 1, Date.now() + 200))
      assert.equal(await ended(roomExpiryWorkflowId(roomId)), 'COMPLETED')
      const calls = clocks.callsFor(roomId)
      assert.equal(calls.length, 3)
      assert.ok((calls[2]?.atMs ?? 0) >= notBeforeMs)
      assert.equal(new Set(calls.map(({ commandId }) => commandId)).size, 1)
    })
  })

  describe('end an invite', () => {
    test('at its time, once, though its beginning was told twice', async () => {
      const inviteId = randomUUID()
      const atMs = Date.now() + 1_200
      await starter.deliver(inviteOf(inviteId, atMs))
      await starter.deliver(inviteOf(inviteId, atMs))
      assert.equal(await ended(inviteExpiryWorkflowId(inviteId)), 'COMPLETED')
      await starter.deliver(inviteOf(inviteId, atMs))
      const calls = clocks.callsFor(inviteId)
      assert.deepEqual(
        calls.map(({ what, commandId }) => [what, commandId]),
        [['expire', `invite:${inviteId}/1/expire`]],
      )
      assert.ok((calls[0]?.atMs ?? 0) >= atMs)
    })

    test('not at all where it was over before; that twice does no harm', async () => {
      const inviteId = randomUUID()
      await starter.deliver(inviteOf(inviteId, Date.now() + 3_600_000))
      for (let times = 0; times < 2; times += 1) {
        await starter.deliver({ kind: 'invite.ended', inviteId, generation: 1 })
      }
      assert.equal(await ended(inviteExpiryWorkflowId(inviteId)), 'TERMINATED')
      assert.deepEqual(clocks.callsFor(inviteId), [])
    })

    test('again when the room says that it still holds', async () => {
      const inviteId = randomUUID()
      const notBeforeMs = Date.now() + 1_200
      clocks.answer(inviteId, notBeforeMs)
      await starter.deliver(inviteOf(inviteId, Date.now()))
      assert.equal(await ended(inviteExpiryWorkflowId(inviteId)), 'COMPLETED')
      assert.ok((clocks.callsFor(inviteId)[1]?.atMs ?? 0) >= notBeforeMs)
    })
  })
})

describe('a storm of extensions of one room', { timeout: 90_000 }, () => {
  let temporal: TestTemporal
  let worker: RoomsWorker
  let starter: WorkflowStarter
  const clocks = new ScriptedClocks()

  before(async () => {
    const bench = await workerBench()
    temporal = await startTemporal({ 'limit.historyCount.suggestContinueAsNew': 100 })
    const { address } = temporal
    const { taskQueue } = bench
    worker = bench.worker(address, new ScriptedRoom(), { clocks })
    worker.start()
    starter = temporalStarter({ address, namespace: 'default', identity: 'relay-of-a-test', taskQueue })
  })
  after(async () => {
    await worker.stop()
    await starter.close()
    await temporal.stop()
  })

  test('is carried over from run to run: the histories stay short, and the end is exact', async () => {
    const roomId = randomUUID()
    const workflowId = roomExpiryWorkflowId(roomId)
    const lastMs = Date.now() + 20_000
    const extensions = 300
    for (let generation = 1; generation <= extensions; generation += 1) {
      const atMs = generation === extensions ? lastMs : lastMs + generation
      await waitUntil('the message is delivered', () =>
        starter.deliver(endOf(roomId, generation, atMs)).then(
          () => true,
          () => false,
        ),
      )
    }
    assert.equal(await temporal.workflowEnded(workflowId, 40_000), 'COMPLETED')
    const { historyLength } = await temporal.client.getHandle(workflowId).describe()
    assert.ok(historyLength < 400, `${historyLength} events in one run`)
    const calls = clocks.callsFor(roomId)
    assert.deepEqual(
      calls.map(({ commandId }) => commandId),
      [`${workflowId}/${extensions}/close`],
    )
    const lateMs = (calls[0]?.atMs ?? 0) - lastMs
    assert.ok(lateMs >= 0 && lateMs < 2_000, `asked ${lateMs} ms after the end`)
  })
})
