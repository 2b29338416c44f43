import type { Rank } from '../../protocol/sanctions/events.ts'
import type { Scope } from '../../protocol/sanctions/scope.ts'
import { emptyBook, type SanctionBook, type SanctionKey } from '../sanction-book.ts'

/**
 * Sanctions in force that one scope carries at the most; above it a new one is refused with TOO_MANY_SANCTIONS. The state is copied with
 * every change: at the bound that takes some ten milliseconds, of an actor that is seldom asked.
 */
export const widerSanctionsMax = 50_000

/** The sanctions of a guild or of the whole service, as their actor holds them. Immutable. */
export interface ScopeState extends SanctionBook {
  readonly scope: Scope
  /** How high they stood who put each on that is in force. */
  readonly ranks: ReadonlyMap<SanctionKey, Rank>
}

export const initialState = (scope: Scope): ScopeState => ({ ...emptyBook, scope, ranks: new Map() })
