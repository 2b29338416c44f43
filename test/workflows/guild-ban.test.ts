import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { actorDefinitions } from '../../actors/index.ts'
import { sanctionExpirer } from '../../bin/processes/sanction-expirer.ts'
import { systemClock } from '../../bin/system-ports.ts'
import { GuestWriter } from '../../cluster/index.ts'
import { MemoryActorJournal, MemoryRecord, MemorySanctionRecords } from '../../persistence/index.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { commandId, type UserId } from '../../protocol/ids.ts'
import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { scopeKey } from '../../protocol/sanctions/scope.ts'
import { sanctionWorkflowId } from '../../protocol/workflows.ts'
import { temporalStarter } from '../../workflows/index.ts'
import { workerBench } from '../support/rooms-worker.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { memberFacts } from '../support/specimens.ts'
import { sharedTemporal } from '../support/temporal.ts'

describe('a timed ban of a guild', { timeout: 60_000 }, () => {
  test('is ended by its workflow, on time and once, in the journal of a guild that nobody has in memory', async () => {
    const bench = await workerBench()
    const temporal = sharedTemporal()
    const record = new MemoryRecord(systemClock)
    const journal = new MemoryActorJournal<RecordWrite>(record.apply)
    const definitions = actorDefinitions({ joinGraceMs: 30_000 })
    const self = memberFacts('worker-1', { role: 'worker' })
    const guest = new GuestWriter<RecordWrite>({ self, definitions, journal, clock: systemClock, logger: silentLogger })
    const nobody = { ask: () => Promise.resolve({ status: 'retry_after', code: 'NO_OWNER', afterMs: 0 } as const) }
    const worker = bench.worker(temporal.address, sanctionExpirer({ router: nobody, guest }))
    const { taskQueue } = bench
    const starter = temporalStarter({ address: temporal.address, namespace: 'default', identity: 'relay', taskQueue })
    worker.start()
    try {
      const scope = { scope: 'guild', scopeId: `guild ${randomUUID().slice(0, 8)}` } as const
      const ban = (durationS: number) => ({
        ...{ type: 'apply', by: { user_id: 'boss', privileges: ['admin'] }, kind: 'ban', target_user_id: 'eve' },
        ...{ duration_s: durationS, reason: 'threats' },
      })
      await guest.write(scopeKey(scope), commandId('test', 1), ban(600))
      const shortened = await guest.write(scopeKey(scope), commandId('test', 2), ban(2))
      assert.equal(shortened.status, 'ok')
      for (const { message } of record.tables.outbox.values()) await starter.deliver(message)
      const ref = { kind: 'ban', ...scope, userId: 'eve' as UserId } as const
      assert.equal(await temporal.workflowEnded(sanctionWorkflowId(ref), 20_000), 'COMPLETED')

      const { tail } = await journal.load(scopeKey(scope))
      const events = tail.flatMap((entry) => entry.events as ScopeEvent[])
      assert.deepEqual(
        events.map((event) => [event.type, event.generation, 'clock' in event ? event.clock : null]),
        [
          ['sanction.applied', 1, null],
          ['sanction.applied', 2, null],
          ['sanction.lifted', 2, 'workflow'],
        ],
      )
      const stored = await new MemorySanctionRecords(record).get(ref)
      assert.ok(stored?.untilMs && stored.liftedAtMs && stored.liftedAtMs >= stored.untilMs, 'not a moment early')
      assert.ok(stored.liftedAtMs - stored.untilMs < 5_000)
      assert.equal(record.tables.spread.get(ref.userId)?.changes, 3, 'rooms have to learn of the end too')
    } finally {
      await worker.stop()
      await starter.close()
      await temporal.close()
    }
  })
})
