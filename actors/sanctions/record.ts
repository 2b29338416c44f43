import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { scopeKey, type WiderKind } from '../../protocol/sanctions/scope.ts'
import { sanctionWorkflowId, type SanctionMessage } from '../../protocol/workflows.ts'
import { sanctionKey } from '../sanction-book.ts'
import { partOf, type ScopeState } from './state.ts'

type EventOf<Type extends ScopeEvent['type']> = Extract<ScopeEvent, { type: Type }>

/**
 * Rows of the record that stand in the same transaction as the event: the sanction, the trail, the audit log, what the workflow has to
 * hear, and that the rooms where the user is have to learn of it. `after` is the state behind it.
 */
export function recordOf(event: ScopeEvent, after: ScopeState, atMs: number): readonly RecordWrite[] {
  return [
    ...(event.type === 'sanction.applied' ? applied(event, after, atMs) : lifted(event, after, atMs)),
    { write: 'sanction.spread', userId: event.user_id, atMs },
    auditOf(event, after, atMs),
  ]
}

function applied(event: EventOf<'sanction.applied'>, after: ScopeState, atMs: number): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, until_ms: untilMs, by, reason, evidence = null } = event
  const replacesTimed = partOf(after, userId).sanctions.get(sanctionKey(kind, userId))?.replacesTimed === true
  return [
    { write: 'sanction.put', ...after.scope, ...{ userId, kind, generation, untilMs, by, reason, atMs } },
    {
      write: 'moderation.event',
      roomId: null,
      ...after.scope,
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

function lifted(event: EventOf<'sanction.lifted'>, after: ScopeState, atMs: number): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, cause, clock, by, reason, evidence = null } = event
  const timed = partOf(after, userId).lifted.get(sanctionKey(kind, userId))?.timed === true
  return [
    { write: 'sanction.lifted', ...after.scope, ...{ userId, kind, generation, atMs, cause } },
    {
      write: 'moderation.event',
      roomId: null,
      ...after.scope,
      ...{ moderatorId: by, targetUserId: userId, action: liftAction[kind], reason, evidence, atMs },
      ...{ expiresAtMs: null, durationS: null, data: { generation, cause, clock } },
    },
    // A workflow that lifted it itself is ending already.
    ...(timed && clock !== 'workflow' ? [ended(after, kind, userId, generation, atMs)] : []),
  ]
}

const refOf = ({ scope }: ScopeState, kind: WiderKind, userId: UserId) => ({ kind, ...scope, userId })

const outbox = (message: SanctionMessage, atMs: number): RecordWrite => ({
  write: 'outbox',
  key: sanctionWorkflowId(message.ref),
  message,
  atMs,
})

const ended = (state: ScopeState, kind: WiderKind, userId: UserId, generation: number, atMs: number): RecordWrite =>
  outbox({ kind: 'sanction.ended', ref: refOf(state, kind, userId), generation }, atMs)

/** In a chain of the scope's own. */
function auditOf(event: ScopeEvent, { scope }: ScopeState, atMs: number): RecordWrite {
  const { kind, generation, user_id: target, by, reason, evidence = null } = event
  const details =
    event.type === 'sanction.applied'
      ? { kind, generation, until_ms: event.until_ms }
      : { kind, generation, cause: event.cause, clock: event.clock }
  return {
    write: 'audit',
    chain: scopeKey(scope),
    atMs,
    action: event.type,
    roomId: null,
    guildId: scope.scope === 'guild' ? scope.scopeId : null,
    body: { actor_user: by, target_user: target, reason, evidence, details: { scope: scope.scope, ...details } },
  }
}
