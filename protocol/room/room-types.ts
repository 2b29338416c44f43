import type { QualityPreset, RoomType } from './values.ts'

/** What makes one type of room another. */
export interface RoomTypeRow {
  /** Seats where the maker names none. */
  readonly defaultSeats: number
  /** Seats that the maker may ask for. */
  readonly maxSeats: number
  readonly defaultPreset: QualityPreset
  readonly privateByDefault: boolean
  /** Closes when it was empty for `emptyTimeoutS`. */
  readonly temporaryByDefault: boolean
  /** How long a temporary room may be empty, s. */
  readonly emptyTimeoutS: number
  /** How long a seat waits for a connection that was lost, s; null: as the node's `JOIN_GRACE_S` says. */
  readonly departureGraceS: number | null
  /** Who may send audio: everyone with the permission, or those on stage only. */
  readonly speakers: 'everyone' | 'stage'
  /** Needs a `guild_id`; whoever's token names that guild may come in, private or not. */
  readonly ofGuild: boolean
}

/**
 * The types of rooms. Group: the plain one. Raid: a seat outlasts a reconnect in the middle of a
 * fight. Guild: the guild's own hall, which stays. Party: a few friends, private, gone when they are. Proximity: everyone in
 * a place. Announcement: a stage and many listeners.
 */
export const roomTypeTable: Readonly<Record<RoomType, RoomTypeRow>> = {
  group: {
    defaultSeats: 50,
    maxSeats: 500,
    defaultPreset: 'high',
    privateByDefault: false,
    temporaryByDefault: false,
    emptyTimeoutS: 300,
    departureGraceS: null,
    speakers: 'everyone',
    ofGuild: false,
  },
  raid: {
    defaultSeats: 40,
    maxSeats: 500,
    defaultPreset: 'high',
    privateByDefault: false,
    temporaryByDefault: false,
    emptyTimeoutS: 900,
    departureGraceS: 120,
    speakers: 'everyone',
    ofGuild: false,
  },
  guild: {
    defaultSeats: 200,
    maxSeats: 5_000,
    defaultPreset: 'medium',
    privateByDefault: true,
    temporaryByDefault: false,
    emptyTimeoutS: 300,
    departureGraceS: null,
    speakers: 'everyone',
    ofGuild: true,
  },
  party: {
    defaultSeats: 5,
    maxSeats: 16,
    defaultPreset: 'high',
    privateByDefault: true,
    temporaryByDefault: true,
    emptyTimeoutS: 60,
    departureGraceS: 120,
    speakers: 'everyone',
    ofGuild: false,
  },
  proximity: {
    defaultSeats: 100,
    maxSeats: 1_000,
    defaultPreset: 'low',
    privateByDefault: false,
    temporaryByDefault: false,
    emptyTimeoutS: 300,
    departureGraceS: null,
    speakers: 'everyone',
    ofGuild: false,
  },
  announcement: {
    defaultSeats: 1_000,
    maxSeats: 50_000,
    defaultPreset: 'ultra',
    privateByDefault: false,
    temporaryByDefault: false,
    emptyTimeoutS: 300,
    departureGraceS: null,
    speakers: 'stage',
    ofGuild: false,
  },
}
