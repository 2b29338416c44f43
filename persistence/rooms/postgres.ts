import type pg from 'pg'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import { audioParameters } from '../../protocol/room/audio.ts'
import { effectiveSettings } from '../../protocol/room/settings.ts'
import { roomTypeTable } from '../../protocol/room/room-types.ts'
import { roomTypes } from '../../protocol/room/values.ts'
import type { RoomView } from '../../protocol/room/view.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { OverdueRoom, RoomEnds, RoomFilter, RoomPage, RoomRecords } from './port.ts'

type RoomRow = Omit<
  RoomView,
  'name' | 'audio_codec' | 'audio' | 'effective_settings' | 'created_at' | 'scheduled_end_at'
> & {
  readonly room_name: string
  readonly created_at: Date
  readonly scheduled_end_at: Date | null
}

/** Types of rooms that are a guild's own. */
const guildHalls = roomTypes.filter((type) => roomTypeTable[type].ofGuild)

/** The record of rooms in Postgres. */
export class PgRoomRecords implements RoomRecords, RoomEnds {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async list(filter: RoomFilter, limit: number, cursor: string | null): Promise<RoomPage> {
    const { sort = 'newest' } = filter
    const after = cursor === null ? null : readCursor(cursor, sort)
    const order = sort === 'newest' ? '' : 'current_participants desc, '
    // One row more than asked for tells whether there is a next page.
    const found = await this.#pool.query<RoomRow>(
      `select room_id, room_name, description, owner_id, room_type, max_participants, current_participants, quality_preset,
              bitrate, status, is_private, is_temporary, is_moderated, allow_recording, password is not null as has_password,
              region, game_server_id, guild_id, parent_room_id, created_at, scheduled_end_at, settings, permissions,
              metadata
         from voice_rooms as room
        where ($1::text is null or room_type = $1)
          and ($2::text is null or region = $2)
          and ($3::text is null or owner_id = $3)
          and ($4::text is null or status = $4)
          and ($5::text is null or not is_private or owner_id = $5 or exists (
                select from voice_participants as seat
                 where seat.room_id = room.room_id and seat.user_id = $5 and seat.status = 'active')
               or exists (
                select from voice_room_roles as given
                 where given.room_id = room.room_id and given.user_id = $5)
               or (room_type = any($14) and guild_id = any($15)))
          and ($6::timestamptz is null
               or $12::integer is null and (created_at, room_id) < ($6, $7)
               or (current_participants, created_at, room_id) < ($12, $6, $7))
          and ($9::text is null or guild_id = $9)
          and ($10::text is null or game_server_id = $10)
          and ($11::boolean is null or (password is not null) = $11)
          and ($13::text is null or lower(room_name) like lower($13) || '%')
          and ($16::text is null or parent_room_id = $16)
        order by ${order}created_at desc, room_id desc
        limit $8`,
      [
        filter.roomType ?? null,
        filter.region ?? null,
        filter.ownerId ?? null,
        filter.status ?? null,
        viewerOf(filter),
        after && new Date(after.createdAtMs),
        after?.roomId ?? null,
        limit + 1,
        filter.guildId ?? null,
        filter.gameServerId ?? null,
        filter.hasPassword ?? null,
        after?.participants ?? null,
        filter.name === undefined ? null : likePattern(filter.name),
        guildHalls,
        filter.guilds ?? [],
        filter.parentRoomId ?? null,
      ],
    )
    const rows = found.rows.slice(0, limit)
    const last = rows.at(-1)
    return {
      rooms: rows.map(toRoomView),
      nextCursor:
        last && found.rows.length > limit
          ? writeCursor({
              ...{ createdAtMs: last.created_at.getTime(), roomId: last.room_id },
              ...(sort === 'newest' ? {} : { participants: last.current_participants }),
            })
          : null,
    }
  }

  async passwordHash(roomId: RoomId): Promise<string | null | undefined> {
    const found = await this.#pool.query<{ password: string | null }>(
      `select password from voice_rooms where room_id = $1`,
      [roomId],
    )
    return found.rows[0]?.password
  }

  async overdue(beforeMs: number, limit: number, after: OverdueRoom | null): Promise<readonly OverdueRoom[]> {
    const found = await this.#pool.query<{ room_id: RoomId; closes_at: Date }>(
      `select room_id, closes_at
         from voice_rooms
        where status = 'active' and closes_at < $1
          and ($2::timestamptz is null or (closes_at, room_id) > ($2, $3))
        order by closes_at, room_id
        limit $4`,
      [new Date(beforeMs), after && new Date(after.closesAtMs), after?.roomId ?? null, limit],
    )
    return found.rows.map(({ room_id, closes_at }) => ({ roomId: room_id, closesAtMs: closes_at.getTime() }))
  }
}

/** The text itself in a pattern of `like`. */
const likePattern = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`)

const viewerOf = ({ visibleTo }: RoomFilter): UserId | null => (visibleTo === 'all' ? null : visibleTo)

const toRoomView = ({ room_name, created_at, scheduled_end_at, ...row }: RoomRow): RoomView => ({
  ...row,
  name: room_name,
  audio_codec: 'opus',
  audio: audioParameters[row.quality_preset],
  effective_settings: effectiveSettings(row.room_type, row.settings),
  created_at: isoTime(created_at.getTime()),
  scheduled_end_at: isoTimeOrNull(scheduled_end_at?.getTime() ?? null),
})
