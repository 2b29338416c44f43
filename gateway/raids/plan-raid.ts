import type { HeldRaid, PlannedRaids, Raid, RaidChange } from '../../persistence/raids/port.ts'
import { AppError } from '../../protocol/errors.ts'
import type { CreateRaidBody, UpdateRaidBody } from '../../protocol/http/raids.ts'
import type { UserId } from '../../protocol/ids.ts'
import { dateAt, nextSlot, type FullRule } from '../../protocol/raids/calendar.ts'
import { raidBounds, weekdays, type RaidId, type RaidRoleSlots, type RaidRule } from '../../protocol/raids/values.ts'
import { properZone } from '../../protocol/raids/zone.ts'
import type { Principal } from '../../protocol/room/values.ts'
import { assertLeads, assertOnGoing } from './rights.ts'

/*
 * What calls make of a raid. Pure: time comes in as an argument, what is forbidden goes out as an AppError.
 */

/** Raids that are neither over nor cancelled, of one creator and of one guild. */
export const plannedMax = { byCreator: 50, ofGuild: 200 } as const

/** Throws TOO_MANY_RAIDS. */
export function assertFewRaids({ byCreator, ofGuild }: PlannedRaids): void {
  if (byCreator >= plannedMax.byCreator) throw new AppError('TOO_MANY_RAIDS', { limit: plannedMax.byCreator })
  if (ofGuild >= plannedMax.ofGuild) throw new AppError('TOO_MANY_RAIDS', { limit: plannedMax.ofGuild })
}

/** A new raid. Throws VALIDATION_FAILED. */
export function newRaid(raidId: RaidId, body: CreateRaidBody, creatorId: UserId, nowMs: number): Raid {
  if ((body.starts_at === undefined) === (body.rule === undefined)) throw misfit('starts_at', 'or a rule, one of them')
  const onceAtMs = body.starts_at === undefined ? null : futureMoment(body.starts_at, nowMs)
  const rule = body.rule === undefined ? null : fullRule(body.rule, nowMs)
  return {
    ...{ raidId, creatorId, guildId: body.guild_id ?? null, name: body.name, description: body.description ?? '' },
    ...{ onceAtMs, rule, nextAtMs: onceAtMs ?? firstStart(rule, nowMs) },
    durationS: body.duration_s ?? raidBounds.durationS.usual,
    opensBeforeS: body.opens_before_s ?? raidBounds.opensBeforeS.usual,
    maxParticipants: body.max_participants ?? raidBounds.participants.usual,
    region: body.region ?? null,
    roles: distinctRoles(body.roles ?? []),
    ...{ status: 'active', generation: 1, createdAtMs: nowMs, updatedAtMs: nowMs },
  }
}

/**
 * An edit. What is under way keeps its start: the hour of a raid that happens once is not moved any more then. Throws what forbids it.
 */
export function edited(
  { raid, occurrences }: HeldRaid,
  by: Principal,
  body: UpdateRaidBody,
  nowMs: number,
): RaidChange {
  assertLeads(by, raid)
  assertOnGoing(raid)
  const { starts_at: startsAt, rule: newRule } = body
  if (startsAt !== undefined && raid.rule) throw misfit('starts_at', 'is not of a raid with a rule')
  if (newRule !== undefined && !raid.rule) throw misfit('rule', 'is not of a raid that happens once')
  const isUnderWay = occurrences.some(({ status }) => status === 'opening' || status === 'open')
  if (startsAt !== undefined && isUnderWay) throw new AppError('RAID_UNDER_WAY')
  const rule = newRule === undefined ? raid.rule : fullRule(newRule, nowMs, raid.rule)
  if (newRule !== undefined) firstStart(rule, nowMs)
  const next: Raid = {
    ...raid,
    rule,
    onceAtMs: startsAt === undefined ? raid.onceAtMs : futureMoment(startsAt, nowMs),
    name: body.name ?? raid.name,
    description: body.description ?? raid.description,
    durationS: body.duration_s ?? raid.durationS,
    opensBeforeS: body.opens_before_s ?? raid.opensBeforeS,
    maxParticipants: body.max_participants ?? raid.maxParticipants,
    roles: body.roles === undefined ? raid.roles : distinctRoles(body.roles),
  }
  return {
    raid: next,
    audit: { action: 'raid.changed', by: by.user_id, details: { fields: Object.keys(body).sort() } },
  }
}

/** Stops or goes on. A raid that stands so already stays as it is. */
export function switched({ raid }: HeldRaid, by: Principal, status: 'active' | 'paused'): RaidChange {
  assertLeads(by, raid)
  assertOnGoing(raid)
  const action = status === 'paused' ? 'raid.paused' : 'raid.resumed'
  return { raid: { ...raid, status }, audit: { action, by: by.user_id } }
}

/** Throws RAID_OVER for one that is over; one that is cancelled already is over, too. */
export function cancelled({ raid }: HeldRaid, by: Principal, reason: string): RaidChange {
  assertLeads(by, raid)
  assertOnGoing(raid)
  return { raid: { ...raid, status: 'cancelled' }, audit: { action: 'raid.cancelled', by: by.user_id, reason } }
}

const misfit = (field: string, problem: string) => new AppError('VALIDATION_FAILED', { field, problem })

function futureMoment(text: string, nowMs: number): number {
  const ms = Date.parse(text)
  if (ms <= nowMs) throw misfit('starts_at', 'is not in the future')
  if (ms > nowMs + raidBounds.aheadMs) throw misfit('starts_at', 'is over a year ahead')
  return ms
}

/** Days in the order of the week, each once; the zone under its proper name; and the day from which weeks are counted. */
function fullRule(rule: RaidRule, nowMs: number, before: FullRule | null = null): FullRule {
  const zone = properZone(rule.zone)
  if (zone === null) throw misfit('rule.zone', 'is no zone of the IANA database')
  return {
    ...rule,
    zone,
    days: weekdays.filter((day) => rule.days.includes(day)),
    starts_on: rule.starts_on ?? before?.starts_on ?? dateAt(zone, nowMs),
  }
}

function firstStart(rule: FullRule | null, nowMs: number): number {
  const first = rule && nextSlot(rule, nowMs)
  if (!first) throw misfit('rule', 'has no occurrence ahead')
  if (first.startsAtMs > nowMs + raidBounds.aheadMs) throw misfit('rule', 'begins over a year ahead')
  return first.startsAtMs
}

function distinctRoles(roles: readonly RaidRoleSlots[]): readonly RaidRoleSlots[] {
  const twice = roles.find(({ role }, index) => roles.findIndex((other) => other.role === role) !== index)
  if (twice) throw misfit('roles', `names ${twice.role} twice`)
  return roles
}
