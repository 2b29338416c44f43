import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import { defaultZone } from '../../protocol/zone/spec-rules.ts'
import type { ZoneSpec } from '../../protocol/zone/spec.ts'
import { ZoneView } from '../../protocol/zone/view.ts'
import type { RecordWrite } from '../record-writes.ts'
import type { WritesOf } from '../record/rows.ts'
import type { ZoneFilter, ZoneRecords } from './port.ts'

/** A record of zones under test: one way in, one to read it. Empty at first. */
export interface ZoneRecordsBench {
  /** Writes all of it in one transaction, or rejects. */
  apply(...writes: RecordWrite[]): Promise<void>
  readonly zones: ZoneRecords
  close(): Promise<void>
}

const startMs = Date.UTC(2026, 0, 1)

/** A zone with defaults. */
export const zonePut = (
  spec: Partial<ZoneSpec> = {},
  more: Partial<WritesOf<'zone.put'>[number]> = {},
): WritesOf<'zone.put'>[number] => ({
  write: 'zone.put',
  zoneId: randomUUID() as ZoneId,
  spec: { name: 'Market', guild_id: null, bounds: { width_m: 1_024, height_m: 512 }, ...defaultZone, ...spec },
  ...{ regions: 1, version: 1, createdBy: 'ann' as UserId, createdAtMs: startMs, closedAtMs: null },
  ...more,
})

/** What every record of zones promises to those who read it. */
export function zoneRecordsContract(name: string, open: () => Promise<ZoneRecordsBench>): void {
  describe(name, () => {
    let bench: ZoneRecordsBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    async function pages(filter: ZoneFilter, limit: number): Promise<readonly string[]> {
      const ids: string[] = []
      for (let cursor: string | null = null; ;) {
        const page = await bench.zones.list(filter, limit, cursor)
        assert.ok(page.zones.length <= limit)
        ids.push(...page.zones.map(({ zone_id }) => zone_id))
        if (page.nextCursor === null) return ids
        cursor = page.nextCursor
      }
    }

    test('shows a zone as it was put last, and null for none', async () => {
      const put = zonePut({ guild_id: 'g1' })
      await bench.apply(put)
      assert.equal(await bench.zones.get(randomUUID() as ZoneId), null)
      const view = {
        ...{ zone_id: put.zoneId, name: 'Market', guild_id: 'g1', status: 'open', regions: 1, version: 1 },
        ...{ bounds: { width_m: 1_024, height_m: 512 }, ...defaultZone, created_by: 'ann' },
        ...{ created_at: new Date(startMs).toISOString(), closed_at: null },
      }
      assert.deepEqual(await bench.zones.get(put.zoneId), view)
      assert.deepEqual(decoder(ZoneView)(await bench.zones.get(put.zoneId)), view)
      const rules = { ...defaultZone.rules, range_m: 12.5 }
      const spec = { ...put.spec, name: 'Square', rules, bounds: { width_m: 2_048, height_m: 640 }, players_max: 7 }
      const closed = { ...put, spec, regions: 3, version: 9, closedAtMs: startMs + 5_000 }
      // Of two in one transaction the later counts.
      await bench.apply({ ...closed, version: 8, closedAtMs: null }, closed)
      assert.deepEqual(await bench.zones.get(put.zoneId), {
        ...{ ...view, name: 'Square', rules, bounds: spec.bounds, players_max: 7, status: 'closed', regions: 3 },
        ...{ version: 9, closed_at: new Date(startMs + 5_000).toISOString() },
      })
    })

    test('lists zones newest first, page by page, each once, those of one moment too', async () => {
      const puts = Array.from({ length: 7 }, (_, n) => zonePut({}, { createdAtMs: startMs + Math.floor(n / 3) }))
      await bench.apply(...puts)
      const expected = [...puts]
        .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.zoneId < b.zoneId ? 1 : -1))
        .map(({ zoneId }) => zoneId)
      for (const limit of [1, 2, 3, 7, 100]) assert.deepEqual(await pages({}, limit), expected)
    })

    test('lists those of a guild, and those that are open', async () => {
      const [ours, closed] = [zonePut({ guild_id: 'g1' }), zonePut({ guild_id: 'g1' }, { closedAtMs: startMs + 1 })]
      const [theirs, nobodys] = [zonePut({ guild_id: 'g2' }), zonePut()]
      await bench.apply(ours, closed, theirs, nobodys)
      const found = async (filter: ZoneFilter) => new Set(await pages(filter, 2))
      assert.deepEqual(await found({}), new Set([ours, closed, theirs, nobodys].map(({ zoneId }) => zoneId)))
      assert.deepEqual(await found({ guildId: 'g1' }), new Set([ours.zoneId, closed.zoneId]))
      assert.deepEqual(await found({ guildId: 'g1', status: 'open' }), new Set([ours.zoneId]))
      assert.deepEqual(await found({ status: 'closed' }), new Set([closed.zoneId]))
    })

    test('refuses a cursor that is not its own', async () => {
      for (const cursor of ['', 'x', Buffer.from('1.2').toString('base64url')]) {
        await assert.rejects(bench.zones.list({}, 10, cursor), { code: 'VALIDATION_FAILED' })
      }
    })
  })
}
