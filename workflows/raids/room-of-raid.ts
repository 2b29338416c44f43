import type { GivenRoles, HeldOccurrence } from '../../persistence/raid-clockwork/port.ts'
import { isoTime } from '../../protocol/iso-time.ts'
import type { RoomChanges, RoomSpec } from '../../protocol/room/commands.ts'
import { roomTypeTable } from '../../protocol/room/room-types.ts'

const row = roomTypeTable.raid

/** The room that an occurrence has. It is private: those who signed up are let in by the roles that it is told, and nobody else. */
export const specOf = (held: HeldOccurrence): RoomSpec => ({
  owner_id: held.raid.creatorId,
  name: held.raid.name,
  description: held.raid.description,
  room_type: 'raid',
  max_participants: held.raid.maxParticipants,
  quality_preset: row.defaultPreset,
  ...{ is_private: true, is_temporary: false, is_moderated: false, allow_recording: false, password_hash: null },
  ...{ region: held.raid.region, game_server_id: null, guild_id: held.raid.guildId },
  scheduled_end_at_ms: held.occurrence.endsAtMs,
  settings: {},
  permissions: {},
  metadata: metadataOf(held),
})

/** What an edit of the raid comes to in a room that is open. */
export const changesOf = (held: HeldOccurrence): RoomChanges => ({
  name: held.raid.name,
  description: held.raid.description,
  max_participants: held.raid.maxParticipants,
  scheduled_end_at_ms: held.occurrence.endsAtMs,
  metadata: metadataOf(held),
})

/** What clients show in the room: which raid this is, and who does what in it. */
const metadataOf = ({ raid, occurrence, roster }: HeldOccurrence) => ({
  raid: {
    raid_id: raid.raidId,
    occurrence: occurrence.slot,
    starts_at: isoTime(occurrence.startsAtMs),
    // Under the name by which people are found who want to be forgotten.
    roles: roster.filter(({ status }) => status === 'going').map(({ userId, role }) => ({ user_id: userId, role })),
  },
})

/** The roles that let people in. The maker of the raid owns the room, and needs none. */
export const rolesOf = ({ raid, roster }: HeldOccurrence): GivenRoles =>
  Object.fromEntries(
    roster
      .filter(({ status, userId }) => status === 'going' && userId !== raid.creatorId)
      .map(({ userId, roomRole }) => [userId, roomRole]),
  )
