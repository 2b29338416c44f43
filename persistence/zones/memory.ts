import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import type { ZoneView } from '../../protocol/zone/view.ts'
import type { MemoryRecord } from '../record/memory-record.ts'
import { readCursor, writeCursor, type ZonePosition } from './cursor.ts'
import type { ZoneFilter, ZonePage, ZoneRecords } from './port.ts'

type Zone = NonNullable<ReturnType<MemoryRecord['tables']['zones']['get']>>

/** Zones of a record in memory. */
export class MemoryZoneRecords implements ZoneRecords {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  list(filter: ZoneFilter, limit: number, cursor: string | null): Promise<ZonePage> {
    return Promise.resolve().then(() => {
      const after = cursor === null ? null : readCursor(cursor)
      const found = [...this.#record.tables.zones.values()]
        .filter((zone) => filter.guildId === undefined || zone.spec.guild_id === filter.guildId)
        .filter((zone) => filter.status === undefined || statusOf(zone) === filter.status)
        .sort(newestFirst)
        .filter((zone) => !after || newestFirst(after, zone) < 0)
      const zones = found.slice(0, limit)
      const last = zones.at(-1)
      return { zones: zones.map(toView), nextCursor: last && found.length > limit ? writeCursor(last) : null }
    })
  }

  get(zoneId: ZoneId): Promise<ZoneView | null> {
    const zone = this.#record.tables.zones.get(zoneId)
    return Promise.resolve(zone ? toView(zone) : null)
  }
}

const newestFirst = (a: ZonePosition, b: ZonePosition): number =>
  b.createdAtMs - a.createdAtMs || (a.zoneId < b.zoneId ? 1 : a.zoneId > b.zoneId ? -1 : 0)

const statusOf = ({ closedAtMs }: Zone): ZoneView['status'] => (closedAtMs === null ? 'open' : 'closed')

const toView = (zone: Zone): ZoneView => ({
  ...zone.spec,
  zone_id: zone.zoneId,
  status: statusOf(zone),
  regions: zone.regions,
  version: zone.version,
  created_by: zone.createdBy,
  created_at: isoTime(zone.createdAtMs),
  closed_at: isoTimeOrNull(zone.closedAtMs),
})
