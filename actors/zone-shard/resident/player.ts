import type { Passage } from '../../../protocol/zone/fence.ts'
import type { ZonePlayer } from '../../../protocol/zone/link-messages.ts'

/**
 * A player whom this region has: it emits for them. One object for as long as they are here, and its numbers change in place: a tick makes nothing new.
 */
export interface Player {
  who: ZonePlayer
  /** Where they stand in the columns. */
  slot: number
  epoch: number
  /** Records sent to their gateway, counted without gaps over all regions that have had them. */
  out: number
  seq: number
  /** Offered to that region until then; null for not. */
  offer: { readonly to: number; readonly untilMs: number } | null
  /** For how many ticks they have stood beyond the border. */
  ticksOut: number
}

export const passageOf = ({ epoch, out, seq }: Player): Passage => ({ epoch, out, seq })

/** The number of a player's gateway. */
export const gatewayOf = (player: number): number => player >>> 20
