import type pg from 'pg'
import type { CommandId } from '../../protocol/ids.ts'
import type { RaidId, RaidSlot } from '../../protocol/raids/values.ts'
import { writeRecord } from '../record/write-record.ts'
import { inTransaction } from '../transaction.ts'
import { applyChange } from './change.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { occurrenceMessage, seriesMessage } from './plan.ts'
import type {
  HeldRaid,
  Occurrence,
  PlannedRaids,
  Raid,
  RaidAudit,
  RaidBook,
  RaidChange,
  RaidFilter,
  RaidPage,
  Signup,
} from './port.ts'
import { firstOccurrences } from './reshape.ts'
import { raidRoomId } from './room-id.ts'
import {
  auditWrite,
  insertRaid,
  occurrenceColumns,
  outboxWrites,
  putOccurrences,
  raidColumns,
  rosterQuery,
  toOccurrence,
  toRaid,
  toSignup,
  type OccurrenceRow,
  type RaidRow,
  type SignupRow,
} from './rows.ts'

/** What is over stays in sight for a day. */
const seenMs = 86_400_000

/** Raids in Postgres. */
export class PgRaidBook implements RaidBook {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  readonly roomOf = raidRoomId

  create(raid: Raid, audit: RaidAudit, decide: (planned: PlannedRaids) => void): Promise<Raid> {
    return inTransaction(this.#pool, async (client) => {
      // One after the other for each creator and guild, so that the count holds.
      await client.query(
        `select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) as key order by key`,
        [[`raids of ${raid.creatorId}`, ...(raid.guildId === null ? [] : [`raids of guild ${raid.guildId}`])]],
      )
      const known = await readRaid(client, raid.raidId, '')
      if (known) return known
      decide(await plannedRaids(client, raid))
      await insertRaid(client, raid)
      await putOccurrences(client, raid.raidId, firstOccurrences(raid))
      const messages = [
        ...seriesMessage(raid),
        ...firstOccurrences(raid).map(({ slot }) => occurrenceMessage(raid, slot)),
      ]
      await writeRecord(client, [
        ...outboxWrites(messages, raid.createdAtMs),
        auditWrite(raid, audit, raid.createdAtMs),
      ])
      return raid
    })
  }

  async read(raidId: RaidId, nowMs: number): Promise<{ raid: Raid; occurrences: readonly Occurrence[] } | null> {
    const [raid, occurrences] = await Promise.all([
      readRaid(this.#pool, raidId, ''),
      readOccurrences(this.#pool, raidId, nowMs, null),
    ])
    return raid && { raid, occurrences }
  }

  async list(filter: RaidFilter, limit: number, cursor: string | null): Promise<RaidPage> {
    const after = cursor === null ? null : readCursor(cursor)
    const { visibleTo } = filter
    // One row more than asked for tells whether there is a next page.
    const found = await this.#pool.query<RaidRow>(
      `select ${raidColumns}
         from voice_raids as raid
        where ($1::text is null and status in ('active', 'paused') or status = $1)
          and ($2::text is null or guild_id = $2)
          and ($3::text is null or creator_id = $3)
          and ($4::text is null or exists (
                select from voice_raid_signups as signup
                 where signup.raid_id = raid.raid_id and signup.user_id = $4 and signup.status = 'going'))
          and ($5::timestamptz is null or next_at >= $5)
          and ($6::timestamptz is null or next_at < $6)
          and ($7::text is null or guild_id is null or guild_id = any($8::text[]) or creator_id = $7 or exists (
                select from voice_raid_signups as signup
                 where signup.raid_id = raid.raid_id and signup.user_id = $7))
          and ($9::timestamptz is null or (next_at, raid_id) > ($9, $10::uuid))
        order by next_at, raid_id
        limit $11`,
      [
        ...[filter.status ?? null, filter.guildId ?? null, filter.creatorId ?? null, filter.signedUp ?? null],
        ...[dateOrNull(filter.fromMs), dateOrNull(filter.toMs)],
        ...(visibleTo === 'all' ? [null, []] : [visibleTo.userId, visibleTo.guilds]),
        ...[dateOrNull(after?.nextAtMs), after?.raidId ?? null, limit + 1],
      ],
    )
    const raids = found.rows.slice(0, limit).map(toRaid)
    const last = raids.at(-1)
    return { raids, nextCursor: last && found.rows.length > limit ? writeCursor(last) : null }
  }

  async roster(raidId: RaidId, slot: RaidSlot): Promise<readonly Signup[]> {
    return (await this.#pool.query<SignupRow>(rosterQuery, [raidId, slot])).rows.map(toSignup)
  }

  async occurrencesOf(raidIds: readonly RaidId[], fromMs: number): Promise<ReadonlyMap<RaidId, readonly Occurrence[]>> {
    const found = await this.#pool.query<OccurrenceRow & { raid_id: RaidId }>(
      `select raid_id, ${occurrenceColumns} from voice_raid_occurrences
        where raid_id = any($1) and starts_at >= $2 order by starts_at`,
      [raidIds, new Date(fromMs)],
    )
    const byRaid = new Map<RaidId, Occurrence[]>(raidIds.map((raidId) => [raidId, []]))
    for (const row of found.rows) byRaid.get(row.raid_id)?.push(toOccurrence(row))
    return byRaid
  }

  change(
    raidId: RaidId,
    { id, slot, nowMs }: { readonly id: CommandId; readonly slot: RaidSlot | null; readonly nowMs: number },
    decide: (held: HeldRaid) => RaidChange,
  ): Promise<Raid | null> {
    return inTransaction(this.#pool, async (client) => {
      const raid = await readRaid(client, raidId, 'for update')
      if (!raid) return null
      const known = await client.query(`select from voice_raid_commands where command_id = $1`, [id])
      if (known.rowCount !== 0) return raid
      const held = {
        raid,
        occurrences: await readOccurrences(client, raidId, nowMs, slot),
        signups: await readSignups(client, raidId, slot),
      }
      const changed = await applyChange(client, held, decide(held), nowMs)
      await client.query(`insert into voice_raid_commands (command_id, raid_id) values ($1, $2)`, [id, raidId])
      return changed
    })
  }
}

const dateOrNull = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms))

async function readRaid(
  client: pg.ClientBase | pg.Pool,
  raidId: RaidId,
  lock: '' | 'for update',
): Promise<Raid | null> {
  const found = await client.query<RaidRow>(
    `select ${raidColumns} from voice_raids as raid where raid_id = $1 ${lock}`,
    [raidId],
  )
  return found.rows[0] ? toRaid(found.rows[0]) : null
}

async function readOccurrences(
  client: pg.ClientBase | pg.Pool,
  raidId: RaidId,
  nowMs: number,
  slot: RaidSlot | null,
): Promise<readonly Occurrence[]> {
  const found = await client.query<OccurrenceRow>(
    `select ${occurrenceColumns} from voice_raid_occurrences
      where raid_id = $1 and (status in ('planned', 'opening', 'open') or ends_at > $2 or slot = $3)
      order by starts_at, slot`,
    [raidId, new Date(nowMs - seenMs), slot],
  )
  return found.rows.map(toOccurrence)
}

async function readSignups(client: pg.ClientBase, raidId: RaidId, slot: RaidSlot | null): Promise<readonly Signup[]> {
  const found = await client.query<SignupRow>(
    `select slot, user_id, role, room_role, status, at from voice_raid_signups
      where raid_id = $1 and slot in ('', $2) order by at, user_id`,
    [raidId, slot ?? ''],
  )
  return found.rows.map(toSignup)
}

async function plannedRaids(client: pg.ClientBase, { creatorId, guildId }: Raid): Promise<PlannedRaids> {
  const found = await client.query<{ by_creator: string; of_guild: string }>(
    `select count(*) filter (where creator_id = $1) as by_creator, count(*) filter (where guild_id = $2) as of_guild
       from voice_raids where status in ('active', 'paused') and (creator_id = $1 or guild_id = $2)`,
    [creatorId, guildId],
  )
  const [counts] = found.rows
  return { byCreator: Number(counts?.by_creator ?? 0), ofGuild: Number(counts?.of_guild ?? 0) }
}
