import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type pg from 'pg'
import { createPool, PgClockRecords, PgOutbox, writeRecord } from '../../persistence/index.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { roomPut } from '../../persistence/record/record.contract.ts'
import { inTransaction } from '../../persistence/transaction.ts'
import type { InviteId, RoomId, UserId } from '../../protocol/ids.ts'
import {
  sanctionsOfWorkflowId,
  sanctionWorkflowId,
  type ClockKind,
  type SanctionRef,
} from '../../protocol/workflows.ts'
import { backgroundTimers } from '../../bin/system-ports.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

const hourMs = 3_600_000
/** Long enough ago that nothing of it is still on its way. */
const beforeMs = Date.now() - hourMs
const dueMs = Date.now() + hourMs
const user = (name: string) => name as UserId

describe('what the record awaits', () => {
  let database: TestDatabase
  let pool: pg.Pool
  let clocks: PgClockRecords
  let outbox: PgOutbox

  before(async () => {
    database = await createTestDatabase()
    pool = createPool(database.url, { applicationName: 'clocks', maxConnections: 4, logger: silentLogger })
    clocks = new PgClockRecords(pool)
    outbox = new PgOutbox({ pool, databaseUrl: database.url, timers: backgroundTimers, logger: silentLogger })
  })
  after(async () => {
    await pool.end()
    await database.drop()
  })

  const apply = (...writes: RecordWrite[]) => inTransaction(pool, (client) => writeRecord(client, writes))
  const room = (more: object = {}) => roomPut({}, { activeAtMs: beforeMs, createdAtMs: beforeMs, ...more })
  const mute = (ref: SanctionRef, generation: number, untilMs: number | null, atMs = beforeMs): RecordWrite => ({
    ...{ write: 'sanction.put', scope: ref.scope, scopeId: ref.scopeId, userId: user(ref.userId), kind: ref.kind },
    ...{ generation, untilMs, by: user('ann'), reason: '', atMs },
  })
  const refOf = (scopeId: string, userId: string, scope: SanctionRef['scope'] = 'room'): SanctionRef => ({
    ...{ kind: 'mute', scope, scopeId, userId },
  })
  const all = async (kind: ClockKind, limit = 100) => {
    const found = []
    for (let after: string | null = null; ;) {
      const page = await clocks.awaited(kind, after, limit)
      found.push(...page.clocks)
      if (page.next === null) return found
      after = page.next
    }
  }

  test('is told page by page, with the message that starts each workflow, and nothing that is on its way', async () => {
    const { roomId, ...rest } = room({ closesAtMs: dueMs })
    const inviteId = randomUUID() as InviteId
    const refs = ['a', 'b', 'c'].map((name) => refOf(roomId, name))
    await apply(
      { ...rest, roomId },
      { write: 'room.end', roomId, generation: 4 },
      ...refs.map((ref, index) => mute(ref, index + 1, dueMs + index)),
      mute(refOf(roomId, 'just now'), 1, dueMs, Date.now()),
      mute(refOf(roomId, 'for good'), 1, null),
      mute(refOf(roomId, 'waiting'), 1, dueMs),
      {
        ...{
          write: 'invite.put',
          inviteId,
          roomId,
          tokenHash: 'a'.repeat(64),
          inviterId: user('ann'),
          inviteeId: null,
        },
        ...{ role: 'member', maxUses: 1, message: '', createdAtMs: beforeMs, expiresAtMs: dueMs },
      },
    )
    await outbox.put([{ kind: 'sanction.set', ref: refOf(roomId, 'waiting'), generation: 1, untilMs: dueMs }])
    assert.deepEqual(
      (await all('sanction', 2)).map(({ key, message, dueMs: atMs }) => [key, message, atMs]),
      refs.map((ref, index) => [
        sanctionWorkflowId(ref),
        { kind: 'sanction.set', ref, generation: index + 1, untilMs: dueMs + index },
        dueMs + index,
      ]),
    )
    assert.deepEqual(
      (await all('room')).map(({ message }) => message),
      [{ kind: 'room_end.set', roomId, generation: 4, atMs: dueMs, warns: false }],
    )
    assert.deepEqual(
      (await all('invite')).map(({ message }) => message),
      [{ kind: 'invite.set', inviteId, roomId, generation: 1, atMs: dueMs }],
    )
    assert.equal((await clocks.ofRoom(roomId)).length, 7)
    assert.deepEqual(
      (await clocks.count()).map(({ kind, awaited, overdue }) => [kind, awaited, overdue]),
      [
        ['sanction', 5, 0],
        ['room', 1, 0],
        ['invite', 1, 0],
      ],
    )
  })

  test('is not what a workflow waits for of which nothing stands', async () => {
    const made = room()
    const [standing, lifted, now] = [refOf(made.roomId, 's'), refOf(made.roomId, 'l'), refOf(made.roomId, 'n')]
    const unknown = refOf(randomUUID(), 'u')
    const lift = (ref: SanctionRef, generation: number, atMs: number): RecordWrite => ({
      ...{ write: 'sanction.lifted', scope: ref.scope, scopeId: ref.scopeId, userId: user(ref.userId), kind: ref.kind },
      ...{ generation, atMs, cause: 'expired' },
    })
    await apply(
      made,
      ...[mute(standing, 1, dueMs), mute(lifted, 6, dueMs), mute(now, 1, dueMs)],
      ...[lift(lifted, 6, beforeMs), lift(now, 1, Date.now())],
    )
    assert.deepEqual(await clocks.inVain('sanction', [standing, lifted, now, unknown].map(sanctionWorkflowId)), [
      { kind: 'sanction.ended', ref: lifted, generation: 6 },
      { kind: 'sanction.ended', ref: unknown, generation: 2_147_483_647 },
    ])
    const ending = room({ closesAtMs: dueMs })
    await apply(ending)
    const gone = randomUUID() as RoomId
    assert.deepEqual(
      await clocks.inVain(
        'room',
        [ending.roomId, made.roomId, gone].map((id) => `room-expiry:${id}`),
      ),
      [
        { kind: 'room_end.set', roomId: made.roomId, generation: 0, atMs: null, warns: false },
        { kind: 'room_end.set', roomId: gone, generation: 2_147_483_647, atMs: null, warns: false },
      ],
    )
    const invite = randomUUID()
    assert.deepEqual(await clocks.inVain('invite', [`invite:${invite}`]), [
      { kind: 'invite.ended', inviteId: invite, generation: 1 },
    ])
  })

  test('is found by a workflow id also where the ids of guild and user hold colons', async () => {
    const ref = refOf('guild:7', 'psn:eve', 'guild')
    assert.deepEqual(
      sanctionsOfWorkflowId(sanctionWorkflowId(ref)).map(({ scopeId, userId }) => [scopeId, userId]),
      [
        ['guild', '7:psn:eve'],
        ['guild:7', 'psn:eve'],
        ['guild:7:psn', 'eve'],
      ],
    )
    await apply(mute(ref, 1, dueMs))
    assert.deepEqual(await clocks.inVain('sanction', [sanctionWorkflowId(ref)]), [])
    assert.deepEqual(sanctionsOfWorkflowId('room-expiry:x'), [])
  })

  test('is asked for again once, however often that is wished while a row waits', async () => {
    const ref = refOf(randomUUID(), 'again')
    const message = { kind: 'sanction.set', ref, generation: 1, untilMs: dueMs } as const
    await outbox.put([message])
    await outbox.put([message])
    const rows = await pool.query(`select count(*)::integer as rows from outbox where key = $1`, [
      sanctionWorkflowId(ref),
    ])
    assert.deepEqual(rows.rows, [{ rows: 1 }])
  })
})
