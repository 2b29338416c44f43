import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type pg from 'pg'
import { systemClock } from '../../bin/system-ports.ts'
import {
  createPool,
  Janitor,
  PgCallStore,
  PgQualityRollups,
  PgRevokedTokens,
  writeRecord,
} from '../../persistence/index.ts'
import { reportOf, sessionIn, signalOf } from '../../persistence/call-records/call-store.contract.ts'
import { aheadDays, dayMs, isoDay, partName } from '../../persistence/janitor/day-parts.ts'
import type { JanitorStep } from '../../persistence/janitor/janitor.ts'
import { keepParts } from '../../persistence/janitor/parts.ts'
import { removeOver } from '../../persistence/janitor/revocations.ts'
import { removeSent } from '../../persistence/janitor/sent-messages.ts'
import { keepSessions } from '../../persistence/janitor/sessions.ts'
import { underLock } from '../../persistence/janitor/under-lock.ts'
import { refreshNext, removeOldRollups } from '../../persistence/quality-rollups/refresh.ts'
import { rollupsContract } from '../../persistence/quality-rollups/rollups.contract.ts'
import { roomPut } from '../../persistence/record/record.contract.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { SessionId, UserId } from '../../protocol/ids.ts'
import { ManualTime } from '../support/manual-time.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { waitUntil } from '../support/wait.ts'

let database: TestDatabase
let pool: pg.Pool
before(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'upkeep', maxConnections: 4, logger: silentLogger })
})
after(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(() => database.query('delete from voice_rooms; truncate voice_quality_pending, voice_quality_rollups'))

const today = () => Math.floor(Date.now() / dayMs)

async function apply(...writes: RecordWrite[]): Promise<void> {
  const client = await pool.connect()
  await writeRecord(client, writes)
  client.release()
}

async function addRoom(region?: string) {
  const room = roomPut(region === undefined ? {} : { region })
  await apply(room)
  return room.roomId
}

const partsOf = async (table: string) => {
  const rows = await database.query(
    `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = $1::regclass`,
    [table],
  )
  return rows.map(({ name }) => String(name)).sort()
}

const rowsIn = async (table: string) => {
  const [row] = await database.query(`select count(*)::int as rows from ${table}`)
  return row?.['rows']
}

async function refreshAll(): Promise<void> {
  for (;;) {
    await database.query('update voice_quality_pending set due_at = now()')
    if ((await refreshNext(pool)) === 'none') return
  }
}

rollupsContract('rollups in Postgres', async () => {
  await database.query('delete from voice_rooms; truncate voice_quality_pending, voice_quality_rollups')
  const store = new PgCallStore(pool)
  return {
    rollups: new PgQualityRollups(pool),
    addRoom,
    addReports: async (rows) => assert.deepEqual(await store.writeQuality(rows), { unknown: 0 }),
    refresh: refreshAll,
    close: () => Promise.resolve(),
  }
})

describe('rollups', () => {
  test('are not said to be up to date while somebody writes to their minute', async () => {
    const store = new PgCallStore(pool)
    const session = sessionIn(await addRoom())
    await store.writeQuality([reportOf(session)])
    await database.query('update voice_quality_pending set due_at = now()')
    // The janitor has read the mark and computes; a writer commits; then the janitor takes the mark away.
    await underLock(pool, async (client) => {
      const [mark] = (await client.query<{ writes: number }>('select writes from voice_quality_pending')).rows
      await store.writeQuality([reportOf(session)])
      const gone = await client.query('delete from voice_quality_pending where writes = $1', [mark?.writes])
      assert.equal(gone.rowCount, 0)
    })
    await refreshAll()
    const [row] = await database.query(`select samples::int from voice_quality_rollups where scope = 'room' limit 1`)
    assert.equal(row?.['samples'], 2)
    assert.equal(await rowsIn('voice_quality_pending'), 0)
  })

  test('of minutes go with the reports, those of hours stay', async () => {
    const store = new PgCallStore(pool)
    const session = sessionIn(await addRoom())
    await store.writeQuality([reportOf(session, { atMs: Date.now() - 40 * dayMs })])
    await refreshAll()
    assert.equal(await rowsIn('voice_quality_rollups'), 4)
    assert.equal(await removeOldRollups(pool, 'minute', 30), 2)
    assert.equal(await removeOldRollups(pool, 'hour', 400), 0)
    assert.equal(await rowsIn('voice_quality_rollups'), 2)
  })
})

describe('parts of days', () => {
  test('are made ahead, take the rows that strayed with them, and keep every index and reference', async () => {
    const store = new PgCallStore(pool)
    const session = sessionIn(await addRoom())
    const nowMs = Date.now()
    const stray = signalOf(session, { atMs: nowMs - 3 * dayMs })
    const [old, far] = [
      signalOf(session, { atMs: nowMs - 30 * dayMs }),
      signalOf(session, { atMs: nowMs + 90 * dayMs }),
    ]
    await store.writeSignals([stray, old, far, signalOf(session, { atMs: nowMs })])
    assert.equal(await rowsIn('signaling_messages_default'), 4)
    const kept = await keepParts(pool, 'signaling_messages', 7)
    assert.deepEqual(kept, { made: aheadDays + 2, dropped: 0, straysRemoved: 2 })
    const days = [today() - 3, ...Array.from({ length: aheadDays + 1 }, (_, ahead) => today() + ahead)]
    assert.deepEqual(await partsOf('signaling_messages'), [
      ...days.map((day) => partName('signaling_messages', day)),
      'signaling_messages_default',
    ])
    assert.deepEqual(
      [await rowsIn('signaling_messages_default'), await rowsIn(partName('signaling_messages', today() - 3))],
      [0, 1],
    )
    await store.writeSignals([stray, signalOf(session, { atMs: nowMs + 1 })])
    assert.equal(await rowsIn(partName('signaling_messages', today())), 2)
    assert.equal(await rowsIn('signaling_messages'), 3, 'a row that was moved finds itself')
    const indexes = await database.query('select indexdef from pg_indexes where tablename = $1', [
      partName('signaling_messages', today()),
    ])
    const columns = indexes.map(({ indexdef }) => /\((.*)\)/.exec(String(indexdef))?.[1]).sort()
    assert.deepEqual(columns, ['from_user, to_user', 'id, "timestamp"', 'session_id, "timestamp"'])
    await database.query('delete from webrtc_sessions where session_id = $1', [session.sessionId])
    assert.equal(await rowsIn('signaling_messages'), 0)
    assert.deepEqual(await keepParts(pool, 'signaling_messages', 7), { made: 0, dropped: 0, straysRemoved: 0 })
  })

  test('are dropped whole when their time is over', async () => {
    const store = new PgCallStore(pool)
    const session = sessionIn(await addRoom())
    await store.writeQuality([20, 10, 0].map((days) => reportOf(session, { atMs: Date.now() - days * dayMs })))
    await keepParts(pool, 'voice_quality_metrics', 30)
    assert.equal(await rowsIn('voice_quality_metrics'), 3)
    assert.deepEqual(await keepParts(pool, 'voice_quality_metrics', 10), { made: 0, dropped: 1, straysRemoved: 0 })
    assert.equal(await rowsIn('voice_quality_metrics'), 2)
    assert.ok(!(await partsOf('voice_quality_metrics')).includes(partName('voice_quality_metrics', today() - 20)))
  })

  test('are not waited for behind somebody who holds the table, and are made the next time', async () => {
    await database.query(`drop table if exists ${partName('signaling_messages', today() + aheadDays)}`)
    const holder = await pool.connect()
    await holder.query('begin')
    await holder.query('lock table signaling_messages in access share mode')
    await holder.query('lock table webrtc_sessions in row exclusive mode')
    await assert.rejects(keepParts(pool, 'signaling_messages', 7), { code: '55P03' })
    await holder.query('rollback')
    holder.release()
    const kept = await keepParts(pool, 'signaling_messages', 7)
    assert.equal(kept === 'busy' ? 'busy' : kept.made, 1)
  })
})

describe('sessions', () => {
  test('are closed when their seats are given up, and removed with what is left of them when their time is over', async () => {
    const store = new PgCallStore(pool)
    const roomId = await addRoom()
    const [staying, leaving] = [sessionIn(roomId), sessionIn(roomId, 'bob')]
    for (const { sessionId, userId } of [staying, leaving]) {
      await apply({
        ...{ write: 'participant.put', roomId, sessionId, userId, username: userId, role: 'member' },
        ...{ joinedAtMs: Date.now(), isMuted: false, mutedUntilMs: null, isDeafened: false },
      })
    }
    await store.writeSignals([signalOf(staying), signalOf(leaving)])
    const leave = (sessionId: SessionId, atMs: number) => apply({ write: 'participant.left', sessionId, atMs })
    await leave(leaving.sessionId, Date.now())
    assert.deepEqual(await keepSessions(pool, 8), { closed: 1, removed: 0 })
    const statuses = await database.query('select user_id, status from webrtc_sessions order by user_id')
    assert.deepEqual(statuses, [
      { user_id: 'ann', status: 'new' },
      { user_id: 'bob', status: 'closed' },
    ])
    await database.query(`update webrtc_sessions set disconnected_at = now() - interval '9 days' where user_id = 'bob'`)
    assert.deepEqual(await keepSessions(pool, 8), { closed: 0, removed: 1 })
    assert.deepEqual([await rowsIn('webrtc_sessions'), await rowsIn('signaling_messages')], [1, 1])
  })
})

describe('revocations', () => {
  test('are removed when every token they speak of has expired', async () => {
    const revoked = new PgRevokedTokens(pool)
    const of = (value: string, untilMs: number) =>
      revoked.revoke({
        ...{ kind: 'token', value, issuedBeforeMs: Date.now(), untilMs },
        ...{ by: 'ann' as UserId, atMs: Date.now() },
      })
    await of('over', Date.now() - 1_000)
    await of('standing', Date.now() + 60_000)
    assert.equal(await removeOver(pool), 1)
    assert.deepEqual(await database.query('select value from voice_revoked_tokens'), [{ value: 'standing' }])
  })
})

describe('janitors', () => {
  const settings = { retention: { signalingDays: 7, qualityDays: 30, webhookDays: 7 }, logger: silentLogger }

  test('do each piece of work once between them', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let isHeld = false
    const first = underLock(pool, async () => {
      isHeld = true
      await held
      return 'mine'
    })
    await waitUntil('the first is at work', () => isHeld)
    assert.equal(await underLock(pool, () => Promise.resolve('mine as well')), 'busy')
    assert.equal(await keepParts(pool, 'signaling_messages', 7), 'busy')
    release()
    assert.equal(await first, 'mine')
    assert.equal(await underLock(pool, () => Promise.resolve('mine now')), 'mine now')
  })

  test('do all their work at the start, rollups every ten seconds, and the rest every ten minutes', async () => {
    const time = new ManualTime()
    const done: JanitorStep[] = []
    const janitor = new Janitor({
      ...{ ...settings, pool, clock: time, timers: time },
      observe: {
        stepDone: (step, outcome) => {
          assert.equal(outcome, 'done', step)
          done.push(step)
        },
        removed: () => undefined,
        rollupLag: () => undefined,
      },
    })
    const all = [
      'signaling_parts',
      'quality_parts',
      'webhook_parts',
      'sessions',
      'revocations',
      'sent_messages',
      'old_rollups',
      'rollups',
    ]
    janitor.start()
    await waitUntil('the first round', () => done.length === all.length)
    assert.deepEqual(done.splice(0), all)
    await waitUntil('the second round', async () => {
      await time.advance(10_000)
      return done.length > 0
    })
    assert.equal(done[0], 'rollups')
    await time.advance(600_000)
    await waitUntil('the upkeep again', async () => {
      await time.advance(10_000)
      return done.includes('old_rollups')
    })
    await janitor.stop()
    assert.ok((await partsOf('voice_quality_metrics')).includes(partName('voice_quality_metrics', today())))
    assert.equal(isoDay(today()), new Date().toISOString().slice(0, 10))
  })

  test('go on when a piece of work fails, and say so once', async () => {
    const broken = createPool('postgres://nobody@127.0.0.1:1/nothing', {
      applicationName: 'broken',
      logger: silentLogger,
    })
    const time = new ManualTime()
    const outcomes: string[] = []
    const warned: object[] = []
    const janitor = new Janitor({
      ...{ ...settings, pool: broken, clock: systemClock, timers: time },
      logger: { ...silentLogger, warn: (fields) => void warned.push(fields) },
      observe: {
        stepDone: (step, outcome) => void outcomes.push(`${step} ${outcome}`),
        removed: () => undefined,
        rollupLag: () => undefined,
      },
    })
    janitor.start()
    await waitUntil('every piece was tried', () => outcomes.length === 8)
    await waitUntil('the next round', async () => {
      await time.advance(10_000)
      return outcomes.length >= 9
    })
    await janitor.stop()
    assert.ok(outcomes.every((outcome) => outcome.endsWith('failed')))
    assert.equal(warned.length, 8)
    await broken.end()
  })
})

test('a message that was delivered over a day ago is removed; what waits, and what was delivered today, stays', async () => {
  await database.query('truncate outbox')
  const add = (key: string, sent: string) =>
    database.query(
      `insert into outbox (key, kind, generation, message, sent_at) values ($1, 'invite.ended', 1, '{}', ${sent})`,
      [key],
    )
  await add('old', `now() - interval '25 hours'`)
  await add('today', `now() - interval '1 hour'`)
  await add('waiting', 'null')
  assert.deepEqual([await removeSent(pool), await removeSent(pool)], [1, 0])
  const rows = await database.query('select key from outbox order by id')
  assert.deepEqual(
    rows.map(({ key }) => key),
    ['today', 'waiting'],
  )
})
