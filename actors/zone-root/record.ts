import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { AuditBody } from '../../protocol/audit.ts'
import { zoneKey } from '../../protocol/zone/plan.ts'
import type { ZoneEvent } from '../../protocol/zone/events.ts'
import { regionsOf } from '../../protocol/zone/region-map.ts'
import type { SanctionKind } from '../../protocol/room/values.ts'
import { sanctionWorkflowId, type SanctionMessage } from '../../protocol/workflows.ts'
import { sanctionKey } from '../sanction-book.ts'
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
      return [...zoneRow(after), ...applied(event, after, atMs), auditOf(event, after, atMs)]
    case 'sanction.lifted':
      return [...zoneRow(after), ...lifted(event, after, atMs), auditOf(event, after, atMs)]
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

const scopeOf = ({ zoneId }: ZoneState) => ({ scope: 'zone', scopeId: zoneId }) as const

function applied(event: EventOf<'sanction.applied'>, after: ZoneState, atMs: number): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, until_ms: untilMs, by, reason, evidence = null } = event
  const replacesTimed = after.book.sanctions.get(sanctionKey(kind, userId))?.replacesTimed === true
  return [
    { write: 'sanction.put', ...scopeOf(after), ...{ userId, kind, generation, untilMs, by, reason, atMs } },
    {
      write: 'moderation.event',
      roomId: null,
      ...scopeOf(after),
      ...{ moderatorId: by, targetUserId: userId, action: kind, reason, evidence, atMs },
      expiresAtMs: untilMs,
      durationS: untilMs === null ? null : Math.round((untilMs - atMs) / 1_000),
      data: { generation },
    },
    ...(untilMs === null
      ? replacesTimed
        ? [ended(after, kind, userId, generation, atMs)]
        : []
      : [outbox({ kind: 'sanction.set', ref: refOf(after, kind, userId), generation, untilMs }, atMs)]),
  ]
}

const liftAction = { mute: 'unmute', deafen: 'undeafen', ban: 'unban' } as const

function lifted(event: EventOf<'sanction.lifted'>, after: ZoneState, atMs: number): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, cause, clock, by, reason, evidence = null } = event
  const timed = after.book.lifted.get(sanctionKey(kind, userId))?.timed === true
  return [
    { write: 'sanction.lifted', ...scopeOf(after), ...{ userId, kind, generation, atMs, cause } },
    {
      write: 'moderation.event',
      roomId: null,
      ...scopeOf(after),
      ...{ moderatorId: by, targetUserId: userId, action: liftAction[kind], reason, evidence, atMs },
      ...{ expiresAtMs: null, durationS: null, data: { generation, cause, clock } },
    },
    // A workflow that lifted it itself is ending already.
    ...(timed && clock !== 'workflow' ? [ended(after, kind, userId, generation, atMs)] : []),
  ]
}

/** Sanctions with a deadline end with the zone: nobody can enter any more, and no clock waits. */
function clocksEnded(after: ZoneState, atMs: number): readonly RecordWrite[] {
  const timed = [...after.book.sanctions.values()].filter(({ untilMs }) => untilMs !== null)
  return timed.flatMap(({ kind, userId, generation }): readonly RecordWrite[] => [
    { write: 'sanction.lifted', ...scopeOf(after), ...{ userId, kind, generation, atMs, cause: 'zone_closed' } },
    ended(after, kind, userId, generation, atMs),
  ])
}

const refOf = (state: ZoneState, kind: SanctionKind, userId: UserId) => ({ kind, ...scopeOf(state), userId })

const outbox = (message: SanctionMessage, atMs: number): RecordWrite => ({
  write: 'outbox',
  key: sanctionWorkflowId(message.ref),
  message,
  atMs,
})

const ended = (state: ZoneState, kind: SanctionKind, userId: UserId, generation: number, atMs: number): RecordWrite =>
  outbox({ kind: 'sanction.ended', ref: refOf(state, kind, userId), generation }, atMs)

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
    case 'sanction.lifted': {
      const { kind, generation, user_id: target, reason, evidence = null } = event
      const details =
        event.type === 'sanction.applied'
          ? { kind, generation, until_ms: event.until_ms }
          : { kind, generation, cause: event.cause, clock: event.clock }
      return { ...byOne, target_user: target, reason, evidence, details: { scope: 'zone', ...details } }
    }
  }
}
