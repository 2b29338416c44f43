import { Type, type Static } from '@sinclair/typebox'
import { decoder } from '../../protocol/codec.ts'
import { UserId } from '../../protocol/ids.ts'
import { Rank } from '../../protocol/sanctions/events.ts'
import { WiderKind, type Scope } from '../../protocol/sanctions/scope.ts'
import { strict } from '../../protocol/tagged-union.ts'
import { sanctionKey, type LiftedSanction, type RunningSanction, type SanctionKey } from '../sanction-book.ts'
import { indexOf, initialState, withBook, type ScopeState } from './state.ts'

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
  /** Those of one user in the order of lifting. */
  lifted: Type.Array(strict({ kind: WiderKind, user_id: UserId, generation, timed: Type.Boolean() })),
  generation_floor: Type.Integer({ minimum: 0 }),
})
export type ScopeSnapshot = Static<typeof ScopeSnapshot>

const decode = decoder(ScopeSnapshot)

export const toSnapshot = ({ parts, generationFloor }: ScopeState): ScopeSnapshot => ({
  v: 1,
  sanctions: parts.flatMap(({ sanctions, ranks }) =>
    Array.from(sanctions, ([key, running]) => ({
      // A scope's actor takes no other kinds.
      kind: running.kind as WiderKind,
      user_id: running.userId,
      generation: running.generation,
      until_ms: running.untilMs,
      replaces_timed: running.replacesTimed,
      rank: ranks.get(key) ?? 'privileged',
    })),
  ),
  lifted: parts.flatMap(({ lifted }) =>
    Array.from(lifted.values(), (past) => ({
      kind: past.kind as WiderKind,
      user_id: past.userId,
      generation: past.generation,
      timed: past.timed,
    })),
  ),
  generation_floor: generationFloor,
})

/** Throws VALIDATION_FAILED for what this version cannot read: the scope then refuses to start. */
export function fromSnapshot(scope: Scope, raw: unknown): ScopeState {
  const kept = decode(raw)
  const books = new Map<number, Draft>()
  const draftOf = (userId: UserId): Draft => {
    const index = indexOf(userId)
    const draft = books.get(index) ?? { userId, sanctions: new Map(), lifted: new Map(), ranks: new Map() }
    books.set(index, draft)
    return draft
  }
  for (const { kind, user_id: userId, generation: of, until_ms: untilMs, ...running } of kept.sanctions) {
    const key = sanctionKey(kind, userId)
    const { replaces_timed: replacesTimed, rank } = running
    draftOf(userId).sanctions.set(key, { kind, userId, generation: of, untilMs, replacesTimed })
    draftOf(userId).ranks.set(key, rank)
  }
  for (const { kind, user_id: userId, generation: of, timed } of kept.lifted) {
    draftOf(userId).lifted.set(sanctionKey(kind, userId), { kind, userId, generation: of, timed })
  }
  const { generation_floor: generationFloor } = kept
  const empty = { ...initialState(scope), generationFloor }
  return [...books.values()].reduce(
    (state, { userId, ranks, ...book }) => withBook(state, userId, { ...book, generationFloor }, ranks),
    empty,
  )
}

/** A part in the making, and one of the users whose it is. */
interface Draft {
  readonly userId: UserId
  readonly sanctions: Map<SanctionKey, RunningSanction>
  readonly lifted: Map<SanctionKey, LiftedSanction>
  readonly ranks: Map<SanctionKey, Rank>
}
