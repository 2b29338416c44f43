import type { UserId } from '../../protocol/ids.ts'
import type { LiftClock } from '../../protocol/room/values.ts'
import type { Apply, LiftWider } from '../../protocol/sanctions/commands.ts'
import type { Rank, ScopeEvent } from '../../protocol/sanctions/events.ts'
import type { WiderKind } from '../../protocol/sanctions/scope.ts'
import type { Static } from '@sinclair/typebox'
import type { RunningSanction } from '../sanction-book.ts'

/*
 * Facts about sanctions that hold beyond one room, of a guild, the service or a zone: each is written in one way, whichever actor decides it.
 */

type Applying = Omit<Static<typeof Apply>, 'type'>
type Lifting = Omit<Static<typeof LiftWider>, 'type'>

/** Who stands for the clocks where somebody's id is asked for. */
const system = 'system' as UserId

/** Somebody of that rank puts it on, until then (Unix ms; null for good). */
export const appliedEvent = (
  { by, kind, target_user_id: userId, reason, evidence }: Applying,
  { generation, untilMs, rank }: { readonly generation: number; readonly untilMs: number | null; readonly rank: Rank },
): ScopeEvent => ({
  type: 'sanction.applied',
  v: 1,
  ...{ kind, user_id: userId, generation, until_ms: untilMs, by: by.user_id, rank, reason },
  ...evidenceOf(evidence),
})

/** Somebody takes it off early. */
export const liftedEvent = (
  { by, kind, target_user_id: userId, reason, evidence }: Lifting,
  { generation }: Pick<RunningSanction, 'generation'>,
): ScopeEvent => ({
  type: 'sanction.lifted',
  v: 1,
  ...{ kind, user_id: userId, generation, cause: 'moderator', clock: 'none', by: by.user_id, reason },
  ...evidenceOf(evidence),
})

/** Its time has come, by that clock. */
export const expiredEvent = ({ kind, userId, generation }: RunningSanction, clock: LiftClock): ScopeEvent => ({
  type: 'sanction.lifted',
  v: 1,
  // Beyond a room there are no other kinds.
  kind: kind as WiderKind,
  ...{ user_id: userId, generation, cause: 'expired', clock, by: system, reason: '' },
})

const evidenceOf = (evidence: string | undefined) => (evidence === undefined ? {} : { evidence })
