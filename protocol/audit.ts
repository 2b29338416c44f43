import { Type, type Static } from '@sinclair/typebox'
import { UserId } from './ids.ts'
import { strict } from './tagged-union.ts'

/** What was done, in the form `thing.what_happened_to_it`, as the events are called. */
export const AuditAction = Type.String({ pattern: '^[a-z_]+(\\.[a-z_]+)+$', maxLength: 40 })

/**
 * The part of an audit row that speaks of people: it can be erased, and the chain goes on. FROZEN: its canonical JSON is
 * hashed, so a field that was there once keeps its name and meaning.
 */
export const AuditBody = strict({
  /** Who did it; `system` for the clocks. */
  actor_user: UserId,
  /** To whom; null where it was done to no one person. */
  target_user: Type.Unsafe<UserId | null>({ ...UserId, type: ['string', 'null'] }),
  reason: Type.String(),
  /** Where the evidence lies, as the moderator named it. */
  evidence: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  /** Whatever else belongs to this action. */
  details: Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object' }),
})
export type AuditBody = Static<typeof AuditBody>
