import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { sanctionKey, withApplied, withLifted } from '../sanction-book.ts'
import { bookOf, liftedOfPartMax, partOf, withBook, type ScopeState } from './state.ts'

/** Applies a journaled fact. Never refuses. */
export function evolve(state: ScopeState, event: ScopeEvent): ScopeState {
  const { user_id: userId } = event
  const before = bookOf(state, userId)
  const key = sanctionKey(event.kind, userId)
  const ranks = new Map(partOf(state, userId).ranks)
  if (event.type === 'sanction.applied') {
    return withBook(state, userId, withApplied(before, event), ranks.set(key, event.rank))
  }
  const book = withLifted(before, event, liftedOfPartMax)
  if (book === before) return state
  ranks.delete(key)
  return withBook(state, userId, book, ranks)
}
