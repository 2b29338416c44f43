import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createPool, PgRaidBook, PgRaidClockwork } from '../../persistence/index.ts'
import type { Raid } from '../../persistence/raids/port.ts'
import type { CommandId, UserId } from '../../protocol/ids.ts'
import { dateAt, nextSlot } from '../../protocol/raids/calendar.ts'
import { weekdays, type RaidId } from '../../protocol/raids/values.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

const hour = 3_600_000
const ann = 'ann' as UserId

describe('raids as their workflows move them', () => {
  let database: TestDatabase
  let pool: ReturnType<typeof createPool>
  let book: PgRaidBook
  let clockwork: PgRaidClockwork

  before(async () => {
    database = await createTestDatabase()
    pool = createPool(database.url, { applicationName: 'raids', maxConnections: 4, logger: silentLogger })
    book = new PgRaidBook(pool)
    clockwork = new PgRaidClockwork(pool)
  })
  after(async () => {
    await pool.end()
    await database.drop()
  })

  const made = async (more: Partial<Raid> = {}): Promise<Raid> => {
    const nowMs = Date.now()
    const raid: Raid = {
      ...{ raidId: randomUUID() as RaidId, creatorId: ann, guildId: null, name: 'r', description: '', region: null },
      ...{ onceAtMs: nowMs + hour, rule: null, durationS: 600, opensBeforeS: 0, maxParticipants: 5, roles: [] },
      ...{ status: 'active', generation: 1, nextAtMs: nowMs + hour, createdAtMs: nowMs, updatedAtMs: nowMs },
      ...more,
    }
    return book.create(raid, { action: 'raid.created', by: ann }, () => undefined)
  }
  const once = ({ raidId }: Raid) => ({ raidId, slot: 'once' })
  const change = (raid: Raid, to: Partial<Raid>) =>
    book.change(raid.raidId, { id: `test:${randomUUID()}/1` as CommandId, slot: null, nowMs: Date.now() }, (held) => ({
      raid: { ...held.raid, ...to },
    }))
  const statusOf = async (raid: Raid, slot = 'once') => (await clockwork.plan({ raidId: raid.raidId, slot }))?.status
  const sent = () => database.query(`update outbox set sent_at = now() where sent_at is null`)
  const waiting = async () =>
    (await database.query(`select key from outbox where sent_at is null order by key`)).map(({ key }) => String(key))
  const daily = { days: [...weekdays], time: '12:00', zone: 'UTC', starts_on: dateAt('UTC', Date.now()) }
  const series = () => made({ onceAtMs: null, rule: daily, nextAtMs: nextSlot(daily, Date.now())!.startsAtMs })

  test('a room is made by one opening, however many begin', async () => {
    const raid = await made()
    const begun = await Promise.all([1, 2, 3].map(() => clockwork.beginOpening(once(raid))))
    assert.equal(new Set(begun.map((held) => held?.occurrence.roomId)).size, 1)
    await clockwork.opened(once(raid), 1, {}, Date.now())
    assert.equal(await clockwork.beginOpening(once(raid)), null)
    assert.equal(await statusOf(raid), 'open')
  })

  test('is not opened while it is paused, nor once it was cancelled; and what was cancelled half way has a room to close', async () => {
    const raid = await made()
    await change(raid, { status: 'paused' })
    assert.equal(await clockwork.beginOpening(once(raid)), null)
    await change(raid, { status: 'active' })
    assert.ok(await clockwork.beginOpening(once(raid)))
    await change(raid, { status: 'cancelled' })
    await clockwork.opened(once(raid), 3, {}, Date.now())
    const plan = await clockwork.plan(once(raid))
    assert.deepEqual([plan?.status, plan?.roomMade], ['cancelled', true])
    await clockwork.roomGone(once(raid))
    assert.equal((await clockwork.plan(once(raid)))?.roomMade, false)
  })

  test('a change behind what the room knows has to be told, and none that it knows', async () => {
    const raid = await made()
    await clockwork.beginOpening(once(raid))
    await clockwork.opened(once(raid), 1, {}, Date.now())
    await change(raid, { name: 'new' })
    const plan = await clockwork.plan(once(raid))
    assert.deepEqual([plan?.generation, plan?.synced], [2, 1])
    await clockwork.synced(once(raid), 2, {})
    await clockwork.synced(once(raid), 1, {})
    assert.equal((await clockwork.plan(once(raid)))?.synced, 2)
  })

  test('ends once, and a raid that happens once is over then; one that was paused at its time skipped it', async () => {
    const [held, skipped] = [await made(), await made()]
    await clockwork.beginOpening(once(held))
    await clockwork.opened(once(held), 1, {}, Date.now())
    await clockwork.end(once(held), 'over', Date.now() + 2 * hour)
    await clockwork.end(once(held), 'missed', Date.now() + 2 * hour)
    assert.equal(await statusOf(held), 'over')
    assert.equal((await book.read(held.raidId, Date.now()))?.raid.status, 'over')
    await change(skipped, { status: 'paused' })
    await clockwork.end(once(skipped), 'missed', Date.now() + 2 * hour)
    assert.equal(await statusOf(skipped), 'skipped')
  })

  test('what is near gets a row, once; what the rule has no more loses it; what was taken off stays off', async () => {
    const raid = await series()
    const slots = await clockwork.planAhead(raid.raidId, Date.now())
    assert.ok(slots.length >= 3 && slots.length <= 4, slots.join(' '))
    assert.deepEqual(await clockwork.planAhead(raid.raidId, Date.now()), slots)
    const [first = '', second = ''] = slots
    await book.change(
      raid.raidId,
      { id: `test:${randomUUID()}/1` as CommandId, slot: first, nowMs: Date.now() },
      ({ occurrences }) => ({ cancelSlot: { slot: first, startsAtMs: occurrences[0]!.startsAtMs } }),
    )
    assert.deepEqual(await clockwork.planAhead(raid.raidId, Date.now()), slots.slice(1))
    const day = weekdays[(new Date(`${second}T00:00:00Z`).getUTCDay() + 6) % 7]!
    await change(raid, { rule: { ...daily, days: [day], time: '13:00' } })
    assert.deepEqual(await clockwork.planAhead(raid.raidId, Date.now()), [second])
    assert.equal(new Date((await clockwork.plan({ raidId: raid.raidId, slot: second }))!.startsAtMs).getUTCHours(), 13)
    assert.equal(await statusOf(raid, first), 'cancelled')
  })

  test('lists go by the next night when one is over', async () => {
    const raid = await series()
    const [first = '', second = ''] = await clockwork.planAhead(raid.raidId, Date.now())
    const startOf = async (slot: string) => (await clockwork.plan({ raidId: raid.raidId, slot }))!.startsAtMs
    await clockwork.beginOpening({ raidId: raid.raidId, slot: first })
    await clockwork.end({ raidId: raid.raidId, slot: first }, 'over', (await startOf(first)) + hour)
    const read = await book.read(raid.raidId, Date.now())
    assert.equal(read?.raid.nextAtMs, await startOf(second))
    assert.equal(read.raid.status, 'active')
  })

  test('players are told once of each thing', async () => {
    const raid = await made()
    await Promise.all([1, 2, 3].map(() => clockwork.remind(once(raid), raid.onceAtMs!, 600_000)))
    await clockwork.remind(once(raid), raid.onceAtMs! + hour, 600_000)
    const rows = await database.query(`select kind from voice_raid_notices where raid_id = $1`, [raid.raidId])
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['reminder 600', 'reminder 600'],
    )
  })

  test('what Temporal lost is told to it again, once, and nothing else', async () => {
    await sent()
    await database.query(`delete from voice_raid_occurrences`)
    await database.query(`update voice_raids set status = 'over'`)
    const late = await made({ onceAtMs: Date.now() - 60_000 })
    const missedPause = await made({ onceAtMs: Date.now() - 60_000, status: 'paused' })
    const ahead = await made()
    const endless = await made({ onceAtMs: Date.now() - 2 * hour })
    await clockwork.beginOpening(once(endless))
    await clockwork.opened(once(endless), 1, {}, Date.now())
    const forgotten = await series()
    await sent()
    assert.equal(await clockwork.requeueOverdue(Date.now(), 100), 3)
    assert.equal(await clockwork.requeueOverdue(Date.now(), 100), 0)
    assert.deepEqual(
      await waiting(),
      [`raid-sched:${forgotten.raidId}`, `raid:${late.raidId}:once`, `raid:${endless.raidId}:once`].sort(),
    )
    assert.ok(![missedPause, ahead].some(({ raidId }) => raidId === late.raidId))
  })

  test('what served to do things once goes after two days', async () => {
    const count = async () =>
      (await database.query(`select (select count(*) from voice_raid_commands)::int as n`))[0]?.['n'] as number
    assert.ok((await count()) > 0)
    await clockwork.tidy(Date.now() + 3 * 24 * hour)
    assert.equal(await count(), 0)
    assert.equal((await database.query(`select from voice_raid_notices`)).length, 0)
  })
})
