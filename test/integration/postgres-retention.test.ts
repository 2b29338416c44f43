import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import type pg from 'pg'
import {
  createPool,
  PgActorJournal,
  PgJournalHistory,
  PgPersonRecords,
  PgRetainedRecords,
  writeRecord,
} from '../../persistence/index.ts'
import { JournalCut } from '../../persistence/journal/load.ts'
import { roomPut } from '../../persistence/record/record.contract.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import {
  roomKey,
  type ActorKey,
  type CommandId,
  type Incarnation,
  type ProcessId,
  type UserId,
} from '../../protocol/ids.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

let database: TestDatabase
let pool: pg.Pool
let damaged = 0
before(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'retention', maxConnections: 4, logger: silentLogger })
})
after(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(async () => {
  damaged = 0
  await database.query('delete from voice_rooms; truncate actor_journal, actor_snapshot, actor_owner')
})

const retained = () => new PgRetainedRecords(pool, { journalDays: 30, roomDays: 90 })
const journal = () => {
  const count = { inc: () => (damaged += 1), observe: () => undefined }
  const metrics = { appendSeconds: count, appendBatch: count, fenceRejections: count, snapshotsDamaged: count }
  return new PgActorJournal<RecordWrite>(pool, writeRecord, metrics as never)
}

/** An actor of five entries, a day apart, the last of them `endedDays` ago, with a snapshot of the first `snapshotSeq`. */
async function anActor(endedDays: number, snapshotSeq: number): Promise<ActorKey> {
  const key = roomKey(randomUUID() as never)
  await journal().fence(key, 1, { process: 'node-1' as ProcessId, incarnation: randomUUID() as Incarnation })
  for (let seq = 1; seq <= 5; seq += 1) {
    await database.query(
      `insert into actor_journal (actor_key, seq, epoch, command_id, at, events, reply)
       values ($1, $2, 1, $3, now() - $4 * interval '1 day', $5::jsonb, null)`,
      [key, seq, `c/${seq}` as CommandId, endedDays + 5 - seq, JSON.stringify([{ type: 'a', seq }])],
    )
  }
  if (snapshotSeq > 0) await journal().saveSnapshot(key, { seq: snapshotSeq, epoch: 1, body: { upTo: snapshotSeq } })
  return key
}
const seqsOf = async (key: ActorKey) => {
  const rows = await database.query('select seq from actor_journal where actor_key = $1 order by seq', [key])
  return rows.map(({ seq }) => Number(seq))
}

describe('entries of the journal', () => {
  test('go once they are old and lie behind a snapshot, and the actor is loaded as before', async () => {
    const [old, young, half] = [await anActor(31, 5), await anActor(1, 5), await anActor(31, 3)]
    const loaded = await journal().load(half)
    assert.deepEqual(await retained().removeNext('journal'), { removed: 8, done: true })
    assert.deepEqual([await seqsOf(old), await seqsOf(young), await seqsOf(half)], [[], [1, 2, 3, 4, 5], [4, 5]])
    assert.deepEqual(await journal().load(half), loaded)
    assert.deepEqual(await retained().removeNext('journal'), { removed: 0, done: true })
  })

  test('stay where no snapshot stands for them, or one that is none', async () => {
    const [without, broken] = [await anActor(31, 0), await anActor(31, 5)]
    await database.query(`update actor_snapshot set packed = 'nothing' where actor_key = $1`, [broken])
    assert.deepEqual(await retained().removeNext('journal'), { removed: 0, done: true })
    assert.deepEqual(
      [await seqsOf(without), await seqsOf(broken)],
      [
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ],
    )
    assert.equal((await journal().load(broken)).tail.length, 5)
    await journal().saveSnapshot(broken, { seq: 6, epoch: 1, body: {} })
    assert.deepEqual(await retained().removeNext('journal'), { removed: 5, done: true }, 'a later one is another one')
  })

  test('that were taken away are no hole to an audit, and those that are missed are one', async () => {
    await anActor(31, 5)
    const key = await anActor(31, 3)
    await retained().removeNext('journal')
    const audit = async () => {
      const { findings } = await new PgJournalHistory(pool).audit(null)
      return findings.filter(({ fault }) => fault === 'seq_jumps').map(({ key: of, seq }) => [of, seq])
    }
    assert.deepEqual(await audit(), [])
    await database.query('delete from actor_journal where actor_key = $1 and seq = 4', [key])
    assert.deepEqual(await audit(), [[key, 5]])
    await database.query('delete from actor_snapshot where actor_key = $1', [key])
    assert.deepEqual(await audit(), [[key, 5]])
  })

  test('that are missed are never taken for an actor that begins there', async () => {
    const key = await anActor(31, 3)
    await retained().removeNext('journal')
    await database.query(`update actor_snapshot set packed = 'nothing' where actor_key = $1`, [key])
    await assert.rejects(journal().load(key), JournalCut)
    await database.query('delete from actor_snapshot where actor_key = $1', [key])
    await assert.rejects(journal().load(key), JournalCut)
  })
})

test('a person is taken out of an actor whose journal was cut, and whoever is banned there stays banned', async () => {
  const room = roomPut()
  const key = roomKey(room.roomId)
  const client = await pool.connect()
  await writeRecord(client, [room])
  client.release()
  await journal().fence(key, 1, { process: 'node-1' as ProcessId, incarnation: randomUUID() as Incarnation })
  await database.query(
    `insert into actor_journal (actor_key, seq, epoch, command_id, at, events, reply)
     values ($1, 1, 1, 'c/1', now() - interval '31 days', '[]', null)`,
    [key],
  )
  await database.query(
    `insert into voice_sanctions (scope, scope_id, user_id, kind, generation, until, moderator_id)
     values ('room', $1, 'ann', 'ban', 2, null, 'mod')`,
    [room.roomId],
  )
  await database.query(
    `insert into voice_participants (id, room_id, user_id, session_id, username, status)
     values ($1::uuid, $2, 'ann', $1::text, 'Ann', 'left')`,
    [randomUUID(), room.roomId],
  )
  const seats = [{ user_id: 'ann', username: 'Ann' }]
  const sanctions = [
    { kind: 'ban', user_id: 'ann', generation: 2, until_ms: null },
    { kind: 'mute', user_id: 'ann', generation: 1, until_ms: 5 },
  ]
  await journal().saveSnapshot(key, { seq: 1, epoch: 1, body: { state: { seats, sanctions } } })
  assert.equal((await retained().removeNext('journal')).removed, 1)

  const persons = new PgPersonRecords(pool)
  const erasureId = randomUUID()
  await persons.requestErasure({ erasureId, userId: 'ann' as UserId, by: 'root' as UserId, atMs: Date.now() })
  for (let pieces = 0; !(await persons.eraseNext(erasureId)).done; pieces += 1) assert.ok(pieces < 10)
  const { state } = (await journal().load(key)).snapshot?.body as {
    state: { seats: typeof seats; sanctions: typeof sanctions }
  }
  assert.deepEqual(
    state.seats.map(({ user_id: user, username }) => [user === 'ann', username]),
    [[false, 'erased']],
  )
  assert.deepEqual(
    state.sanctions.map(({ user_id: user }) => user === 'ann'),
    [true, false],
  )
})

describe('what is over of a room', () => {
  const daysAgo = (days: number) => `now() - ${days} * interval '1 day'`
  async function aRoom(settings: object, status: 'active' | 'closed', days: number): Promise<string> {
    const room = roomPut({ settings } as never)
    const client = await pool.connect()
    await writeRecord(client, [room])
    client.release()
    const { roomId } = room
    await database.query(`update voice_rooms set status = $2, last_activity_at = ${daysAgo(days)} where room_id = $1`, [
      roomId,
      status,
    ])
    for (const [seat, left] of [
      ['left', days],
      ['active', days],
      ['left', 1],
    ] as const) {
      await database.query(
        `insert into voice_participants (id, room_id, user_id, session_id, username, status, last_activity)
         values ($1::uuid, $2, 'ann', $1::text, 'Ann', $3, ${daysAgo(left)})`,
        [randomUUID(), roomId, seat],
      )
    }
    for (const invite of ['accepted', 'pending']) {
      await database.query(
        `insert into voice_room_invites (id, invite_id, room_id, inviter_id, expires_at, status, token)
         values ($1::uuid, $1::text, $2, 'ann', ${daysAgo(days)}, $3, $4)`,
        [randomUUID(), roomId, invite, (randomUUID() + randomUUID()).replaceAll('-', '')],
      )
    }
    await database.query(`insert into voice_room_roles (room_id, user_id, role) values ($1, 'ann', 'member')`, [roomId])
    return roomId
  }
  const left = async (roomId: string) => {
    const [row] = await database.query(
      `select (select count(*) from voice_participants where room_id = $1)::integer as seats,
              (select count(*) from voice_room_invites where room_id = $1)::integer as invites,
              (select count(*) from voice_room_roles where room_id = $1)::integer as roles`,
      [roomId],
    )
    return [row?.['seats'], row?.['invites'], row?.['roles']]
  }
  const goThrough = async () => {
    const removed: number[] = []
    for (const step of ['seats', 'invites', 'roles'] as const) removed.push((await retained().removeNext(step)).removed)
    return removed
  }

  test('goes after as many days as the operator says: seats given up and invites that are over; roles once it is closed', async () => {
    const [open, closed, young] = [
      await aRoom({}, 'active', 91),
      await aRoom({}, 'closed', 91),
      await aRoom({}, 'closed', 89),
    ]
    assert.deepEqual(await goThrough(), [2, 2, 1])
    assert.deepEqual(await left(open), [2, 1, 1])
    assert.deepEqual(await left(closed), [2, 1, 0])
    assert.deepEqual(await left(young), [3, 2, 1])
  })

  test('or as the room says, sooner or later', async () => {
    const [soon, late] = [
      await aRoom({ retention_days: 7 }, 'closed', 8),
      await aRoom({ retention_days: 365 }, 'closed', 300),
    ]
    assert.deepEqual(await goThrough(), [1, 1, 1])
    assert.deepEqual(
      [await left(soon), await left(late)],
      [
        [2, 1, 0],
        [3, 2, 1],
      ],
    )
  })
})
