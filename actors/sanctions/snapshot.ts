import { Type, type Static } from '@sinclair/typebox'
import { decoder } from '../../protocol/codec.ts'
import { UserId } from '../../protocol/ids.ts'
import { Rank } from '../../protocol/sanctions/events.ts'
import { WiderKind, type Scope } from '../../protocol/sanctions/scope.ts'
import { strict } from '../../protocol/tagged-union.ts'
import { sanctionKey } from '../sanction-book.ts'
import { initialState, type ScopeState } from './state.ts'

/*
 * FROZEN: snapshots of this shape lie in the store. A change needs a new `v` and a reader for this one, or scopes that an older version
 * kept can no longer be activated.
 */
const generation = Type.Integer({ minimum: 1 })

export const ScopeSnapshot = strict({
  v: Type.Literal(1),
  sanctions: Type.Array(
    strict({
      kind: WiderKind,
      user_id: UserId,
      generation,
      until_ms: Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0 }),
      replaces_timed: Type.Boolean(),
      rank: Rank,
    }),
  ),
  /** In the order of lifting. */
  lifted: Type.Array(strict({ kind: WiderKind, user_id: UserId, generation, timed: Type.Boolean() })),
  generation_floor: Type.Integer({ minimum: 0 }),
})
export type ScopeSnapshot = Static<typeof ScopeSnapshot>

const decode = decoder(ScopeSnapshot)

export const toSnapshot = (state: ScopeState): ScopeSnapshot => ({
  v: 1,
  sanctions: Array.from(state.sanctions, ([key, running]) => ({
    // A scope's actor takes no other kinds.
    kind: running.kind as WiderKind,
    user_id: running.userId,
    generation: running.generation,
    until_ms: running.untilMs,
    replaces_timed: running.replacesTimed,
    rank: state.ranks.get(key) ?? 'privileged',
  })),
  lifted: Array.from(state.lifted.values(), (past) => ({
    kind: past.kind as WiderKind,
    user_id: past.userId,
    generation: past.generation,
    timed: past.timed,
  })),
  generation_floor: state.generationFloor,
})

/** Throws VALIDATION_FAILED for what this version cannot read: the scope then refuses to start. */
export function fromSnapshot(scope: Scope, raw: unknown): ScopeState {
  const kept = decode(raw)
  const keyOf = ({ kind, user_id: userId }: { kind: WiderKind; user_id: UserId }) => sanctionKey(kind, userId)
  return {
    ...initialState(scope),
    sanctions: new Map(
      kept.sanctions.map((running) => [
        keyOf(running),
        {
          kind: running.kind,
          userId: running.user_id,
          generation: running.generation,
          untilMs: running.until_ms,
          replacesTimed: running.replaces_timed,
        },
      ]),
    ),
    ranks: new Map(kept.sanctions.map((running) => [keyOf(running), running.rank])),
    lifted: new Map(
      kept.lifted.map((past) => [
        keyOf(past),
        { kind: past.kind, userId: past.user_id, generation: past.generation, timed: past.timed },
      ]),
    ),
    generationFloor: kept.generation_floor,
  }
}
