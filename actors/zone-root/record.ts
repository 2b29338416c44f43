import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { AuditBody } from '../../protocol/audit.ts'
import { zoneKey } from '../../protocol/zone/plan.ts'
import type { ZoneEvent } from '../../protocol/zone/events.ts'
import { regionsOf } from '../../protocol/zone/region-map.ts'
import { ended, sanctionAudit, sanctionRows, type HeldIn } from '../wider-sanctions/record.ts'
import type { ZoneState } from './state.ts'

type EventOf<Type extends ZoneEvent['type']> = Extract<ZoneEvent, { type: Type }>

/**
 * Rows of the record that stand in the same transaction as the event: the zone itself; of a sanction, the sanction, the trail and what the
 * workflow has to hear; and of whatever a person did, the audit log. Cuts and mergers, which nobody did, are no part of that.
 */
export function recordOf(event: ZoneEvent, after: ZoneState, atMs: number): readonly RecordWrite[] {
  switch (event.type) {
    case 'zone.created':
    case 'zone.updated':
      return [...zoneRow(after), auditOf(event, after, atMs)]
    case 'zone.closed':
      return [...zoneRow(after), ...clocksEnded(after, atMs), auditOf(event, after, atMs)]
    case 'region.cut':
    case 'region.merged':
      return zoneRow(after)
    case 'sanction.applied':
    case 'sanction.lifted':
      return [...zoneRow(after), ...sanctionRows(event, heldIn(after), after.book, atMs), auditOf(event, after, atMs)]
  }
}

const zoneRow = ({ zoneId, zone }: ZoneState): readonly RecordWrite[] =>
  zone
    ? [
        {
          write: 'zone.put',
          zoneId,
          spec: zone.spec,
          regions: regionsOf(zone.map).length,
          version: zone.version,
          createdBy: zone.createdBy,
          createdAtMs: zone.createdAtMs,
          closedAtMs: zone.closedAtMs,
        },
      ]
    : []

const heldIn = ({ zoneId }: Pick<ZoneState, 'zoneId'>): HeldIn => ({ scope: 'zone', scopeId: zoneId })

/** Sanctions with a deadline end with the zone: nobody can enter any more, and no clock waits. */
function clocksEnded(after: ZoneState, atMs: number): readonly RecordWrite[] {
  const timed = [...after.book.sanctions.values()].filter(({ untilMs }) => untilMs !== null)
  return timed.flatMap(({ kind, userId, generation }): readonly RecordWrite[] => {
    const ref = { kind, ...heldIn(after), userId }
    return [
      { write: 'sanction.lifted', ...ref, ...{ generation, atMs, cause: 'zone_closed' } },
      ended(ref, generation, atMs),
    ]
  })
}

type AuditedEvent = EventOf<'zone.created' | 'zone.updated' | 'zone.closed' | 'sanction.applied' | 'sanction.lifted'>

/** In a chain of the zone's own. */
function auditOf(event: AuditedEvent, { zoneId, zone }: ZoneState, atMs: number): RecordWrite {
  return {
    write: 'audit',
    chain: zoneKey(zoneId),
    atMs,
    action: event.type,
    roomId: null,
    guildId: zone?.spec.guild_id ?? null,
    body: auditBody(event),
  }
}

function auditBody(event: AuditedEvent): AuditBody {
  const byOne = { actor_user: event.by, target_user: null, reason: '', evidence: null }
  switch (event.type) {
    case 'zone.created': {
      const { name, bounds, players_max } = event.spec
      return { ...byOne, details: { name, bounds, players_max } }
    }
    case 'zone.updated':
      return { ...byOne, details: { changed: Object.keys(event.changes).sort() } }
    case 'zone.closed':
      return { ...byOne, reason: event.reason, details: {} }
    case 'sanction.applied':
    case 'sanction.lifted':
      return sanctionAudit(event, { scope: 'zone' })
  }
}
