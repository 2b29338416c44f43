import type { UserId } from '../ids.ts'
import type { ExpireReply } from '../room/replies.ts'
import type { WiderKind } from '../sanctions/scope.ts'
import type { ZoneId } from './plan.ts'
import type { WatchReply } from './root-link.ts'
import type { ZoneView } from './view.ts'

/** A sanction of a zone as it stands now. */
export interface ZoneSanctionReply {
  readonly zone_id: ZoneId
  readonly kind: WiderKind
  readonly user_id: UserId
  readonly generation: number
}

/** The map after a cut or a merger, and the regions that are new in it. */
export interface MapReply {
  readonly version: number
  readonly regions: readonly number[]
}

/** The value of a root's `ok` or `accepted` answer, by the command's type. */
export interface ZoneReplies {
  readonly create: ZoneView
  readonly update: ZoneView
  readonly close: ZoneView
  readonly sanction: ZoneSanctionReply & { readonly until: string | null }
  readonly lift: ZoneSanctionReply
  readonly expire: ExpireReply
  /** Allowed; else it is refused. */
  readonly authorize: null
  readonly view: ZoneView
  readonly wake: null
  readonly watch: WatchReply
  readonly unwatch: null
  readonly players: null
  readonly cut: MapReply
  readonly merge: MapReply
}
