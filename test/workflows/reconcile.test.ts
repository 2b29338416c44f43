import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { ScheduleClient } from '@temporalio/client'
import type { AwaitedClock, ClockRecords } from '../../persistence/clocks/port.ts'
import {
  clockKeyOf,
  reconcileScheduleId,
  workflowNames,
  type ClockKind,
  type OutboxMessage,
  type ReconcileTotals,
} from '../../protocol/workflows.ts'
import {
  ensureSchedules,
  Reconciler,
  temporalIndex,
  temporalStarter,
  type RoomsWorker,
  type TemporalIndex,
  type WorkflowStarter,
} from '../../workflows/index.ts'
import { freshSanction, ScriptedRoom, workerBench } from '../support/rooms-worker.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

/** A record that awaits what it is told to, two a page, and that puts what is asked for again into a list. */
class ScriptedRecord implements ClockRecords {
  readonly awaiting: AwaitedClock[] = []
  readonly sentAgain: OutboxMessage[] = []

  awaited(kind: ClockKind, after: string | null) {
    const own = this.awaiting.filter((clock) => clock.kind === kind)
    const first = after === null ? 0 : Number(after)
    return Promise.resolve({
      clocks: own.slice(first, first + 2),
      next: first + 2 < own.length ? `${first + 2}` : null,
    })
  }

  inVain(kind: ClockKind, keys: readonly string[]) {
    const known = new Set(this.awaiting.map(({ key }) => key))
    const over = keys.filter((key) => !known.has(key) && kind === 'invite')
    return Promise.resolve(
      over.map((key): OutboxMessage => ({
        kind: 'invite.ended',
        inviteId: key.slice('invite:'.length),
        generation: 1,
      })),
    )
  }

  ofRoom = () => Promise.resolve([])
  count = () => Promise.resolve([])
  put = (messages: readonly OutboxMessage[]) => {
    this.sentAgain.push(...messages)
    return Promise.resolve()
  }

  awaits(kind: ClockKind, message: OutboxMessage): OutboxMessage {
    this.awaiting.push({ kind, key: clockKeyOf(message), message, dueMs: Date.now() + 3_600_000 })
    return message
  }
}

describe('the record and the workflows', { timeout: 90_000 }, () => {
  let temporal: TestTemporal
  let worker: RoomsWorker
  let starter: WorkflowStarter
  let index: TemporalIndex
  const record = new ScriptedRecord()
  const counted: ReconcileTotals[] = []
  let taskQueue: string

  before(async () => {
    temporal = await startTemporal()
    const access = { address: temporal.address, namespace: 'default' }
    const bench = await workerBench()
    ;({ taskQueue } = bench)
    index = temporalIndex(access)
    const metrics = { reconciled: (totals: ReconcileTotals) => void counted.push(totals) }
    const comparer = new Reconciler({ clocks: record, index, outbox: record, logger: silentLogger, metrics })
    worker = bench.worker(access.address, new ScriptedRoom(), { comparer })
    worker.start()
    starter = temporalStarter({ ...access, identity: 'relay-of-a-test', taskQueue })
  })
  after(async () => {
    await worker.stop()
    await starter.close()
    await index.close()
    await temporal.stop()
  })

  const farMs = () => Date.now() + 3_600_000
  const sanction = (): OutboxMessage => ({
    ...{ kind: 'sanction.set', ref: freshSanction().ref, generation: 3, untilMs: farMs() },
  })
  const invite = (): OutboxMessage => ({
    ...{ kind: 'invite.set', inviteId: randomUUID(), roomId: 'a-room', generation: 1, atMs: farMs() },
  })

  test('are compared page by page: what is missing is sent again, and what waits in vain is told', async () => {
    const running = Array.from({ length: 3 }, () => record.awaits('sanction', sanction()))
    const missing = [record.awaits('sanction', sanction()), record.awaits('invite', invite())]
    const inVain = invite()
    for (const message of [...running, inVain]) await starter.deliver(message)
    const keys = [...running, inVain].map(clockKeyOf)
    await waitUntil('Temporal lists them', async () => (await index.running(keys)).size === keys.length, 10_000)
    assert.equal(await index.count('sanction'), 3)

    const workflowId = `reconcile-${randomUUID()}`
    const totals = await temporal.client.execute(workflowNames.reconcile, { workflowId, taskQueue, args: [{}] })
    assert.deepEqual(totals, { awaited: 5, missing: 2, open: 4, inVain: 1 })
    assert.deepEqual(counted, [totals])
    const ended =
      inVain.kind === 'invite.set' ? { kind: 'invite.ended', inviteId: inVain.inviteId, generation: 1 } : null
    assert.deepEqual(record.sentAgain, [...missing, ended])

    // As a relay would.
    for (const message of record.sentAgain.splice(0)) await starter.deliver(message)
    assert.equal(await temporal.workflowEnded(clockKeyOf(inVain), 10_000), 'TERMINATED')
    const all = record.awaiting.map(({ key }) => key)
    await waitUntil('all run', async () => (await index.running(all)).size === all.length, 10_000)
    await waitUntil('nothing else does', async () => (await index.open('invite', null)).ids.length === 1, 10_000)
    const again = await temporal.client.execute(workflowNames.reconcile, {
      ...{ workflowId: `reconcile-${randomUUID()}`, taskQueue, args: [{}] },
    })
    assert.deepEqual(again, { awaited: 5, missing: 0, open: 5, inVain: 0 })
  })

  test('are compared by a schedule, of which there is one however often it is asked for', async () => {
    const access = { address: temporal.address, namespace: 'default', taskQueue }
    await ensureSchedules({ ...access, reconcileEveryMs: 3_600_000 })
    await ensureSchedules({ ...access, reconcileEveryMs: 60_000 })
    const schedules = new ScheduleClient({ connection: temporal.client.connection })
    const described = await schedules.getHandle(reconcileScheduleId).describe()
    assert.equal(described.spec.intervals?.[0]?.every, 60_000)
    assert.equal(described.policies.overlap, 'SKIP')
    const before = counted.length
    await schedules.getHandle(reconcileScheduleId).trigger()
    await waitUntil('it has run', () => counted.length > before, 15_000)
  })
})
