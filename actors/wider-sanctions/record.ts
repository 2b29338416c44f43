import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { AuditBody } from '../../protocol/audit.ts'
import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import type { WiderScope } from '../../protocol/sanctions/scope.ts'
import { sanctionWorkflowId, type SanctionMessage, type SanctionRef } from '../../protocol/workflows.ts'
import { sanctionKey, type SanctionBook } from '../sanction-book.ts'

type EventOf<Type extends ScopeEvent['type']> = Extract<ScopeEvent, { type: Type }>

/** Where sanctions hold that hold beyond one room. */
export interface HeldIn {
  readonly scope: WiderScope | 'zone'
  readonly scopeId: string
}
type Book = Pick<SanctionBook, 'sanctions' | 'lifted'>

/** Rows of the record for a sanction that was put on or taken off there: itself, the trail, and what its workflow has to hear. `book` is the one behind it. */
export const sanctionRows = (event: ScopeEvent, held: HeldIn, book: Book, atMs: number): readonly RecordWrite[] =>
  event.type === 'sanction.applied' ? applied(event, held, book, atMs) : lifted(event, held, book, atMs)

function applied(
  event: EventOf<'sanction.applied'>,
  { scope, scopeId }: HeldIn,
  book: Book,
  atMs: number,
): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, until_ms: untilMs, by, reason, evidence = null } = event
  const replacesTimed = book.sanctions.get(sanctionKey(kind, userId))?.replacesTimed === true
  const ref = { kind, scope, scopeId, userId }
  return [
    { write: 'sanction.put', ...ref, ...{ generation, untilMs, by, reason, atMs } },
    {
      write: 'moderation.event',
      roomId: null,
      ...{ scope, scopeId, moderatorId: by, targetUserId: userId, action: kind, reason, evidence, atMs },
      expiresAtMs: untilMs,
      durationS: untilMs === null ? null : Math.round((untilMs - atMs) / 1_000),
      data: { generation },
    },
    ...(untilMs === null
      ? replacesTimed
        ? [ended(ref, generation, atMs)]
        : []
      : [outbox({ kind: 'sanction.set', ref, generation, untilMs }, atMs)]),
  ]
}

const liftAction = { mute: 'unmute', deafen: 'undeafen', ban: 'unban' } as const

function lifted(
  event: EventOf<'sanction.lifted'>,
  { scope, scopeId }: HeldIn,
  book: Book,
  atMs: number,
): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, cause, clock, by, reason, evidence = null } = event
  const timed = book.lifted.get(sanctionKey(kind, userId))?.timed === true
  const ref = { kind, scope, scopeId, userId }
  return [
    { write: 'sanction.lifted', ...ref, ...{ generation, atMs, cause } },
    {
      write: 'moderation.event',
      roomId: null,
      ...{ scope, scopeId, moderatorId: by, targetUserId: userId, action: liftAction[kind], reason, evidence, atMs },
      ...{ expiresAtMs: null, durationS: null, data: { generation, cause, clock } },
    },
    // A workflow that lifted it itself is ending already.
    ...(timed && clock !== 'workflow' ? [ended(ref, generation, atMs)] : []),
  ]
}

/** What the audit log says of it. */
export function sanctionAudit(event: ScopeEvent, { scope }: Pick<HeldIn, 'scope'>): AuditBody {
  const { kind, generation, user_id: target, by, reason, evidence = null } = event
  const details =
    event.type === 'sanction.applied'
      ? { kind, generation, until_ms: event.until_ms }
      : { kind, generation, cause: event.cause, clock: event.clock }
  return { actor_user: by, target_user: target, reason, evidence, details: { scope, ...details } }
}

const outbox = (message: SanctionMessage, atMs: number): RecordWrite => ({
  write: 'outbox',
  key: sanctionWorkflowId(message.ref),
  message,
  atMs,
})

/** Its workflow need not wait for a deadline any more. */
export const ended = (ref: SanctionRef, generation: number, atMs: number): RecordWrite =>
  outbox({ kind: 'sanction.ended', ref, generation }, atMs)
