import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Registry } from 'prom-client'
import { actorDefinitions } from '../../actors/index.ts'
import { pastOf } from '../../cluster/index.ts'
import { claimant, entryOf, freshKey } from '../../persistence/journal/journal.contract.ts'
import { createPool, PgActorJournal, PgJournalHistory, persistenceMetrics } from '../../persistence/index.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { roomSpec } from '../support/specimens.ts'

const [node, other] = [claimant('node-1'), claimant('node-2')]

describe('the past of actors in Postgres', () => {
  let database: TestDatabase
  let pool: ReturnType<typeof createPool>
  let journal: PgActorJournal<string>
  let history: PgJournalHistory

  before(async () => {
    database = await createTestDatabase()
    pool = createPool(database.url, { applicationName: 'history', logger: silentLogger })
    journal = new PgActorJournal<string>(pool, () => Promise.resolve(), persistenceMetrics(new Registry()))
    history = new PgJournalHistory(pool)
  })
  after(async () => {
    await pool.end()
    await database.drop()
  })

  test('tells who was given each epoch, how, and what stands under it', async () => {
    const key = freshKey()
    await journal.fence(key, 1, node)
    await journal.append([entryOf(key, 1, 1), entryOf(key, 1, 2)])
    await journal.fence(key, 4, other, true)
    await journal.guestAppend(key, node, (_, epoch) => entryOf(key, epoch, 3))
    const grants = await history.grants(key)
    assert.deepEqual(
      grants.map(({ epoch, process, cause, entries }) => [epoch, process, cause, entries]),
      [
        [1, 'node-1', 'claimed', 2],
        [4, 'node-2', 'handed', 0],
        [5, 'node-1', 'guest', 1],
      ],
    )
    assert.deepEqual(await history.audit(key), { findings: [], audited: { actors: 1, grants: 3, entries: 3 } })
  })

  test('a fence that is refused, and a guest that writes nothing, leave no trace', async () => {
    const key = freshKey()
    await journal.fence(key, 3, node)
    await journal.fence(key, 3, other)
    await journal.guestAppend(key, other, () => null)
    assert.deepEqual(
      (await history.grants(key)).map(({ epoch, process }) => [epoch, process]),
      [[3, 'node-1']],
    )
  })

  test('the last 64 grants are kept', async () => {
    const key = freshKey()
    for (let epoch = 1; epoch <= 70; epoch += 1) await journal.fence(key, epoch, node)
    const grants = await history.grants(key)
    assert.deepEqual([grants.length, grants[0]?.epoch, grants.at(-1)?.epoch], [64, 7, 70])
  })

  const faults: readonly (readonly [
    string,
    (key: string) => readonly string[],
    readonly [number, number | null, string],
  ])[] = [
    [
      'two owners of one epoch',
      (key) => [`insert into actor_epoch values ('${key}', 2, 'node-9', 'another', 'claimed')`],
      [2, null, 'two_owners'],
    ],
    [
      'an epoch that falls',
      (key) => [`update actor_journal set epoch = 1 where actor_key = '${key}' and seq = 3`],
      [1, 3, 'epoch_falls'],
    ],
    [
      'an entry that is missing',
      (key) => [`delete from actor_journal where actor_key = '${key}' and seq = 2`],
      [2, 3, 'seq_jumps'],
    ],
    [
      'an entry of an epoch that nobody was given',
      (key) => [`update actor_journal set epoch = 9 where actor_key = '${key}' and seq = 3`],
      [9, 3, 'epoch_ahead'],
    ],
  ]
  for (const [name, breaking, [epoch, seq, fault]] of faults) {
    test(`an audit finds ${name}, and in that actor only`, async () => {
      const [key, innocent] = [freshKey(), freshKey()]
      for (const each of [key, innocent]) {
        await journal.fence(each, 2, node)
        await journal.append([1, 2, 3].map((number) => entryOf(each, 2, number)))
      }
      for (const statement of breaking(key)) await database.query(statement)
      assert.deepEqual((await history.audit(key)).findings, [{ key, epoch, seq, fault }])
      assert.deepEqual((await history.audit(innocent)).findings, [])
      assert.ok((await history.audit(null)).findings.some((finding) => finding.key === key && finding.fault === fault))
    })
  }

  test('a room is rebuilt as it was at a seq and at a time', async () => {
    const key = freshKey()
    const at = (seq: number) => Date.UTC(2026, 0, 1) + seq * 1_000
    const created = { type: 'room.created', v: 1, spec: roomSpec() }
    const mute = (user: string) => ({
      ...{ type: 'sanction.applied', v: 1, kind: 'mute', user_id: user, generation: 1 },
      ...{ until_ms: null, by: 'owner', reason: '' },
    })
    await journal.fence(key, 1, node)
    await journal.append([
      entryOf(key, 1, 1, { atMs: at(1), events: [created] }),
      entryOf(key, 1, 2, { atMs: at(2), events: [mute('ann')] }),
      entryOf(key, 1, 3, { atMs: at(3), events: [mute('bob')] }),
    ])
    const parts = { definitions: actorDefinitions({ joinGraceMs: 30_000 }), history }
    const bySeq = await pastOf(key, { seq: 2 }, parts)
    const byTime = await pastOf(key, { atMs: at(2) + 999 }, parts)
    assert.deepEqual(bySeq, byTime)
    assert.deepEqual([bySeq?.epoch, bySeq?.seq, bySeq?.atMs, bySeq?.entries.length], [1, 2, at(2), 2])
    const sanctions = (bySeq?.state as { sanctions: readonly { user_id: string }[] }).sanctions
    assert.deepEqual(JSON.stringify(sanctions).includes('ann'), true)
    assert.deepEqual(JSON.stringify(sanctions).includes('bob'), false)
    assert.equal(await pastOf(key, { atMs: at(0) }, parts), null)
  })
})
