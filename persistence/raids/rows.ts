import type pg from 'pg'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { FullRule } from '../../protocol/raids/calendar.ts'
import { raidMessageKey, type RaidMessage } from '../../protocol/raids/workflow.ts'
import type { OccurrenceStatus, RaidId, RaidRoleSlots, RaidStatus, SignupStatus } from '../../protocol/raids/values.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { RecordWrite } from '../record-writes.ts'
import type { Occurrence, Raid, RaidAudit, Signup } from './port.ts'

export interface RaidRow {
  readonly raid_id: RaidId
  readonly creator_id: UserId
  readonly guild_id: string | null
  readonly name: string
  readonly description: string
  readonly once_at: Date | null
  readonly rule: FullRule | null
  readonly duration_s: number
  readonly opens_before_s: number
  readonly max_participants: number
  readonly region: string | null
  readonly roles: readonly RaidRoleSlots[]
  readonly status: RaidStatus
  readonly generation: number
  readonly next_at: Date
  readonly created_at: Date
  readonly updated_at: Date
}

export const raidColumns = `raid.raid_id, raid.creator_id, raid.guild_id, raid.name, raid.description, raid.once_at, raid.rule,
  raid.duration_s, raid.opens_before_s, raid.max_participants, raid.region, raid.roles, raid.status, raid.generation,
  raid.next_at, raid.created_at, raid.updated_at`

export const toRaid = (row: RaidRow): Raid => ({
  raidId: row.raid_id,
  creatorId: row.creator_id,
  guildId: row.guild_id,
  name: row.name,
  description: row.description,
  onceAtMs: row.once_at?.getTime() ?? null,
  rule: row.rule,
  durationS: row.duration_s,
  opensBeforeS: row.opens_before_s,
  maxParticipants: row.max_participants,
  region: row.region,
  roles: row.roles,
  status: row.status,
  generation: row.generation,
  nextAtMs: row.next_at.getTime(),
  createdAtMs: row.created_at.getTime(),
  updatedAtMs: row.updated_at.getTime(),
})

/** Inserts the raid; where it is there already nothing happens, and the answer is false. */
export async function insertRaid(client: pg.ClientBase, raid: Raid): Promise<boolean> {
  const made = await client.query(
    `insert into voice_raids (raid_id, creator_id, guild_id, name, description, once_at, rule, duration_s, opens_before_s,
                              max_participants, region, roles, status, generation, next_at, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (raid_id) do nothing`,
    valuesOf(raid),
  )
  return made.rowCount === 1
}

/** Every column that may change. */
export async function updateRaid(client: pg.ClientBase, raid: Raid): Promise<void> {
  await client.query(
    `update voice_raids
        set creator_id = $2, guild_id = $3, name = $4, description = $5, once_at = $6, rule = $7, duration_s = $8,
            opens_before_s = $9, max_participants = $10, region = $11, roles = $12, status = $13, generation = $14,
            next_at = $15, created_at = $16, updated_at = $17
      where raid_id = $1`,
    valuesOf(raid),
  )
}

const valuesOf = (raid: Raid): unknown[] => [
  ...[raid.raidId, raid.creatorId, raid.guildId, raid.name, raid.description],
  ...[dateOrNull(raid.onceAtMs), raid.rule === null ? null : JSON.stringify(raid.rule)],
  ...[raid.durationS, raid.opensBeforeS, raid.maxParticipants, raid.region, JSON.stringify(raid.roles)],
  ...[raid.status, raid.generation, new Date(raid.nextAtMs), new Date(raid.createdAtMs), new Date(raid.updatedAtMs)],
]

const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms))

export interface OccurrenceRow {
  readonly slot: string
  readonly starts_at: Date
  readonly ends_at: Date
  readonly status: OccurrenceStatus
  readonly room_id: RoomId
}

export const occurrenceColumns = 'slot, starts_at, ends_at, status, room_id'

export const toOccurrence = (row: OccurrenceRow): Occurrence => ({
  slot: row.slot,
  startsAtMs: row.starts_at.getTime(),
  endsAtMs: row.ends_at.getTime(),
  status: row.status,
  roomId: row.room_id,
})

/** Puts the rows there; one that is there already takes status, start and end of these. */
export async function putOccurrences(
  client: pg.ClientBase,
  raidId: RaidId,
  occurrences: readonly Occurrence[],
): Promise<void> {
  if (occurrences.length === 0) return
  await client.query(
    `insert into voice_raid_occurrences (raid_id, slot, starts_at, ends_at, status, room_id, ended_at)
     select $1, slot, starts_at, ends_at, status, room_id, case when status in ('planned', 'opening', 'open') then null else now() end
       from jsonb_to_recordset($2::jsonb) as row (
              slot text, starts_at timestamptz, ends_at timestamptz, status text, room_id uuid)
     on conflict (raid_id, slot) do update
        set starts_at = excluded.starts_at, ends_at = excluded.ends_at, status = excluded.status, ended_at = excluded.ended_at`,
    [
      raidId,
      JSON.stringify(
        occurrences.map(({ slot, startsAtMs, endsAtMs, status, roomId }) => ({
          ...{ slot, status, room_id: roomId },
          ...{ starts_at: new Date(startsAtMs), ends_at: new Date(endsAtMs) },
        })),
      ),
    ],
  )
}

export interface SignupRow {
  readonly slot: string
  readonly user_id: UserId
  readonly role: string
  readonly room_role: GivenRole
  readonly status: SignupStatus
  readonly at: Date
}

export const toSignup = (row: SignupRow): Signup => ({
  slot: row.slot === '' ? null : row.slot,
  userId: row.user_id,
  role: row.role,
  roomRole: row.room_role,
  status: row.status,
  atMs: row.at.getTime(),
})

/** What holds in one occurrence ($2) of a raid ($1): what somebody said of it counts before what they said of the raid. */
export const rosterQuery = `select distinct on (user_id) slot, user_id, role, room_role, status, at
    from voice_raid_signups
   where raid_id = $1 and slot in ('', $2)
   order by user_id, slot desc`

/** The messages as rows of the outbox. */
export const outboxWrites = (messages: readonly RaidMessage[], nowMs: number): readonly RecordWrite[] =>
  messages.map((message) => ({ write: 'outbox', key: raidMessageKey(message), message, atMs: nowMs }))

/** A row of the raid's own chain of the audit log. */
export const auditWrite = (
  { raidId, guildId }: Pick<Raid, 'raidId' | 'guildId'>,
  audit: RaidAudit,
  nowMs: number,
): RecordWrite => ({
  write: 'audit',
  chain: `raid:${raidId}`,
  atMs: nowMs,
  action: audit.action,
  roomId: null,
  guildId,
  body: {
    actor_user: audit.by,
    target_user: audit.target ?? null,
    reason: audit.reason ?? '',
    evidence: null,
    details: audit.details ?? {},
  },
})
