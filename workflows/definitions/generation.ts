import type { ExpireSanctionResult, SanctionEnded, SanctionStanding, SetSanction } from '../../protocol/workflows.ts'

/*
 * Messages may come twice and out of order: a relay that dies between its call and its mark sends again, with a new request
 * id, so Temporal cannot tell. The generation can: the room counts it up with every change of a sanction.
 */

/** Before the first message. */
export const nothingSet: SanctionStanding = { generation: 0, untilMs: null }

/** A newer generation replaces what stands; a repeated or older one changes nothing. */
export const afterSet = (standing: SanctionStanding, { generation, untilMs }: SetSanction): SanctionStanding =>
  generation > standing.generation ? { generation, untilMs } : standing

/** The end of this or a newer generation leaves nothing to wait for; the end of an older one changes nothing. */
export const afterEnded = (standing: SanctionStanding, { generation }: SanctionEnded): SanctionStanding =>
  generation >= standing.generation ? { generation, untilMs: null } : standing

/**
 * The room is not asked again sooner, in ms: its clock may lag behind Temporal's, and then every answer until it has caught
 * up names a moment that has passed here already.
 */
export const askAgainMs = 250

/** What stands after the room's answer for `generation`. Says nothing of a newer one that came while the room was asked. */
export function afterExpiry(
  standing: SanctionStanding,
  generation: number,
  { notBeforeMs }: ExpireSanctionResult,
  nowMs: number,
): SanctionStanding {
  if (standing.generation !== generation || standing.untilMs === null) return standing
  return { generation, untilMs: notBeforeMs === null ? null : Math.max(notBeforeMs, nowMs + askAgainMs) }
}
