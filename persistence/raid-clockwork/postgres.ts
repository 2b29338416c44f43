import type pg from 'pg'
import type { RoomId } from '../../protocol/ids.ts'
import { startsBetween } from '../../protocol/raids/calendar.ts'
import type { OccurrencePlan, OccurrenceRef } from '../../protocol/raids/workflow.ts'
import { hasEnded, nextStart, plannedAheadMs } from '../raids/plan.ts'
import type { Raid } from '../raids/port.ts'
import { plannedAt } from '../raids/reshape.ts'
import {
  occurrenceColumns,
  putOccurrences,
  raidColumns,
  rosterQuery,
  toOccurrence,
  toRaid,
  toSignup,
  updateRaid,
  type OccurrenceRow,
  type RaidRow,
  type SignupRow,
} from '../raids/rows.ts'
import { inTransaction } from '../transaction.ts'
import { putNotices } from './notices.ts'
import { requeueOverdue, tidy } from './overdue.ts'
import { toPlan, type PlanRow } from './plan-row.ts'
import type { GivenRoles, HeldOccurrence, RaidClockwork } from './port.ts'

/** Occurrences of one raid that are planned at once: a day has one, and four days lie ahead at the most. */
const aheadMax = 5
/** One that has begun may still be opened for a while. */
const lateMs = 15 * 60_000

type HeldRow = OccurrenceRow & { readonly given: GivenRoles }

/** Raids of workflows in Postgres. What is decided is decided under the lock of the raid's row. */
export class PgRaidClockwork implements RaidClockwork {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async plan({ raidId, slot }: OccurrenceRef): Promise<OccurrencePlan | null> {
    const found = await this.#pool.query<PlanRow>(
      `select one.status, raid.status = 'paused' as paused, one.starts_at, one.ends_at, raid.opens_before_s, raid.generation,
              one.synced, one.made_at is not null as room_made
         from voice_raid_occurrences as one join voice_raids as raid using (raid_id)
        where raid_id = $1 and slot = $2`,
      [raidId, slot],
    )
    return found.rows[0] ? toPlan(found.rows[0]) : null
  }

  planAhead(raidId: string, nowMs: number): Promise<readonly string[]> {
    return inTransaction(this.#pool, async (client) => {
      const raid = await lockRaid(client, raidId)
      if (!raid) return []
      if (raid.status === 'active' || raid.status === 'paused') {
        const near = startsBetween(raid, nowMs - lateMs, nowMs + plannedAheadMs, aheadMax)
        const known = await slotsOf(client, raid)
        const fresh = near.filter(({ slot }) => !known.has(slot))
        await putOccurrences(
          client,
          raid.raidId,
          fresh.map(({ slot, startsAtMs }) => plannedAt(raid, slot, startsAtMs)),
        )
      }
      const live = await client.query<{ slot: string }>(
        `select slot from voice_raid_occurrences
          where raid_id = $1 and status in ('planned', 'opening', 'open') order by starts_at`,
        [raidId],
      )
      return live.rows.map(({ slot }) => slot)
    })
  }

  beginOpening(ref: OccurrenceRef): Promise<HeldOccurrence | null> {
    return inTransaction(this.#pool, async (client) => {
      const raid = await lockRaid(client, ref.raidId)
      if (raid?.status !== 'active') return null
      const begun = await client.query<HeldRow>(
        `update voice_raid_occurrences set status = 'opening', made_at = coalesce(made_at, now())
          where raid_id = $1 and slot = $2 and status in ('planned', 'opening')
          returning ${occurrenceColumns}, given`,
        [ref.raidId, ref.slot],
      )
      return begun.rows[0] ? held(client, raid, begun.rows[0]) : null
    })
  }

  opened(ref: OccurrenceRef, generation: number, given: GivenRoles, nowMs: number): Promise<void> {
    return inTransaction(this.#pool, async (client) => {
      const opened = await client.query<OccurrenceRow>(
        `update voice_raid_occurrences set status = 'open', opened_at = $5, synced = $3, given = $4
          where raid_id = $1 and slot = $2 and status = 'opening'
          returning ${occurrenceColumns}`,
        [ref.raidId, ref.slot, generation, JSON.stringify(given), new Date(nowMs)],
      )
      const [row] = opened.rows
      if (row) await putNotices(client, [{ ...ref, startsAtMs: row.starts_at.getTime(), kind: 'open' }])
    })
  }

  toSync(ref: OccurrenceRef): Promise<HeldOccurrence | null> {
    return inTransaction(this.#pool, async (client) => {
      const raid = await lockRaid(client, ref.raidId)
      const open = await client.query<HeldRow>(
        `select ${occurrenceColumns}, given from voice_raid_occurrences
          where raid_id = $1 and slot = $2 and status = 'open'`,
        [ref.raidId, ref.slot],
      )
      return raid && open.rows[0] ? held(client, raid, open.rows[0]) : null
    })
  }

  async synced(ref: OccurrenceRef, generation: number, given: GivenRoles): Promise<void> {
    await this.#pool.query(
      `update voice_raid_occurrences set synced = $3, given = $4
        where raid_id = $1 and slot = $2 and status = 'open' and synced < $3`,
      [ref.raidId, ref.slot, generation, JSON.stringify(given)],
    )
  }

  end(ref: OccurrenceRef, status: 'over' | 'missed', nowMs: number): Promise<void> {
    return inTransaction(this.#pool, async (client) => {
      const raid = await lockRaid(client, ref.raidId)
      if (!raid) return
      // A raid that stood still then missed nothing.
      const outcome = status === 'missed' && raid.status === 'paused' ? 'skipped' : status
      const from = status === 'over' ? ['open', 'opening'] : ['planned', 'opening']
      const ended = await client.query(
        `update voice_raid_occurrences set status = $3, ended_at = $4
          where raid_id = $1 and slot = $2 and status = any($5)`,
        [ref.raidId, ref.slot, outcome, new Date(nowMs), from],
      )
      if (ended.rowCount === 1) await goOn(client, raid, nowMs)
    })
  }

  async extend(ref: OccurrenceRef, endsAtMs: number): Promise<void> {
    await this.#pool.query(
      `update voice_raid_occurrences set ends_at = greatest(ends_at, $3)
        where raid_id = $1 and slot = $2 and status = 'open'`,
      [ref.raidId, ref.slot, new Date(endsAtMs)],
    )
  }

  async roomOf(ref: OccurrenceRef): Promise<RoomId | null> {
    const found = await this.#pool.query<{ room_id: RoomId }>(
      `select room_id from voice_raid_occurrences where raid_id = $1 and slot = $2`,
      [ref.raidId, ref.slot],
    )
    return found.rows[0]?.room_id ?? null
  }

  async roomGone(ref: OccurrenceRef): Promise<void> {
    await this.#pool.query(`update voice_raid_occurrences set made_at = null where raid_id = $1 and slot = $2`, [
      ref.raidId,
      ref.slot,
    ])
  }

  remind(ref: OccurrenceRef, startsAtMs: number, leadMs: number): Promise<void> {
    return putNotices(this.#pool, [{ ...ref, startsAtMs, kind: `reminder ${leadMs / 1_000}` }])
  }

  requeueOverdue(nowMs: number, limit: number): Promise<number> {
    return inTransaction(this.#pool, (client) => requeueOverdue(client, nowMs, limit))
  }

  tidy(nowMs: number): Promise<void> {
    return tidy(this.#pool, nowMs)
  }
}

async function lockRaid(client: pg.ClientBase, raidId: string): Promise<Raid | null> {
  const found = await client.query<RaidRow>(
    `select ${raidColumns} from voice_raids as raid where raid_id = $1 for update`,
    [raidId],
  )
  return found.rows[0] ? toRaid(found.rows[0]) : null
}

async function slotsOf(client: pg.ClientBase, { raidId }: Raid): Promise<ReadonlySet<string>> {
  const found = await client.query<{ slot: string }>(`select slot from voice_raid_occurrences where raid_id = $1`, [
    raidId,
  ])
  return new Set(found.rows.map(({ slot }) => slot))
}

async function held(client: pg.ClientBase, raid: Raid, row: HeldRow): Promise<HeldOccurrence> {
  const roster = await client.query<SignupRow>(rosterQuery, [raid.raidId, row.slot])
  return { raid, occurrence: toOccurrence(row), roster: roster.rows.map(toSignup), given: row.given }
}

/** Behind an occurrence lists go by the next one; a raid without one is over. */
async function goOn(client: pg.ClientBase, raid: Raid, nowMs: number): Promise<void> {
  const rows = await client.query<OccurrenceRow>(
    `select ${occurrenceColumns} from voice_raid_occurrences
      where raid_id = $1 and (status in ('planned', 'opening', 'open') or starts_at > $2)`,
    [raid.raidId, new Date(nowMs - 86_400_000)],
  )
  const occurrences = rows.rows.map(toOccurrence)
  const isOver = raid.status !== 'cancelled' && hasEnded(raid, occurrences, nowMs)
  await updateRaid(client, {
    ...raid,
    status: isOver ? 'over' : raid.status,
    nextAtMs: nextStart(raid, occurrences, nowMs) ?? raid.nextAtMs,
    updatedAtMs: raid.updatedAtMs,
  })
}
