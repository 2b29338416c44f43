import type { HeldRaid, Occurrence, Raid, RaidChange, Signup } from '../../persistence/raids/port.ts'
import { AppError } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import { startOf } from '../../protocol/raids/calendar.ts'
import { usualRaidRoles, type RaidSlot, type SignupStatus } from '../../protocol/raids/values.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { Principal } from '../../protocol/room/values.ts'
import { assertLeads, assertOnGoing, assertSees } from './rights.ts'

/** What somebody wants to have written down. */
export interface Wanted {
  readonly userId: UserId
  readonly slot: RaidSlot | null
  readonly role?: string | undefined
  readonly roomRole?: GivenRole | undefined
  readonly status?: SignupStatus | undefined
}

/** Rows of one raid, or of one of its occurrences, whether they go or not: those who decline cost rows, too. */
export const signupRowsMax = 2_000

/** Somebody signs up, or declines, for themselves or by a service. Throws what forbids it. */
export function signedUp(held: HeldRaid, by: Principal, wanted: Wanted, nowMs: number): RaidChange {
  assertSees(by, held.raid, has(held, by.user_id))
  return { putSignup: signupOf(held, wanted, nowMs) }
}

/** A leader says it for somebody. */
export function setByLeader(held: HeldRaid, by: Principal, wanted: Wanted, nowMs: number): RaidChange {
  assertLeads(by, held.raid, has(held, by.user_id))
  const putSignup = signupOf(held, wanted, nowMs)
  const { role, roomRole, status, slot } = putSignup
  const details = { role, room_role: roomRole, status, occurrence: slot }
  return { putSignup, audit: { action: 'raid.signup_set', by: by.user_id, target: wanted.userId, details } }
}

/** Takes back what was said; where nothing was, nothing happens. */
export function withdrawn(held: HeldRaid, by: Principal, { slot, userId }: Wanted, nowMs: number): RaidChange {
  assertSees(by, held.raid, has(held, by.user_id))
  assertOnGoing(held.raid)
  assertSlot(held, slot, nowMs)
  return { dropSignup: { slot, userId } }
}

/** One occurrence does not take place. Throws OCCURRENCE_NOT_FOUND, and RAID_OVER for one that is over. */
export function occurrenceCancelled(
  held: HeldRaid,
  by: Principal,
  slot: RaidSlot,
  reason: string,
  nowMs: number,
): RaidChange {
  assertLeads(by, held.raid, has(held, by.user_id))
  assertOnGoing(held.raid)
  const startsAtMs = assertSlot(held, slot, nowMs) ?? 0
  const audit = { by: by.user_id, reason, details: { occurrence: slot } }
  // The only one there is.
  if (!held.raid.rule)
    return { raid: { ...held.raid, status: 'cancelled' }, audit: { action: 'raid.cancelled', ...audit } }
  return { cancelSlot: { slot, startsAtMs }, audit: { action: 'raid.occurrence_cancelled', ...audit } }
}

const has = ({ signups }: HeldRaid, user: UserId): boolean => signups.some(({ userId }) => userId === user)

function signupOf(held: HeldRaid, wanted: Wanted, nowMs: number): Signup {
  const { raid, signups } = held
  assertOnGoing(raid)
  assertSlot(held, wanted.slot, nowMs)
  const known =
    signups.find(({ userId, slot }) => userId === wanted.userId && slot === wanted.slot) ??
    signups.find(({ userId }) => userId === wanted.userId)
  const status = wanted.status ?? 'going'
  const role = roleOf(raid, wanted.role ?? known?.role, status)
  const signup: Signup = {
    ...{ slot: wanted.slot, userId: wanted.userId, role, status, atMs: nowMs },
    roomRole: wanted.roomRole ?? known?.roomRole ?? 'member',
  }
  if (!known && signups.length >= signupRowsMax) throw new AppError('TOO_MANY_SIGNUPS', { limit: signupRowsMax })
  if (status === 'going') assertRoom(raid, othersGoing(signups, signup), role)
  return signup
}

/** The role as the raid has it. Throws VALIDATION_FAILED for one that it has not. */
function roleOf({ roles }: Raid, role: string | undefined, status: SignupStatus): string {
  const names: readonly string[] = roles.length === 0 ? usualRaidRoles : roles.map((row) => row.role)
  const named = role ?? (status === 'declined' ? names[0] : undefined)
  if (named === undefined) throw new AppError('VALIDATION_FAILED', { field: 'role', problem: 'is needed to go' })
  if (roles.length > 0 && status === 'going' && !names.includes(named)) {
    throw new AppError('VALIDATION_FAILED', { field: 'role', problem: 'is none of this raid', roles: names })
  }
  return named
}

/** Those who go beside this one; what they said of the occurrence counts before what they said of the raid. */
function othersGoing(signups: readonly Signup[], { slot, userId }: Signup): readonly Signup[] {
  const byUser = new Map(signups.filter((one) => one.slot === null).map((one) => [one.userId, one]))
  if (slot !== null) for (const one of signups) if (one.slot === slot) byUser.set(one.userId, one)
  byUser.delete(userId)
  return [...byUser.values()].filter(({ status }) => status === 'going')
}

function assertRoom({ maxParticipants, roles }: Raid, others: readonly Signup[], role: string): void {
  if (others.length >= maxParticipants) throw new AppError('RAID_FULL', { limit: maxParticipants })
  const slots = roles.find((row) => row.role === role)?.slots
  if (slots !== undefined && others.filter((one) => one.role === role).length >= slots) {
    throw new AppError('RAID_ROLE_FULL', { role, limit: slots })
  }
}

/** When the occurrence begins; null where none is named. Throws OCCURRENCE_NOT_FOUND, and RAID_OVER where it is over. */
function assertSlot({ raid, occurrences }: HeldRaid, slot: RaidSlot | null, nowMs: number): number | null {
  if (slot === null) return null
  const row = occurrences.find((one) => one.slot === slot)
  const startsAtMs = row?.startsAtMs ?? startOf(raid, slot)
  if (startsAtMs === null) throw new AppError('OCCURRENCE_NOT_FOUND')
  if (row ? isOver(row) : startsAtMs + raid.durationS * 1_000 <= nowMs) throw new AppError('RAID_OVER')
  return startsAtMs
}

const isOver = ({ status }: Occurrence): boolean => !['planned', 'opening', 'open'].includes(status)
