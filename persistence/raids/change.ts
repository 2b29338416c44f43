import type pg from 'pg'
import type { RaidSlot } from '../../protocol/raids/values.ts'
import type { RaidMessage } from '../../protocol/raids/workflow.ts'
import { writeRecord } from '../record/write-record.ts'
import { isOver, nextStart, occurrenceMessage, seriesMessage } from './plan.ts'
import type { HeldRaid, Occurrence, Raid, RaidChange, Signup } from './port.ts'
import { putNotices, type NewNotice } from '../raid-clockwork/notices.ts'
import { plannedAt, reshape } from './reshape.ts'
import { auditWrite, outboxWrites, putOccurrences, updateRaid } from './rows.ts'

/** Writes what becomes of a raid that is held, in the transaction that holds it. */
export async function applyChange(
  client: pg.ClientBase,
  held: HeldRaid,
  change: RaidChange,
  nowMs: number,
): Promise<Raid> {
  const wanted = { ...(change.raid ?? held.raid), generation: held.raid.generation + 1, updatedAtMs: nowMs }
  const { occurrences, heard } = await putOccurrencesOf(client, held, change, wanted)
  await putNotices(client, noticesOf(held, occurrences))
  if (change.putSignup) await putSignup(client, wanted, change.putSignup)
  if (change.dropSignup) await dropSignup(client, wanted, change.dropSignup)
  const raid = { ...wanted, nextAtMs: nextStart(wanted, occurrences, nowMs) ?? wanted.nextAtMs }
  await updateRaid(client, raid)
  const messages: readonly RaidMessage[] = [
    ...(change.raid ? seriesMessage(raid) : []),
    ...heard.map((slot) => occurrenceMessage(raid, slot)),
  ]
  await writeRecord(client, [
    ...outboxWrites(messages, nowMs),
    ...(change.audit ? [auditWrite(raid, change.audit, nowMs)] : []),
  ])
  return raid
}

/** Players are told where an occurrence that had a row begins at another time now, or does not take place. */
function noticesOf({ raid, occurrences: before }: HeldRaid, after: readonly Occurrence[]): readonly NewNotice[] {
  const was = new Map(before.map((one) => [one.slot, one]))
  return after.flatMap(({ slot, status, startsAtMs }): readonly NewNotice[] => {
    const known = was.get(slot)
    if (!known || isOver(known)) return []
    if (status === 'cancelled') return [{ raidId: raid.raidId, slot, startsAtMs, kind: 'cancelled' }]
    return startsAtMs === known.startsAtMs ? [] : [{ raidId: raid.raidId, slot, startsAtMs, kind: 'moved' }]
  })
}

/** The occurrences as they are now, and those whose workflow has to hear of it by itself. */
async function putOccurrencesOf(
  client: pg.ClientBase,
  { occurrences }: HeldRaid,
  change: RaidChange,
  raid: Raid,
): Promise<{ readonly occurrences: readonly Occurrence[]; readonly heard: readonly RaidSlot[] }> {
  if (change.raid) {
    const { put, drop } = reshape(raid, occurrences)
    await putOccurrences(client, raid.raidId, put)
    await dropOccurrences(client, raid, drop)
    const gone = new Set([...put, ...drop].map(({ slot }) => slot))
    // Of a series that goes on, the planner tells those that are near.
    const heard = raid.rule && raid.status !== 'cancelled' ? [] : put
    return {
      occurrences: [...occurrences.filter(({ slot }) => !gone.has(slot)), ...put],
      heard: heard.map(({ slot }) => slot),
    }
  }
  if (change.cancelSlot) {
    const { slot, startsAtMs } = change.cancelSlot
    const known = occurrences.find((one) => one.slot === slot)
    const cancelled = { ...(known ?? plannedAt(raid, slot, startsAtMs)), status: 'cancelled' } as const
    await putOccurrences(client, raid.raidId, [cancelled])
    return { occurrences: [...occurrences.filter((one) => one !== known), cancelled], heard: known ? [slot] : [] }
  }
  // Who comes concerns rooms that are open; the others ask when they are opened.
  const slot = (change.putSignup ?? change.dropSignup)?.slot ?? null
  const concerned = occurrences.filter(
    (one) => !isOver(one) && one.status !== 'planned' && (slot ?? one.slot) === one.slot,
  )
  return { occurrences, heard: concerned.map((one) => one.slot) }
}

async function dropOccurrences(client: pg.ClientBase, raid: Raid, gone: readonly Occurrence[]): Promise<void> {
  if (gone.length === 0) return
  await client.query(
    `delete from voice_raid_occurrences where raid_id = $1 and slot = any($2) and status = 'planned'`,
    [raid.raidId, gone.map(({ slot }) => slot)],
  )
}

async function putSignup(client: pg.ClientBase, { raidId }: Raid, signup: Signup): Promise<void> {
  await client.query(
    `insert into voice_raid_signups (raid_id, slot, user_id, role, room_role, status, at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (raid_id, slot, user_id) do update
        set role = excluded.role, room_role = excluded.room_role, status = excluded.status, at = excluded.at`,
    [...[raidId, signup.slot ?? '', signup.userId, signup.role, signup.roomRole, signup.status], new Date(signup.atMs)],
  )
}

async function dropSignup(
  client: pg.ClientBase,
  { raidId }: Raid,
  { slot, userId }: NonNullable<RaidChange['dropSignup']>,
): Promise<void> {
  await client.query(`delete from voice_raid_signups where raid_id = $1 and slot = $2 and user_id = $3`, [
    raidId,
    slot ?? '',
    userId,
  ])
}
