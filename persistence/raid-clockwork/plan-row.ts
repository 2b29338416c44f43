import { openLateMs, reminderLeadsS, type OccurrenceStatus } from '../../protocol/raids/values.ts'
import type { OccurrencePlan } from '../../protocol/raids/workflow.ts'

export interface PlanRow {
  readonly status: OccurrenceStatus
  readonly paused: boolean
  readonly starts_at: Date
  readonly ends_at: Date
  readonly opens_before_s: number
  readonly generation: number
  readonly synced: number
  readonly room_made: boolean
}

/** What an occurrence's workflow goes by. */
export function toPlan(row: PlanRow): OccurrencePlan {
  const startsAtMs = row.starts_at.getTime()
  const endsAtMs = row.ends_at.getTime()
  return {
    ...{ status: row.status, paused: row.paused, startsAtMs, endsAtMs },
    opensAtMs: startsAtMs - row.opens_before_s * 1_000,
    missedAtMs: Math.min(startsAtMs + openLateMs, endsAtMs),
    leadsMs: reminderLeadsS.map((leadS) => leadS * 1_000),
    ...{ generation: row.generation, synced: row.synced, roomMade: row.room_made },
  }
}
