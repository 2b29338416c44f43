import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { createPool, PgAuditTrail, verifyAudit, writeRecord, type AuditFinding } from '../../persistence/index.ts'
import { mutedIn } from '../../persistence/audit/audit.contract.ts'
import type { AuditRow } from '../../persistence/audit/port.ts'
import type { AuditTrail, ChainHead } from '../../persistence/audit-trail/port.ts'
import { roomPut } from '../../persistence/record/record.contract.ts'
import { inTransaction } from '../../persistence/transaction.ts'
import { auditCopy } from '../support/audit-copy.ts'
import { forgers, type AuditLog, type Forgery, type Hand } from '../support/audit-forgeries.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

/*
 * Somebody who may write to the database lays hands on the audit log. Most of it happens to a copy of the rows in memory, which
 * the same code looks through; some dozens of times to the table itself.
 */

let database: TestDatabase
let pool: ReturnType<typeof createPool>
let trail: PgAuditTrail
let log: AuditLog
let heads: readonly ChainHead[]

before(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'audit', maxConnections: 2, logger: silentLogger })
  trail = new PgAuditTrail(pool)
  const rooms = Array.from({ length: 6 }, () => roomPut())
  await inTransaction(pool, (client) => writeRecord(client, rooms))
  for (let round = 0; round < 9; round += 1) {
    const writes = rooms.flatMap(({ roomId }, index) =>
      Array.from({ length: 1 + ((round * 7 + index * 3) % 5) }, (_, row) =>
        mutedIn(roomId, {
          by: `mod-${row}`,
          atMs: Date.UTC(2026, 0, 1) + round,
          guildId: index % 2 === 0 ? null : 'g',
        }),
      ),
    )
    await inTransaction(pool, (client) => writeRecord(client, writes))
    // Checkpoints stand at every third end of a transaction, and at the last.
    if (round % 3 === 2) await trail.checkpoint()
  }
  await database.query(`update voice_audit set body = null, salt = null where seq % 9 = 0`)
  const rows = await trail.rows(null, 10_000, null)
  const chains = new Set(rows.map(({ chain }) => chain))
  log = new Map([...chains].map((chain) => [chain, rows.filter((row) => row.chain === chain).map(asRow)]))
  const checkpoints = await trail.checkpoints(0, 100)
  assert.equal(checkpoints.length, 3)
  heads = (await Promise.all(checkpoints.map(({ no }) => trail.headsOf(no)))).flat()
})
after(async () => {
  await pool.end()
  await database.drop()
})

const asRow = ({ witness: _, ...row }: Awaited<ReturnType<AuditTrail['rows']>>[number]): AuditRow => row

const copyOf = (of: AuditLog) => auditCopy(of, heads)

/** What is wrong with a chain of the copy; null where nothing is. */
async function judged(of: AuditLog, chain: string): Promise<AuditFinding | null> {
  const untouched = {
    checkpoint: () => Promise.resolve(null),
    checkpoints: () => Promise.resolve([]),
    headsOf: () => Promise.resolve([]),
  }
  const { findings } = await verifyAudit({ ...untouched, ...copyOf(of) }, { chain })
  return findings[0] ?? null
}

/** Where one checkpoint alone tells, the bad row is between what is vouched for and what it saw; else it is named itself. */
const names = ({ seq, vouchedUpTo }: AuditFinding, firstBad: number) => vouchedUpTo < firstBad && firstBad <= seq

const number = fc.nat({ max: 1_000_000 })
const hands = fc.record({ chain: number, row: number, other: number, detail: number })

test('a log that nobody laid hands on is found whole', async () => {
  const verdict = await verifyAudit(trail, { chain: null })
  assert.deepEqual(verdict.findings, [])
  assert.equal(verdict.chains, 6)
  assert.ok(verdict.rows > 120 && verdict.erased > 6, JSON.stringify(verdict))
  for (const chain of log.keys()) assert.equal(await judged(log, chain), null)
})

test('of 10,000 random edits, deletions, insertions, swaps and truncations every one is found and located', async () => {
  const told = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(forgers)), hands, async (name, hand: Hand) => {
      const forgery = forgers[name]?.(log, hand)
      assert.ok(forgery)
      for (const [chain, firstBad] of forgery.firstBad) {
        const finding = await judged(forgery.log, chain)
        assert.ok(finding, `${name} in row ${firstBad} was not found`)
        assert.ok(names(finding, firstBad), `${name} in row ${firstBad} is told as ${JSON.stringify(finding)}`)
        told.set(`${name}: ${finding.fault}`, (told.get(`${name}: ${finding.fault}`) ?? 0) + 1)
      }
    }),
    { numRuns: 10_000 },
  )
  // Each kind came up, and is called what it is wherever more than the last row tells it.
  for (const expected of [
    ...['edit: edited', 'edit, and hash the row anew: edited', 'edit, and link everything behind anew: forked'],
    ...['delete: deleted', 'delete, and number the rest anew: deleted', 'delete, and link the rest anew: forked'],
    ...['insert: forked', 'swap two rows of a chain: swapped', 'swap rows of two chains: swapped'],
    ...['truncate: truncated', 'truncate, and let new rows come: forked'],
  ]) {
    assert.ok((told.get(expected) ?? 0) > 100, `${expected} of ${JSON.stringify([...told])}`)
  }
})

test('so it is in the table itself, and what was not touched is told as whole', async () => {
  for (const [index, name] of Array.from({ length: 4 }, () => Object.keys(forgers))
    .flat()
    .entries()) {
    const hand = { chain: index * 31, row: index * 17, other: index * 13, detail: index * 7 }
    const forgery = forgers[name]?.(log, hand)
    assert.ok(forgery)
    await lay(forgery)
    const { findings } = await verifyAudit(trail, { chain: null })
    assert.equal(findings.length, forgery.firstBad.size, `${name}: ${JSON.stringify(findings)}`)
    for (const finding of findings)
      assert.ok(names(finding, forgery.firstBad.get(finding.chain) ?? 0), JSON.stringify(finding))
  }
})

test('checkpoints that were edited, deleted or cut off are found, the last by those who saw them elsewhere', async () => {
  await lay({ log, firstBad: new Map() })
  const checkpoints = await trail.checkpoints(0, 10)
  const seen = checkpoints.map(({ no, hash }) => ({ no, hash: hash.toString('hex') }))
  const tampered = async (sql: string) => {
    await database.query(
      `create table kept as table voice_audit_checkpoint; create table kept_heads as table voice_audit_checkpoint_head`,
    )
    await behindTheTriggers(sql)
    const { findings } = await verifyAudit(trail, { chain: null, seen })
    await behindTheTriggers(
      `delete from voice_audit_checkpoint_head; delete from voice_audit_checkpoint;
       insert into voice_audit_checkpoint table kept; insert into voice_audit_checkpoint_head table kept_heads`,
    )
    await database.query('drop table kept, kept_heads')
    return findings.filter(({ chain }) => chain === 'checkpoints').map(({ seq, fault }) => `${seq} ${fault}`)
  }
  assert.deepEqual(await tampered('select 1'), [])
  assert.deepEqual(await tampered(`update voice_audit_checkpoint set at = at - interval '1 ms' where no = 2`), [
    '2 edited',
  ])
  assert.deepEqual(await tampered(`update voice_audit_checkpoint_head set hash = sha256(hash) where checkpoint = 2`), [
    '2 edited',
  ])
  assert.deepEqual(await tampered(`delete from voice_audit_checkpoint_head where checkpoint = 3`), ['3 edited'])
  assert.deepEqual(await tampered(`delete from voice_audit_checkpoint where no = 2`), ['2 deleted'])
  assert.deepEqual(
    await tampered(
      `delete from voice_audit_checkpoint_head where checkpoint = 3; delete from voice_audit_checkpoint where no = 3`,
    ),
    ['3 truncated'],
  )
  const [first] = seen
  assert.ok(first)
  const lied = await verifyAudit(trail, { chain: null, seen: [{ ...first, hash: '00'.repeat(32) }] })
  assert.deepEqual(
    lied.findings.map(({ chain, seq, fault }) => `${chain} ${seq} ${fault}`),
    ['checkpoints 1 forked'],
  )
})

const behindTheTriggers = (sql: string) =>
  database.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`)

/** Has the table hold what the forgery says. */
async function lay(forgery: Forgery): Promise<void> {
  const rows = [...forgery.log.values()].flat().map((row) => ({
    ...row,
    at_ms: row.atMs,
    recorded_at_ms: row.recordedAtMs,
    ...Object.fromEntries(
      ['salt', 'commitment', 'prevHash', 'hash'].map((name) => [name.toLowerCase(), hex(row, name)]),
    ),
    room_id: row.roomId,
    guild_id: row.guildId,
  }))
  await database.query(
    `create table if not exists laid (chain text, seq bigint, at_ms float8, recorded_at_ms float8, action text, room_id text,
       guild_id text, body jsonb, salt text, commitment text, prevhash text, hash text)`,
  )
  await database.query(`truncate laid`)
  await database.query(`insert into laid select * from jsonb_populate_recordset(null::laid, $1::jsonb)`, [
    JSON.stringify(rows),
  ])
  // Not even the rules of the columns hold for who owns the database.
  await behindTheTriggers(
    `alter table voice_audit drop constraint if exists voice_audit_check;
     delete from voice_audit;
     insert into voice_audit (chain, seq, at, recorded_at, action, room_id, guild_id, body, salt, commitment, prev_hash, hash)
     select chain, seq, to_timestamp(at_ms / 1000), to_timestamp(recorded_at_ms / 1000), action, room_id, guild_id, body, decode(salt, 'hex'), decode(commitment, 'hex'),
            decode(prevhash, 'hex'), decode(hash, 'hex')
       from laid`,
  )
}

const hex = (row: AuditRow, name: string): string | null => {
  const value = row[name as 'salt' | 'hash']
  return value === null ? null : value.toString('hex')
}
