import type { UserId } from '../ids.ts'
import type { ExpireReply } from '../room/replies.ts'
import type { WiderKind, WiderScope } from './scope.ts'

/** A sanction of a scope as it stands now. */
export interface WiderSanctionReply {
  readonly scope: WiderScope
  /** The guild's id, or `all`. */
  readonly scope_id: string
  readonly kind: WiderKind
  readonly user_id: UserId
  readonly generation: number
}

/** The value of a scope's `ok` answer, by the command's type. */
export interface ScopeReplies {
  readonly apply: WiderSanctionReply & { readonly until: string | null }
  readonly lift: WiderSanctionReply
  readonly expire: ExpireReply
  /** Allowed; else it is refused. */
  readonly authorize: null
  readonly wake: null
}
