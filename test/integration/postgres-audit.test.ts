import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createPool, PgAuditRecords, PgAuditTrail, verifyAudit, writeRecord } from '../../persistence/index.ts'
import { auditContract, mutedIn } from '../../persistence/audit/audit.contract.ts'
import { roomPut } from '../../persistence/record/record.contract.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { inTransaction } from '../../persistence/transaction.ts'
import { roomKey } from '../../protocol/ids.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const open = () => {
  const pool = createPool(database.url, { applicationName: 'audit', maxConnections: 5, logger: silentLogger })
  return {
    pool,
    records: new PgAuditRecords(pool),
    trail: new PgAuditTrail(pool),
    apply: (...writes: RecordWrite[]) => inTransaction(pool, (client) => writeRecord(client, writes)),
  }
}

/** As an administrator of the database could: behind the back of the triggers. */
const behindTheTriggers = (sql: string) =>
  database.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`)

const empty = () =>
  behindTheTriggers('truncate voice_audit, voice_audit_checkpoint, voice_audit_checkpoint_head, voice_rooms cascade')

auditContract('the audit log in Postgres', async () => {
  await empty()
  const { pool, ...bench } = open()
  return {
    ...bench,
    tick: async () => {
      await database.query('select pg_sleep(0.002)')
    },
    close: () => pool.end(),
  }
})

describe('the table', () => {
  test('takes no change but the erasing of a body, whoever asks', async () => {
    await empty()
    const { pool, apply, records, trail } = open()
    const room = roomPut()
    await apply(room, mutedIn(room.roomId), mutedIn(room.roomId))
    await trail.checkpoint()
    for (const sql of [
      `update voice_audit set action = 'sanction.lifted'`,
      `update voice_audit set body = jsonb_set(body, '{reason}', '"none"')`,
      `update voice_audit set body = null, salt = null, at = now()`,
      `update voice_audit set body = null, salt = null, room_id = null`,
      `update voice_audit set seq = seq + 10`,
      `update voice_audit set hash = prev_hash`,
      `update voice_audit set salt = sha256(salt)`,
      `delete from voice_audit where seq = 2`,
      `truncate voice_audit`,
      `truncate voice_rooms cascade`,
      `update voice_audit_checkpoint set no = 7`,
      `delete from voice_audit_checkpoint_head`,
      `truncate voice_audit_checkpoint cascade`,
    ]) {
      await assert.rejects(database.query(sql), { code: '23001' }, sql)
    }
    await assert.rejects(database.query(`delete from voice_rooms`), { code: /^23/ })
    assert.equal(await records.erase(mutedIn(room.roomId).body.actor_user), 2)
    // What was erased is not written again.
    await assert.rejects(database.query(`update voice_audit set body = '{}', salt = sha256('')`), { code: '23001' })
    assert.deepEqual((await verifyAudit(trail, { chain: null })).findings, [])
    await pool.end()
  })

  test('links rows itself, whatever numbers and hashes a writer brings', async () => {
    await empty()
    const { pool, trail } = open()
    await database.query(
      `insert into voice_audit (chain, seq, at, recorded_at, action, commitment, prev_hash, hash)
       values ('tool:test', 77, now(), '2001-01-01', 'thing.done', sha256('a'), sha256('b'), sha256('c'))`,
    )
    const [row] = await trail.rows(null, 10, null)
    assert.equal(row?.seq, 1)
    assert.deepEqual((await verifyAudit(trail, { chain: null })).findings, [])
    await pool.end()
  })

  test('lets no chain fork, though many write to it at once', async () => {
    await empty()
    const { pool, apply, trail } = open()
    const room = roomPut()
    await apply(room)
    await Promise.all(Array.from({ length: 40 }, () => apply(mutedIn(room.roomId), mutedIn(room.roomId))))
    const verdict = await verifyAudit(trail, { chain: roomKey(room.roomId) })
    assert.deepEqual([verdict.rows, verdict.findings], [80, []])
    await pool.end()
  })
})

describe('relays that take checkpoints at once', () => {
  test('take one between them', async () => {
    await empty()
    const [one, two] = [open(), open()]
    const room = roomPut()
    await one.apply(room, mutedIn(room.roomId))
    const taken = await Promise.all([one, two, one, two].map(({ trail }) => trail.checkpoint()))
    assert.equal(taken.filter((checkpoint) => checkpoint !== null).length, 1)
    assert.equal((await one.trail.checkpoints(0, 10)).length, 1)
    await Promise.all([one, two].map(({ pool }) => pool.end()))
  })
})
