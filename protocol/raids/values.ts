import { Type, type Static } from '@sinclair/typebox'
import type { Brand } from '../ids.ts'
import { list, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'

/** A scheduled event that makes its rooms by itself. A UUID. */
export type RaidId = Brand<'RaidId'>
export const RaidId = Type.Unsafe<RaidId>(Type.String({ format: 'uuid' }))

/** The one occurrence of a raid that happens once. */
export const onceSlot = 'once'
/**
 * Names one occurrence of a raid for good: `once`, or the day in the raid's zone that its rule names (`2027-03-28`). An edit of the
 * hour moves the occurrence and leaves the name.
 */
export const RaidSlot = Type.String({ pattern: '^(once|[0-9]{4}-[0-9]{2}-[0-9]{2})$' })
export type RaidSlot = Static<typeof RaidSlot>

/** In the order of the week. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** A day of the calendar, without a zone. */
export const CalendarDate = Type.String({ format: 'date' })

/** When a raid that repeats happens: on these days, at that time of the wall clock in that zone. */
export const RaidRule = strict({
  days: list(oneOf(weekdays), { minItems: 1, maxItems: weekdays.length }),
  /** `20:00`. */
  time: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }),
  /** An IANA zone: `Europe/Berlin`. */
  zone: Type.String({ minLength: 1, maxLength: 64 }),
  /** Every so many weeks, counted from that of `starts_on`. 1 where absent. */
  every_weeks: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
  /** No occurrence before this day. The day on which the rule was given where absent. */
  starts_on: Type.Optional(CalendarDate),
  /** The last day on which there may be one. */
  until: Type.Optional(CalendarDate),
})
export type RaidRule = Static<typeof RaidRule>

const kept = (bounds: { minLength: number; maxLength: number }) => Type.String({ ...bounds, format: 'text' })

/** What somebody does in a raid: tank, healer, dps, or whatever the game calls it. */
export const RaidRole = kept({ minLength: 1, maxLength: 32 })
/** A role and how many may sign up for it. */
export const RaidRoleSlots = strict({ role: RaidRole, slots: Type.Integer({ minimum: 1, maximum: 500 }) })
export type RaidRoleSlots = Static<typeof RaidRoleSlots>
/** Roles where the maker names none: any of these and any other word, as often as there are places. */
export const usualRaidRoles = ['tank', 'healer', 'dps'] as const

/** `over`: it happened, or its last occurrence did. */
export const raidStatuses = ['active', 'paused', 'cancelled', 'over'] as const
export const RaidStatus = oneOf(raidStatuses)
export type RaidStatus = Static<typeof RaidStatus>

/**
 * `planned` → `opening` → `open` → `over`; or `cancelled`; or `missed`, when its room could not be opened in time; or `skipped`, when
 * the raid was paused then.
 */
export const occurrenceStatuses = ['planned', 'opening', 'open', 'over', 'cancelled', 'missed', 'skipped'] as const
export const OccurrenceStatus = oneOf(occurrenceStatuses)
export type OccurrenceStatus = Static<typeof OccurrenceStatus>

/** Whether somebody comes. */
export const SignupStatus = oneOf(['going', 'declined'])
export type SignupStatus = Static<typeof SignupStatus>

/** Bounds and defaults of a raid, in seconds where they are times. */
export const raidBounds = {
  durationS: { minimum: 10, maximum: 86_400, usual: 10_800 },
  /** How long before its start the room opens. */
  opensBeforeS: { minimum: 0, maximum: 3_600, usual: 600 },
  participants: { minimum: 1, maximum: 500, usual: 40 },
  /** How far ahead a raid that happens once may lie, ms. */
  aheadMs: 366 * 86_400_000,
} as const

/** Reminders go out so long before the start, s. */
export const reminderLeadsS = [86_400, 3_600, 600] as const

/** So long after its start a room is still opened, ms: behind that the occurrence is written down as missed. */
export const openLateMs = 15 * 60_000
