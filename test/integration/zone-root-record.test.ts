import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import type pg from 'pg'
import { Registry } from 'prom-client'
import { actorDefinitions } from '../../actors/index.ts'
import { systemClock } from '../../bin/system-ports.ts'
import { GuestWriter } from '../../cluster/index.ts'
import {
  createPool,
  PgActorJournal,
  PgAuditTrail,
  persistenceMetrics,
  PgPersonRecords,
  PgSanctionRecords,
  PgZoneRecords,
  verifyAudit,
  writeRecord,
} from '../../persistence/index.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { commandId, type Incarnation, type ProcessId, type UserId } from '../../protocol/ids.ts'
import type { Principal } from '../../protocol/room/values.ts'
import type { ZoneCommand } from '../../protocol/zone/commands.ts'
import { zoneKey, type ZoneId } from '../../protocol/zone/plan.ts'
import type { ZoneReplies } from '../../protocol/zone/replies.ts'
import { defaultZone } from '../../protocol/zone/spec-rules.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

let database: TestDatabase
let pool: pg.Pool
before(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'zone-roots', maxConnections: 4, logger: silentLogger })
})
after(async () => {
  await pool.end()
  await database.drop()
})

const principal = (name: string): Principal => ({ user_id: name as UserId, privileges: ['service'] })
const eve = 'eve' as UserId

/** A zone whose root nobody has in memory: each command is carried out in its journal. */
class ZoneOnPostgres {
  readonly zoneId = randomUUID() as ZoneId
  readonly #guest = new GuestWriter<RecordWrite>({
    self: { process: 'test-1' as ProcessId, incarnation: randomUUID() as Incarnation },
    definitions: actorDefinitions({ joinGraceMs: 1_000 }),
    journal: new PgActorJournal<RecordWrite>(pool, writeRecord, persistenceMetrics(new Registry())),
    ...{ clock: systemClock, logger: silentLogger },
  })
  #commands = 0

  async run<Type extends ZoneCommand['type']>(
    command: Extract<ZoneCommand, { type: Type }>,
  ): Promise<ZoneReplies[Type]> {
    const id = commandId('test', (this.#commands += 1))
    const result = await this.#guest.write(zoneKey(this.zoneId), id, command)
    assert.equal(result.status, 'ok', JSON.stringify(result))
    return ('value' in result ? result.value : null) as ZoneReplies[Type]
  }

  create(by: string) {
    const spec = { name: 'Market', guild_id: 'g1', bounds: { width_m: 1_024, height_m: 512 }, ...defaultZone }
    return this.run({ type: 'create', by: principal(by), spec })
  }

  sanction(kind: 'mute' | 'ban', by: string, durationS: number | null) {
    const about = { by: principal(by), kind, target_user_id: eve, duration_s: durationS, reason: 'noise' }
    return this.run({ type: 'sanction', ...about })
  }
}

describe('what the root of a zone writes', () => {
  let zone: ZoneOnPostgres
  beforeEach(() => {
    zone = new ZoneOnPostgres()
  })

  test('is in the record what the root shows, whatever it is changed by', async () => {
    const zones = new PgZoneRecords(pool)
    const created = await zone.create('ann')
    assert.deepEqual(await zones.get(zone.zoneId), created)
    await zone.run({ type: 'update', by: principal('ann'), changes: { name: 'Square', rules: { range_m: 12.5 } } })
    await zone.run({ type: 'cut', version: 1, region: 1, axis: 'x', at: 512 })
    assert.deepEqual(await zones.get(zone.zoneId), await zone.run({ type: 'view' }))
    await zone.run({ type: 'merge', version: 2, region: 3 })
    const closed = await zone.run({ type: 'close', by: principal('ann'), reason: 'over' })
    assert.deepEqual([closed.status, closed.regions, closed.version], ['closed', 1, 5])
    assert.deepEqual(await zones.get(zone.zoneId), closed)
    const audited = await verifyAudit(new PgAuditTrail(pool), { chain: zoneKey(zone.zoneId) })
    assert.deepEqual([audited.rows, audited.findings], [3, []])
  })

  test('of a sanction stands in its scope: in force, in the trail, overdue for the sweep, and lifted', async () => {
    const sanctions = new PgSanctionRecords(pool)
    const scopeId = zone.zoneId
    const inForce = async () =>
      (await sanctions.inForce(eve, Date.now()))
        .filter((one) => one.scopeId === scopeId)
        .map(({ scope, kind }) => [scope, kind])
    await zone.create('ann')
    await zone.sanction('mute', 'mod', 1)
    await zone.sanction('ban', 'mod', null)
    assert.deepEqual((await inForce()).sort(), [
      ['zone', 'ban'],
      ['zone', 'mute'],
    ])
    const scope = { scope: 'zone', scopeId } as const
    const standing = await sanctions.standing(scope, {}, Date.now(), 10, null)
    assert.deepEqual(standing.sanctions.map(({ kind }) => kind).sort(), ['ban', 'mute'])
    const overdue = (await sanctions.overdue(Date.now() + 60_000, 100, null)).filter((one) => one.scopeId === scopeId)
    assert.deepEqual(
      overdue.map(({ kind, generation }) => [kind, generation]),
      [['mute', 1]],
    )
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    const expire = { type: 'expire', kind: 'mute', target_user_id: eve, generation: 1, clock: 'sweep' } as const
    assert.deepEqual(await zone.run(expire), { lifted: true, not_before_ms: null })
    await zone.run({ type: 'lift', by: principal('mod'), kind: 'ban', target_user_id: eve, reason: 'sorry' })
    assert.deepEqual(await inForce(), [])
    const { events } = await sanctions.trail({ scope, moderatorId: 'mod' as UserId }, 10, null)
    assert.deepEqual(
      events.map(({ scope, roomId, action }) => [scope, roomId, action]),
      [
        ['zone', null, 'unban'],
        ['zone', null, 'ban'],
        ['zone', null, 'mute'],
      ],
    )
  })

  test('with a deadline ends with the zone', async () => {
    await zone.create('ann')
    await zone.sanction('mute', 'mod', 600)
    await zone.run({ type: 'close', by: principal('ann'), reason: '' })
    const [row] = await database.query(`select lift_cause from voice_sanctions where scope_id = $1`, [zone.zoneId])
    assert.deepEqual(row, { lift_cause: 'zone_closed' })
    const told = await database.query(`select message->>'kind' as kind from outbox where key like $1 order by id`, [
      `sanction:mute:zone:${zone.zoneId}:%`,
    ])
    assert.equal(told.at(-1)?.['kind'], 'sanction.ended')
  })

  test('forgets whoever is erased: who made it, who moderated, and on whom nothing stands any more', async () => {
    await zone.create('zoe')
    await zone.sanction('mute', 'zoe', 600)
    await zone.run({ type: 'lift', by: principal('zoe'), kind: 'mute', target_user_id: eve, reason: 'sorry' })
    const persons = new PgPersonRecords(pool)
    const exported: string[] = []
    for await (const { table } of persons.export('zoe' as UserId)) exported.push(table)
    assert.ok(exported.includes('voice_zones'))
    for (const userId of ['zoe', eve] as UserId[]) {
      const erasureId = randomUUID()
      await persons.requestErasure({ erasureId, userId, by: 'root' as UserId, atMs: Date.now() })
      for (let pieces = 0; !(await persons.eraseNext(erasureId)).done; pieces += 1) assert.ok(pieces < 20)
    }
    const rows = await database.query(
      `select 'journal' as place, events::text || coalesce(reply::text, '') as text from actor_journal where actor_key = $1
       union all select 'zones', row_to_json(t)::text from voice_zones as t where zone_id = $2
       union all select 'sanctions', row_to_json(t)::text from voice_sanctions as t where scope_id = $2
       union all select 'moderation', row_to_json(t)::text from voice_moderation_events as t where scope_id = $2`,
      [zoneKey(zone.zoneId), zone.zoneId],
    )
    assert.ok(rows.length >= 7)
    for (const { place, text } of rows)
      assert.ok(!/"(eve|zoe)"/.test(String(text)), `${String(place)}: ${String(text)}`)
    const view = await zone.run({ type: 'view' })
    assert.match(view.created_by, /^erased-/)
  })
})
