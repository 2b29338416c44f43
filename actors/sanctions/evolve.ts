import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { sanctionKey, withApplied, withLifted } from '../sanction-book.ts'
import type { ScopeState } from './state.ts'

/** Applies a journaled fact. Never refuses. */
export function evolve(state: ScopeState, event: ScopeEvent): ScopeState {
  const ranks = new Map(state.ranks)
  const key = sanctionKey(event.kind, event.user_id)
  if (event.type === 'sanction.applied') {
    return { ...state, ...withApplied(state, event), ranks: ranks.set(key, event.rank) }
  }
  const book = withLifted(state, event)
  if (book === state) return state
  ranks.delete(key)
  return { ...state, ...book, ranks }
}
