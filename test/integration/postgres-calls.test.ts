import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type pg from 'pg'
import { systemClock, systemRandom, systemTimers } from '../../bin/system-ports.ts'
import { CallRecorder, createPool, PgCallStore, writeRecord } from '../../persistence/index.ts'
import {
  callStoreContract,
  reportOf,
  sessionIn,
  signalOf,
  startMs,
} from '../../persistence/call-records/call-store.contract.ts'
import { roomPut } from '../../persistence/record/record.contract.ts'
import type { DropCause } from '../../persistence/call-records/batch-writer.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { waitUntil } from '../support/wait.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const openPool = (url = database.url) =>
  createPool(url, { applicationName: 'calls', maxConnections: 3, logger: silentLogger })

async function addRoom(pool: pg.Pool, region?: string) {
  const room = roomPut(region === undefined ? {} : { region })
  const client = await pool.connect()
  await writeRecord(client, [room])
  client.release()
  return room.roomId
}

const column = (rows: Record<string, unknown>[], name: string) => rows.map((row) => String(row[name]))

callStoreContract('the store of calls in Postgres', async () => {
  await database.query('delete from voice_rooms; truncate voice_quality_pending')
  const pool = openPool()
  return {
    store: new PgCallStore(pool),
    addRoom: (region) => addRoom(pool, region),
    statuses: async () => {
      const rows = await database.query('select session_id, status from webrtc_sessions')
      return new Map(rows.map((row) => [String(row['session_id']), String(row['status'])]))
    },
    signals: async () => column(await database.query('select id from signaling_messages'), 'id'),
    reports: async () => column(await database.query('select id from voice_quality_metrics'), 'id'),
    close: () => pool.end(),
  }
})

describe('rows of calls', () => {
  test('hold what was told, in the units of their columns', async () => {
    const pool = openPool()
    const session = sessionIn(await addRoom(pool))
    const store = new PgCallStore(pool)
    await store.writeSignals([
      signalOf(session, { sequence: 7, candidateType: 'relay', isReliable: false, candidateLength: 90 }),
    ])
    await store.writeQuality([reportOf(session)])
    const [signal] = await database.query('select * from signaling_messages where session_id = $1', [session.sessionId])
    assert.deepEqual(
      [signal?.['from_user'], signal?.['to_user'], signal?.['sequence_number'], signal?.['candidate_type']],
      ['ann', 'bob', 7, 'relay'],
    )
    assert.deepEqual(
      [signal?.['is_reliable'], signal?.['metadata'], signal?.['sdp'], (signal?.['timestamp'] as Date).getTime()],
      [false, { to_session: '22222222-2222-4222-8222-222222222222', candidate_length: 90 }, null, startMs],
    )
    const [report] = await database.query('select * from voice_quality_metrics where session_id = $1', [
      session.sessionId,
    ])
    assert.deepEqual(
      [report?.['quality_score'], report?.['packet_loss_rate'], report?.['jitter_ms'], report?.['round_trip_time']],
      ['0.90', '0.0100', 4, '31.250'],
    )
    assert.deepEqual([report?.['bytes_sent'], report?.['network_stats']], [2 ** 40, { downlink: 10 }])
    await pool.end()
  })

  test('of a session whose row was removed meanwhile are skipped, and written when the session is there again', async () => {
    const pool = openPool()
    const session = sessionIn(await addRoom(pool))
    const store = new PgCallStore(pool)
    await store.writeSignals([signalOf(session)])
    await database.query('delete from webrtc_sessions where session_id = $1', [session.sessionId])
    assert.deepEqual(await store.writeSignals([signalOf(session)]), { unknown: 1 })
    assert.deepEqual(await store.writeSignals([signalOf(session)]), { unknown: 0 })
    await pool.end()
  })

  test('mark the minutes they are of, once for each batch', async () => {
    await database.query('truncate voice_quality_pending')
    const pool = openPool()
    const session = sessionIn(await addRoom(pool))
    const store = new PgCallStore(pool)
    const reports = [0, 59_999, 60_000].map((afterMs) => reportOf(session, { atMs: startMs + afterMs }))
    await store.writeQuality(reports)
    await store.writeQuality([reportOf(session)])
    const marks = await database.query('select bucket, writes::int from voice_quality_pending order by bucket')
    assert.deepEqual(
      marks.map(({ bucket, writes }) => [(bucket as Date).getTime() - startMs, writes]),
      [
        [0, 2],
        [60_000, 1],
      ],
    )
    await pool.end()
  })
})

describe('a recorder', () => {
  test('goes on while Postgres is away, within its bound, and has the newest rows written when it is back', async () => {
    const target = new URL(database.url)
    const proxy = await FaultProxy.before(Number(target.port))
    const url = new URL(database.url)
    url.host = `127.0.0.1:${proxy.port}`
    const pool = openPool(url.href)
    const session = sessionIn(await addRoom(pool))
    const dropped: Partial<Record<DropCause, number>> = {}
    let failures = 0
    const waiting: (() => number)[] = []
    const recorder = new CallRecorder({
      ...{ store: new PgCallStore(pool), keep: 'types', clock: systemClock, timers: systemTimers },
      ...{ random: systemRandom, logger: silentLogger },
      observe: () => ({
        watch: (rows) => void waiting.push(rows),
        written: () => undefined,
        dropped: (cause, rows) => (dropped[cause] = (dropped[cause] ?? 0) + rows),
        failed: () => (failures += 1),
      }),
    })
    await proxy.shut()
    const total = 45_000
    for (let index = 0; index < total; index += 1) {
      recorder.signal({
        ...{ from: session, toUser: 'bob', toSession: session.sessionId, messageType: 'candidate' },
        ...{ sdp: undefined, candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', isReliable: true },
      } as Parameters<CallRecorder['signal']>[0])
    }
    await waitUntil('the writer has failed', () => failures > 0)
    assert.equal(
      waiting.reduce((sum, rows) => sum + rows(), 0),
      20_000,
    )
    await proxy.open()
    const count = async () => {
      const [row] = await database.query('select count(*)::int as rows from signaling_messages where session_id = $1', [
        session.sessionId,
      ])
      return Number(row?.['rows'])
    }
    await waitUntil('the rows are there', async () => (await count()) + (dropped.full ?? 0) === total, 30_000)
    const [newest] = await database.query(
      'select max(sequence_number) as newest from signaling_messages where session_id = $1',
      [session.sessionId],
    )
    assert.equal(newest?.['newest'], total)
    await recorder.stop(1_000)
    await pool.end()
    await proxy.shut()
  })
})
