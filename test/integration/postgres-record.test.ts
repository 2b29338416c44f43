import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { backgroundTimers } from '../../bin/system-ports.ts'
import {
  createPool,
  migrate,
  PgOutbox,
  PgRoomRecords,
  PgSanctionRecords,
  PgSanctionSpread,
  PgWiderSanctions,
  writeRecord,
} from '../../persistence/index.ts'
import type { AppError } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { recordContract, roomPut } from '../../persistence/record/record.contract.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { waitUntil } from '../support/wait.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

function open() {
  const pool = createPool(database.url, { applicationName: 'record', maxConnections: 5, logger: silentLogger })
  const outbox = new PgOutbox({ pool, databaseUrl: database.url, timers: backgroundTimers, logger: silentLogger })
  const apply = async (...writes: Parameters<typeof writeRecord>[1]) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await writeRecord(client, writes)
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }
  return { pool, outbox, apply }
}

recordContract('the record in Postgres', async () => {
  // The audit log refuses to be emptied with the rooms, and this file writes nothing to it.
  await database.query(
    `set session_replication_role = replica;
     truncate voice_rooms, voice_sanctions, sanction_spread, voice_moderation_events, outbox cascade;
     reset session_replication_role`,
  )
  const { pool, outbox, apply } = open()
  return {
    apply: (...writes) => apply(...writes),
    rooms: new PgRoomRecords(pool),
    sanctions: new PgSanctionRecords(pool),
    spread: new PgSanctionSpread({ pool, databaseUrl: database.url, timers: backgroundTimers, logger: silentLogger }),
    wider: new PgWiderSanctions({ pool, databaseUrl: database.url, timers: backgroundTimers, logger: silentLogger }),
    outbox,
    makeDue: async () => {
      await database.query('update outbox set next_attempt_at = now()')
    },
    close: () => pool.end(),
  }
})

describe('relays that listen', () => {
  test('are woken by the commit, and after a lost connection as well', async () => {
    const { pool, outbox, apply } = open()
    let wakes = 0
    const stop = await outbox.listen(() => (wakes += 1))
    const ref = { kind: 'mute', scope: 'room', scopeId: 'r', userId: 'ann' } as const
    const row = { write: 'outbox', key: 'k', message: { kind: 'sanction.ended', ref, generation: 1 }, atMs: 0 } as const
    await apply(row)
    await waitUntil('the relay is woken', () => wakes > 0)
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
    )
    wakes = 0
    await waitUntil('it is woken when its connection is back', () => wakes > 0)
    wakes = 0
    await apply(row)
    await waitUntil('and hears again', () => wakes > 0)
    await stop()
    await pool.end()
  })
})

describe('the tables', () => {
  test('are made once, however many processes migrate at the same time', async () => {
    const fresh = await createTestDatabase({ migrated: false })
    await Promise.all([1, 2, 3].map(() => migrate(fresh.url, silentLogger)))
    await migrate(fresh.url, silentLogger)
    const tables = await fresh.query(`select table_name from information_schema.tables where table_schema = 'public'`)
    const names = tables.map((row) => String(row['table_name']))
    for (const name of [
      ...['voice_rooms', 'voice_participants', 'webrtc_sessions', 'signaling_messages', 'voice_quality_metrics'],
      ...['voice_moderation_events', 'voice_recordings', 'voice_room_invites'],
      ...['actor_owner', 'actor_journal', 'actor_snapshot', 'outbox'],
    ]) {
      assert.ok(names.includes(name), name)
    }
    await fresh.drop()
  })

  test('refuse what no program of ours should write', async () => {
    const { pool, apply } = open()
    const room = roomPut()
    await apply(room)
    for (const [column, value] of [
      ['room_type', `'choir'`],
      ['status', `'asleep'`],
      ['quality_preset', `'loud'`],
      ['max_participants', '0'],
      ['current_participants', '-1'],
      ['password', `'plain text'`],
    ]) {
      await assert.rejects(
        database.query(`update voice_rooms set ${column ?? ''} = ${value ?? ''} where room_id = $1`, [room.roomId]),
        { code: '23514' },
        `${column ?? ''} = ${value ?? ''}`,
      )
    }
    await pool.end()
  })
})

describe('wider sanctions and those who lean on them', () => {
  const user = 'eve' as UserId
  const lean = { write: 'sanctions.known', userId: user, guildId: 'g1', known: [], atMs: Date.now() } as const
  const change = (generation: number): RecordWrite[] => [
    {
      ...{ write: 'sanction.put', scope: 'guild', scopeId: 'g1', userId: user, kind: 'ban', generation },
      ...{ untilMs: null, by: 'mod' as UserId, reason: '', atMs: Date.now() },
    },
    { write: 'sanction.spread', userId: user, atMs: Date.now() },
  ]
  const settled = async (work: Promise<unknown>, withinMs: number) => {
    const pause = new Promise((resolve) => setTimeout(resolve, withinMs, 'waits'))
    return Promise.race([
      work.then(
        () => 'done',
        (error: unknown) => (error as AppError).code,
      ),
      pause,
    ])
  }
  /** A transaction that has written and not yet ended. */
  async function begun(pool: ReturnType<typeof open>['pool'], writes: Parameters<typeof writeRecord>[1]) {
    const client = await pool.connect()
    await client.query('begin')
    await writeRecord(client, writes)
    return async () => {
      await client.query('commit')
      client.release()
    }
  }

  test('wait for one another, so that nobody is let in behind a ban that was acknowledged', async () => {
    await database.query(`truncate voice_sanctions, sanction_spread`)
    const { pool, apply } = open()
    const commitJoin = await begun(pool, [lean])
    const alongside = await settled(apply(lean), 2_000)
    assert.equal(alongside, 'done', 'joins do not wait for joins')
    const ban = apply(...change(1))
    assert.equal(await settled(ban, 200), 'waits', 'a ban is acknowledged behind the joins that did not know it')
    await commitJoin()
    assert.equal(await settled(ban, 2_000), 'done')

    const commitChange = await begun(pool, change(2))
    const join = apply({ ...lean, known: [{ scope: 'guild', kind: 'ban', generation: 1 }] })
    assert.equal(await settled(join, 200), 'waits', 'a join is decided behind a ban that is being written')
    await commitChange()
    assert.equal(await settled(join, 2_000), 'SANCTIONS_CHANGED')
    await pool.end()
  })

  test('wake those who tell the rooms', async () => {
    const { pool, apply } = open()
    const spread = new PgSanctionSpread({
      pool,
      databaseUrl: database.url,
      timers: backgroundTimers,
      logger: silentLogger,
    })
    let wakes = 0
    const stop = await spread.listen(() => (wakes += 1))
    await apply(...change(3))
    await waitUntil('they are woken', () => wakes > 0)
    await stop()
    await pool.end()
  })
})

test('roles that were given before there was a table of them come from the journal', async () => {
  const { pool, apply } = open()
  const room = roomPut({ is_private: true })
  await apply(room)
  const given = (user_id: string, role: string | null) => ({ type: 'role.changed', v: 1, user_id, role, by: 'ann' })
  const entries = [
    [given('bob', 'moderator'), given('cyd', 'member'), given('dan', 'moderator')],
    [given('cyd', null), { type: 'invite.accepted', v: 1, invite_id: 'i', user_id: 'eve', role: 'member' }],
    [{ type: 'ownership.transferred', v: 1, from_user_id: 'ann', to_user_id: 'dan', by: 'ann' }],
  ]
  for (const [index, events] of entries.entries()) {
    await database.query(
      `insert into actor_journal (actor_key, seq, epoch, command_id, at, events) values ($1, $2, 1, $3, now(), $4)`,
      [`room:${room.roomId}`, index + 1, `c/${index}`, JSON.stringify(events)],
    )
  }
  const migration = await readFile(
    new URL('../../persistence/migrations/000015_room_roles.sql', import.meta.url),
    'utf8',
  )
  await database.query(migration.slice(migration.indexOf('insert into')))
  const rows = await database.query(`select user_id, role from voice_room_roles where room_id = $1 order by user_id`, [
    room.roomId,
  ])
  assert.deepEqual(
    rows.map((row) => [row['user_id'], row['role']]),
    [
      ['ann', 'moderator'],
      ['bob', 'moderator'],
      ['eve', 'member'],
    ],
  )
  await pool.end()
})
