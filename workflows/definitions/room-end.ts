import { endWarningsMs } from '../../protocol/workflows.ts'
import type { CloseRoomResult, RoomEndStanding, SetRoomEnd } from '../../protocol/workflows.ts'
import { askAgainMs } from './generation.ts'

/** Before the first message. */
export const noEndSet: RoomEndStanding = { generation: 0, atMs: null, warns: false, warnedMs: null }

/** A newer generation replaces what stands, its warnings included; a repeated or older one changes nothing. */
export const afterSetEnd = (standing: RoomEndStanding, { generation, atMs, warns }: SetRoomEnd): RoomEndStanding =>
  generation > standing.generation ? { generation, atMs, warns, warnedMs: null } : standing

export interface NextStep {
  /** Unix ms. */
  readonly atMs: number
  /** How long before the end, for a warning; null for the end itself. */
  readonly warnMs: number | null
}

/** What is to be done next, and when. A warning whose time passed before anybody could give it is left out. */
export function nextStep({ atMs, warns, warnedMs }: RoomEndStanding, nowMs: number): NextStep | null {
  if (atMs === null) return null
  const given = warnedMs ?? Number.POSITIVE_INFINITY
  const leftMs = warns ? endWarningsMs.find((left) => left < given && atMs - left > nowMs - warnLateMs) : undefined
  return leftMs === undefined ? { atMs, warnMs: null } : { atMs: atMs - leftMs, warnMs: leftMs }
}

/** So late a warning is still given, ms. */
const warnLateMs = 30_000

/** The warning of this generation was given, or nobody could be warned. */
export const afterWarning = (standing: RoomEndStanding, generation: number, warnedMs: number): RoomEndStanding =>
  standing.generation === generation ? { ...standing, warnedMs } : standing

/** What stands after the room's answer for `generation`. Says nothing of a newer one that came while the room was asked. */
export function afterClosing(
  standing: RoomEndStanding,
  generation: number,
  { notBeforeMs }: CloseRoomResult,
  nowMs: number,
): RoomEndStanding {
  if (standing.generation !== generation || standing.atMs === null) return standing
  return { ...standing, atMs: notBeforeMs === null ? null : Math.max(notBeforeMs, nowMs + askAgainMs) }
}
