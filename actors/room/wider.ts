import type { UserId } from '../../protocol/ids.ts'
import { isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { SanctionView } from '../../protocol/room/view.ts'
import type { WiderKind, WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { RoomState } from './state.ts'

/** What a room knows of sanctions beyond it: of its guild and of the whole service. Never more than stand on those who have a seat. */

const none: readonly WiderSanction[] = []

export const widerOf = ({ wider }: Pick<RoomState, 'wider'>, userId: UserId): readonly WiderSanction[] =>
  wider.get(userId) ?? none

/** Those whose time has not come. */
export const inForce = (sanctions: readonly WiderSanction[], nowMs: number): readonly WiderSanction[] =>
  sanctions.filter(({ until_ms: untilMs }) => untilMs === null || untilMs > nowMs)

/** Whether one of that kind is among them. */
export const has = (sanctions: readonly WiderSanction[], kind: WiderKind): boolean =>
  sanctions.some((sanction) => sanction.kind === kind)

/** The one of that kind that lasts longest. */
export function longestOf(sanctions: readonly WiderSanction[], kind: WiderKind): WiderSanction | null {
  let longest: WiderSanction | null = null
  for (const sanction of sanctions) {
    if (sanction.kind === kind && (!longest || endOf(sanction) > endOf(longest))) longest = sanction
  }
  return longest
}

const endOf = ({ until_ms: untilMs }: WiderSanction): number => untilMs ?? Number.POSITIVE_INFINITY

/** The same sanctions, in whatever order. */
export function areSame(one: readonly WiderSanction[], other: readonly WiderSanction[]): boolean {
  if (one.length !== other.length) return false
  return one.every((a) =>
    other.some(
      (b) => a.scope === b.scope && a.kind === b.kind && a.generation === b.generation && a.until_ms === b.until_ms,
    ),
  )
}

/** The soonest deadline, Unix ms; infinity for none. Linear in those who carry any. */
export function soonestWiderEndMs({ wider }: RoomState): number {
  let soonest = Number.POSITIVE_INFINITY
  for (const sanctions of wider.values()) for (const one of sanctions) soonest = Math.min(soonest, endOf(one))
  return soonest
}

/** Those on whom something stands whose time has come. */
export function* widerDue({ wider }: RoomState, nowMs: number): Iterable<UserId> {
  for (const [userId, sanctions] of wider) if (sanctions.some((one) => endOf(one) <= nowMs)) yield userId
}

/** The state with exactly these on the user. */
export function withWider(state: RoomState, userId: UserId, sanctions: readonly WiderSanction[]): RoomState {
  if (sanctions.length === 0 && !state.wider.has(userId)) return state
  const wider = new Map(state.wider)
  if (sanctions.length === 0) wider.delete(userId)
  else wider.set(userId, sanctions)
  return { ...state, wider }
}

/** As sockets are shown what stands on one user. */
export const presentWider = (state: RoomState, userId: UserId): readonly SanctionView[] =>
  widerOf(state, userId).map(({ scope, kind, generation, until_ms: untilMs }) => ({
    ...{ scope, kind, user_id: userId, generation },
    until: isoTimeOrNull(untilMs),
  }))

/** What a user who is kept out is told; null for who is not. */
export function widerBan(sanctions: readonly WiderSanction[]): Record<string, unknown> | null {
  const ban = longestOf(sanctions, 'ban')
  return ban && { scope: ban.scope, until: isoTimeOrNull(ban.until_ms) }
}
