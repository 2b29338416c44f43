import type { RoomId } from '../../protocol/ids.ts'
import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import { audioParameters } from '../../protocol/room/audio.ts'
import { effectiveSettings } from '../../protocol/room/settings.ts'
import { roomTypeTable } from '../../protocol/room/room-types.ts'
import type { RoomView } from '../../protocol/room/view.ts'
import type { MemoryRecord } from '../record/memory-record.ts'
import { readCursor, writeCursor, type RoomPosition } from './cursor.ts'
import type { OverdueRoom, RoomEnds, RoomFilter, RoomPage, RoomRecords } from './port.ts'

type Room = NonNullable<ReturnType<MemoryRecord['tables']['rooms']['get']>>

/** Rooms of a record in memory. */
export class MemoryRoomRecords implements RoomRecords, RoomEnds {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  list(filter: RoomFilter, limit: number, cursor: string | null): Promise<RoomPage> {
    return Promise.resolve().then(() => {
      const { sort = 'newest' } = filter
      const order = sort === 'newest' ? newestFirst : fullestFirst
      const after = cursor === null ? null : readCursor(cursor, sort)
      const found = [...this.#record.tables.rooms.values()]
        .filter((room) => matches(room, filter) && this.#isVisible(room, filter))
        .sort(order)
        .filter((room) => !after || order(after, room) < 0)
      const rooms = found.slice(0, limit)
      const last = rooms.at(-1)
      return {
        rooms: rooms.map(toRoomView),
        nextCursor: last && found.length > limit ? writeCursor(positionOf(last, sort)) : null,
      }
    })
  }

  passwordHash(roomId: RoomId): Promise<string | null | undefined> {
    return Promise.resolve(this.#record.tables.rooms.get(roomId)?.spec.password_hash)
  }

  overdue(beforeMs: number, limit: number, after: OverdueRoom | null): Promise<readonly OverdueRoom[]> {
    const found = [...this.#record.tables.rooms.values()]
      .filter(({ status }) => status === 'active')
      .flatMap(({ roomId, closesAtMs }) => (closesAtMs === null ? [] : [{ roomId, closesAtMs }]))
      .filter((room) => room.closesAtMs < beforeMs && (!after || longestOverdue(after, room) < 0))
      .sort(longestOverdue)
    return Promise.resolve(found.slice(0, limit))
  }

  #isVisible({ roomId, spec }: Room, { visibleTo, guilds = [] }: RoomFilter): boolean {
    if (visibleTo === 'all' || !spec.is_private || spec.owner_id === visibleTo) return true
    if (this.#record.tables.givenRoles.has(`${roomId} ${visibleTo}`)) return true
    if (roomTypeTable[spec.room_type].ofGuild && spec.guild_id !== null && guilds.includes(spec.guild_id)) return true
    return [...this.#record.tables.seats.values()].some(
      (seat) => seat.roomId === roomId && seat.userId === visibleTo && !seat.left,
    )
  }
}

const longestOverdue = (a: OverdueRoom, b: OverdueRoom): number =>
  a.closesAtMs - b.closesAtMs || (a.roomId < b.roomId ? -1 : a.roomId > b.roomId ? 1 : 0)

const newestFirst = (a: RoomPosition, b: RoomPosition): number =>
  b.createdAtMs - a.createdAtMs || (a.roomId < b.roomId ? 1 : a.roomId > b.roomId ? -1 : 0)

const fullestFirst = (a: RoomPosition, b: RoomPosition): number =>
  (b.participants ?? 0) - (a.participants ?? 0) || newestFirst(a, b)

const positionOf = ({ createdAtMs, roomId, participants }: Room, sort: 'newest' | 'participants'): RoomPosition =>
  sort === 'newest' ? { createdAtMs, roomId } : { createdAtMs, roomId, participants }

const matches = ({ spec, status }: Room, filter: RoomFilter): boolean =>
  (filter.roomType === undefined || spec.room_type === filter.roomType) &&
  (filter.region === undefined || spec.region === filter.region) &&
  (filter.ownerId === undefined || spec.owner_id === filter.ownerId) &&
  (filter.guildId === undefined || spec.guild_id === filter.guildId) &&
  (filter.parentRoomId === undefined || spec.parent_room_id === filter.parentRoomId) &&
  (filter.gameServerId === undefined || spec.game_server_id === filter.gameServerId) &&
  (filter.hasPassword === undefined || (spec.password_hash !== null) === filter.hasPassword) &&
  (filter.name === undefined || spec.name.toLowerCase().startsWith(filter.name.toLowerCase())) &&
  (filter.status === undefined || status === filter.status)

function toRoomView({ roomId, spec, status, bitrate, participants, createdAtMs }: Room): RoomView {
  const { password_hash: hash, scheduled_end_at_ms: endsAtMs, ...facts } = spec
  return {
    ...facts,
    room_id: roomId,
    current_participants: participants,
    audio_codec: 'opus',
    bitrate,
    audio: audioParameters[spec.quality_preset],
    effective_settings: effectiveSettings(spec.room_type, spec.settings),
    parent_room_id: spec.parent_room_id ?? null,
    status,
    has_password: hash !== null,
    created_at: isoTime(createdAtMs),
    scheduled_end_at: isoTimeOrNull(endsAtMs),
  }
}
