import type { UserId } from '../protocol/ids.ts'
import type { SanctionKind } from '../protocol/room/values.ts'

/*
 * Sanctions as an actor keeps them, of a room or of a wider scope. Every value is immutable, as the actor's state around it is.
 */

/** Sanctions in force that one actor carries at the most; above it a new one is refused with TOO_MANY_SANCTIONS. */
export const sanctionsMax = 2_000
/** Lifted sanctions whose generation is remembered one by one; older ones are forgotten into `generationFloor`. */
export const liftedMax = 2_000

/** A sanction in force. */
export interface RunningSanction {
  readonly kind: SanctionKind
  readonly userId: UserId
  readonly generation: number
  /** Unix ms; null is permanent. */
  readonly untilMs: number | null
  /** It took the place of one with a deadline, for which a workflow runs. */
  readonly replacesTimed: boolean
}

/** A sanction that is over: its generation must not be given out again. */
export interface LiftedSanction {
  readonly kind: SanctionKind
  readonly userId: UserId
  readonly generation: number
  /** It had a deadline, for which a workflow runs. */
  readonly timed: boolean
}

export type SanctionKey = `${SanctionKind}:${UserId}`

export interface SanctionBook {
  readonly sanctions: ReadonlyMap<SanctionKey, RunningSanction>
  /** In the order of lifting; a key is in one of the two maps at the most. */
  readonly lifted: ReadonlyMap<SanctionKey, LiftedSanction>
  /** No generation up to this one is given out again. */
  readonly generationFloor: number
}

export const emptyBook: SanctionBook = { sanctions: new Map(), lifted: new Map(), generationFloor: 0 }

export const sanctionKey = (kind: SanctionKind, userId: UserId): SanctionKey => `${kind}:${userId}`

/** The generation a new sanction gets: above every earlier one of this kind and user. */
export function nextGeneration(book: SanctionBook, key: SanctionKey): number {
  const last = book.sanctions.get(key)?.generation ?? book.lifted.get(key)?.generation ?? 0
  return Math.max(last, book.generationFloor) + 1
}

export const isDue = ({ untilMs }: RunningSanction, nowMs: number): boolean => untilMs !== null && untilMs <= nowMs

/** The sanction if it stands at that time: one whose deadline has passed does not, whoever has still to lift it. */
export function standing(
  book: SanctionBook,
  kind: SanctionKind,
  userId: UserId,
  nowMs: number,
): RunningSanction | null {
  const running = book.sanctions.get(sanctionKey(kind, userId))
  return running && !isDue(running, nowMs) ? running : null
}

/** The soonest deadline, Unix ms; infinity for none. Linear in the sanctions. */
export function soonestEndMs({ sanctions }: SanctionBook): number {
  let soonest = Number.POSITIVE_INFINITY
  for (const { untilMs } of sanctions.values()) if (untilMs !== null && untilMs < soonest) soonest = untilMs
  return soonest
}

/** What an applied sanction says. */
export interface AppliedSanction {
  readonly kind: SanctionKind
  readonly user_id: UserId
  readonly generation: number
  readonly until_ms: number | null
}

/** The book with that sanction in force, in the place of an earlier one of its kind and user. */
export function withApplied(book: SanctionBook, event: AppliedSanction): SanctionBook {
  const { kind, user_id: userId, generation, until_ms: untilMs } = event
  const key = sanctionKey(kind, userId)
  const earlier = book.sanctions.get(key)
  const replacesTimed = earlier !== undefined && earlier.untilMs !== null
  const past = new Map(book.lifted)
  past.delete(key)
  return {
    sanctions: new Map(book.sanctions).set(key, { kind, userId, generation, untilMs, replacesTimed }),
    lifted: past,
    generationFloor: book.generationFloor,
  }
}

/** The book without that generation; the same one where it is not in force. It remembers so many lifted ones one by one. */
export function withLifted(
  book: SanctionBook,
  event: Pick<AppliedSanction, 'kind' | 'user_id' | 'generation'>,
  rememberedMax: number = liftedMax,
): SanctionBook {
  const { kind, user_id: userId, generation } = event
  const key = sanctionKey(kind, userId)
  const running = book.sanctions.get(key)
  if (running?.generation !== generation) return book
  const sanctions = new Map(book.sanctions)
  sanctions.delete(key)
  const past = new Map(book.lifted).set(key, { kind, userId, generation, timed: running.untilMs !== null })
  return { sanctions, lifted: past, generationFloor: forgetOldest(past, book.generationFloor, rememberedMax) }
}

/** Keeps the map within its bound; what it forgets stays below the floor that is returned. */
function forgetOldest(
  past: Map<SanctionKey, { readonly generation: number }>,
  floor: number,
  rememberedMax: number,
): number {
  let raised = floor
  for (const [key, { generation }] of past) {
    if (past.size <= rememberedMax) break
    past.delete(key)
    raised = Math.max(raised, generation)
  }
  return raised
}
