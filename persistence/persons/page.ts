import type pg from 'pg'
import type { UserId } from '../../protocol/ids.ts'
import type { PersonRow } from './port.ts'

/** Rows read at once. */
const pageSize = 500

/** Every table that speaks of people, by the columns that name them; `order` is unique. */
const tables: readonly { readonly table: string; readonly columns: readonly string[]; readonly order: string }[] = [
  { table: 'voice_rooms', columns: ['owner_id'], order: 'room_id' },
  { table: 'voice_zones', columns: ['created_by'], order: 'zone_id' },
  { table: 'voice_participants', columns: ['user_id'], order: 'session_id' },
  { table: 'webrtc_sessions', columns: ['user_id'], order: 'session_id' },
  { table: 'signaling_messages', columns: ['from_user', 'to_user'], order: 'id' },
  { table: 'voice_quality_metrics', columns: ['user_id'], order: 'id' },
  { table: 'voice_moderation_events', columns: ['moderator_id', 'target_user_id'], order: 'id' },
  {
    table: 'voice_sanctions',
    columns: ['user_id', 'moderator_id'],
    order: `concat_ws(' ', scope, scope_id, user_id, kind)`,
  },
  { table: 'voice_recordings', columns: ['initiator_id'], order: 'recording_id' },
  { table: 'voice_room_invites', columns: ['inviter_id', 'invitee_id'], order: 'invite_id' },
  { table: 'voice_raids', columns: ['creator_id'], order: 'raid_id' },
  { table: 'voice_raid_signups', columns: ['user_id'], order: `concat_ws(' ', raid_id, slot, user_id)` },
  { table: 'voice_audit', columns: ['actor_user', 'target_user'], order: `chain || ' ' || lpad(seq::text, 20, '0')` },
]

/** Of no use to the person, and of use to whoever has stolen the file. */
const secrets = ['password', 'token', 'salt']

/** Where a page begins: the table's place in the list, and behind which of its rows. */
export interface PagePlace {
  readonly table: number
  readonly after: string | null
}

export const firstPlace: PagePlace = { table: 0, after: null }

/** What the record holds of a person from there on, a page of one table; `next` is null behind the last. */
export async function pageOf(
  client: Pick<pg.ClientBase, 'query'>,
  userId: UserId,
  { table: index, after }: PagePlace,
): Promise<{ readonly rows: readonly PersonRow[]; readonly next: PagePlace | null }> {
  const from = tables[index]
  if (!from) return { rows: [], next: null }
  const { table, columns, order } = from
  const names = columns.map((column) => `${column} = $1`).join(' or ')
  const found = await client.query<{ place: string; row: Record<string, unknown> }>(
    `select (${order})::text as place, to_jsonb(found) - $3::text[] as row
       from ${table} as found
      where (${names}) and ($2::text is null or (${order})::text > $2)
      order by (${order})::text
      limit ${pageSize}`,
    [userId, after, secrets],
  )
  const last = found.rows.at(-1)
  const isLast = !last || found.rows.length < pageSize
  const next = isLast ? { table: index + 1, after: null } : { table: index, after: last.place }
  return { rows: found.rows.map(({ row }) => ({ table, row })), next: next.table < tables.length ? next : null }
}
