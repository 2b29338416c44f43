import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { claimant, entryOf, freshKey, journalContract } from '../../persistence/journal/journal.contract.ts'
import {
  createPool,
  PgActorJournal,
  PgNodeLeases,
  persistenceMetrics,
  type WriteRecord,
} from '../../persistence/index.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { waitUntil } from '../support/wait.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
  await database.query(`create table written (id serial, name text not null check (name <> 'forbidden'))`)
})
after(() => database.drop())

const writeNames: WriteRecord<string> = async (client, names) => {
  await client.query(
    `insert into written (name) select name from unnest($1::text[]) with ordinality as given (name, place) order by place`,
    [names],
  )
}

const open = (name: string) => {
  const pool = createPool(database.url, { applicationName: name, maxConnections: 10, logger: silentLogger })
  return { pool, journal: new PgActorJournal<string>(pool, writeNames, persistenceMetrics(new Registry())) }
}

journalContract('the journal in Postgres', async () => {
  const { pool, journal } = open('journal-contract')
  await database.query('truncate written, node_lease')
  const written = async () =>
    (await database.query('select name from written order by id')).map(({ name }) => String(name))
  return { journal, leases: new PgNodeLeases(pool), pass: (ms) => sleep(ms), written, close: () => pool.end() }
})

describe('two connections at one actor', () => {
  const node = claimant('node-1')
  let pool: ReturnType<typeof open>['pool']
  let journal: ReturnType<typeof open>['journal']
  before(() => {
    ;({ pool, journal } = open('journal-races'))
  })
  after(() => pool.end())

  /** Statements of our own that wait for a lock. */
  const waiting = async () => {
    const [row] = await database.query(
      `select count(*)::int as count from pg_stat_activity where application_name = 'journal-races' and wait_event_type = 'Lock'`,
    )
    return Number(row?.['count'])
  }

  test('a takeover waits for an append that is under way, and then sees it', async () => {
    const key = freshKey()
    await journal.fence(key, 1, node)
    const slow = await pool.connect()
    await slow.query('begin')
    await slow.query('select from actor_owner where actor_key = $1 and epoch = 1 for share', [key])
    const takeover = journal.fence(key, 2, claimant('node-2'))
    await waitUntil('the takeover waits', async () => (await waiting()) === 1)
    await slow.query(
      `insert into actor_journal (actor_key, seq, epoch, command_id, at, events, reply) values ($1, 1, 1, 'slow/1', now(), '[]', null)`,
      [key],
    )
    await slow.query('commit')
    slow.release()
    const fence = await takeover
    assert.ok(fence.granted)
    assert.deepEqual(
      fence.loaded.tail.map(({ commandId }) => commandId),
      ['slow/1'],
    )
  })

  test('an append that waits behind a takeover is refused when that commits', async () => {
    const key = freshKey()
    await journal.fence(key, 1, node)
    const taking = await pool.connect()
    await taking.query('begin')
    await taking.query('update actor_owner set epoch = 2 where actor_key = $1', [key])
    const stale = journal.append([entryOf(key, 1, 1, { writes: ['stale'] })])
    await waitUntil('the append waits', async () => (await waiting()) === 1)
    await taking.query('commit')
    taking.release()
    assert.deepEqual(await stale, [{ outcome: 'fenced', currentEpoch: 2 }])
    assert.deepEqual(await database.query(`select from written where name = 'stale'`), [])
  })

  test('a claim that waits behind a guest append reads its epoch as the floor', async () => {
    const key = freshKey()
    await journal.fence(key, 1, node)
    const guest = await pool.connect()
    await guest.query('begin')
    await guest.query('select from actor_owner where actor_key = $1 for update', [key])
    const claim = journal.fence(key, 2, claimant('node-2'))
    await waitUntil('the claim waits', async () => (await waiting()) === 1)
    await guest.query('update actor_owner set epoch = 2 where actor_key = $1', [key])
    await guest.query('commit')
    guest.release()
    assert.deepEqual(await claim, { granted: false, currentEpoch: 2, heldBy: null })
  })

  test('two batches over the same actors in opposite order do not lock each other out', async () => {
    const keys = [freshKey(), freshKey()] as const
    for (const key of keys) await journal.fence(key, 1, node)
    const batches = Array.from({ length: 20 }, (_, turn) => {
      const order = turn % 2 === 0 ? keys : keys.toReversed()
      return order.map((key) => entryOf(key, 1, turn + 1))
    })
    const results = await Promise.all(batches.map((batch) => journal.append(batch)))
    assert.deepEqual(new Set(results.flat().map(({ outcome }) => outcome)), new Set(['committed']))
  })
})

test('an append whose connection breaks rejects, and leaves all of the batch or nothing', async () => {
  const { pool, journal } = open('journal-broken')
  const key = freshKey()
  await journal.fence(key, 1, claimant('node-1'))
  const blocker = await pool.connect()
  await blocker.query('begin')
  await blocker.query('select from actor_owner where actor_key = $1 for update', [key])
  const append = journal.append([entryOf(key, 1, 1, { writes: ['half'] }), entryOf(key, 1, 2)])
  const cut = assert.rejects(append)
  await waitUntil('the append is under way and cut', async () => {
    const rows = await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'journal-broken' and wait_event_type = 'Lock'`,
    )
    return rows.length === 1
  })
  await cut
  await blocker.query('rollback')
  blocker.release()
  assert.deepEqual((await journal.load(key)).tail, [])
  assert.deepEqual(await database.query(`select from written where name = 'half'`), [])
  await pool.end()
})

describe('a stored snapshot', () => {
  const node = claimant('node-1')
  let pool: ReturnType<typeof open>['pool']
  let journal: ReturnType<typeof open>['journal']
  before(() => {
    ;({ pool, journal } = open('journal-snapshots'))
  })
  after(() => pool.end())

  const withSnapshotAt = async (seq: number) => {
    const key = freshKey()
    await journal.fence(key, 1, node)
    await journal.append([1, 2, 3].map((each) => entryOf(key, 1, each)))
    assert.equal(await journal.saveSnapshot(key, { seq, epoch: 1, body: { sum: seq } }), true)
    return key
  }

  test('that is damaged is not believed: the actor comes from the whole of its journal', async () => {
    const key = await withSnapshotAt(2)
    await database.query(
      `update actor_snapshot set packed = set_byte(packed, 12, get_byte(packed, 12) # 1) where actor_key = $1`,
      [key],
    )
    const fence = await journal.fence(key, 2, node)
    assert.ok(fence.granted)
    assert.equal(fence.loaded.snapshot, null)
    assert.deepEqual(
      fence.loaded.tail.map(({ seq }) => seq),
      [1, 2, 3],
    )
  })

  test('that was kept as JSON is read, and packed when the next one replaces it', async () => {
    const key = await withSnapshotAt(1)
    await database.query(`update actor_snapshot set body = '{"sum":1}', packed = null where actor_key = $1`, [key])
    assert.deepEqual((await journal.load(key)).snapshot, { seq: 1, epoch: 1, body: { sum: 1 } })
    assert.equal(await journal.saveSnapshot(key, { seq: 3, epoch: 1, body: { sum: 3 } }), true)
    assert.deepEqual(await journal.load(key), {
      ...{ epoch: 1, snapshot: { seq: 3, epoch: 1, body: { sum: 3 } }, tail: [] },
    })
    const [row] = await database.query(`select body is null as packed from actor_snapshot where actor_key = $1`, [key])
    assert.equal(row?.['packed'], true)
  })
})
