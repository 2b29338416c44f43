import type { UserId } from '../../protocol/ids.ts'
import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import { audioParameters } from '../../protocol/room/audio.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { effectiveSettings } from '../../protocol/room/settings.ts'
import type { StageView } from '../../protocol/room/stage.ts'
import type { Volumes } from '../../protocol/room/volume.ts'
import { presetBitrate } from '../../protocol/room/values.ts'
import type {
  MeshKind,
  ParticipantView,
  PresenceView,
  PublicRoomEvent,
  RoomSnapshotView,
  RoomView,
  SanctionView,
} from '../../protocol/room/view.ts'
import type { RunningSanction } from '../sanction-book.ts'
import { isDeafened, muteOf, rolesBeyondMuteAll } from './sanctions-on.ts'
import { hasStage, isSpeaking, seatAllows, transmitsTo } from './speech.ts'
import { occupancyOf, presenceOf, roleOf, settingsOf } from './state.ts'
import type { Presence, RoomFacts, RoomState, Seat } from './state.ts'
import { presentWider } from './wider.ts'

/** The room object. No hash leaves here. */
export function presentRoom(state: RoomState, facts: RoomFacts): RoomView {
  const { spec, status, createdAtMs } = facts
  return {
    room_id: state.roomId,
    name: spec.name,
    description: spec.description,
    owner_id: spec.owner_id,
    room_type: spec.room_type,
    max_participants: spec.max_participants,
    current_participants: occupancyOf(state),
    quality_preset: spec.quality_preset,
    audio_codec: 'opus',
    bitrate: presetBitrate[spec.quality_preset],
    audio: audioParameters[spec.quality_preset],
    status,
    is_private: spec.is_private,
    is_temporary: spec.is_temporary,
    is_moderated: spec.is_moderated,
    allow_recording: spec.allow_recording,
    has_password: spec.password_hash !== null,
    region: spec.region,
    game_server_id: spec.game_server_id,
    guild_id: spec.guild_id,
    parent_room_id: spec.parent_room_id ?? null,
    created_at: isoTime(createdAtMs),
    scheduled_end_at: isoTimeOrNull(spec.scheduled_end_at_ms),
    settings: spec.settings,
    effective_settings: effectiveSettings(spec.room_type, spec.settings),
    permissions: spec.permissions,
    metadata: spec.metadata,
  }
}

/** A seat as that state has it, seen by that viewer or, without one, by everyone; `presence` in the place of the one it has there. */
export function presentSeat(
  state: RoomState,
  seat: Seat,
  presence: Presence = presenceOf(state, seat.sessionId),
  viewer?: UserId,
): ParticipantView {
  const mute = muteOf(state, seat)
  return {
    session_id: seat.sessionId,
    user_id: seat.userId,
    username: seat.username,
    role: seat.role,
    joined_at: isoTime(seat.joinedAtMs),
    speaks_from: seat.speaksFrom,
    is_connected: presence.connected,
    on_stage: state.stage.speakers.has(seat.userId),
    has_voice: state.voices.has(seat.userId),
    is_muted: mute !== null,
    muted_until: isoTimeOrNull(mute?.untilMs ?? null),
    is_deafened: isDeafened(state, seat),
    self_muted: presence.selfMuted,
    push_to_talk: presence.keyHeld,
    transmits: transmitsTo(state, seat.userId, presence, viewer),
    speaking: isSpeaking(state, seat.userId, presence, viewer),
    ...flagsAllowed(state, seat.userId, presence),
  }
}

/** What one may say of oneself with a permission only; without it any more it is not shown. */
const flagsAllowed = (state: RoomState, userId: UserId, { handRaised, priority }: Presence) => ({
  hand_raised: handRaised && seatAllows(state, userId, 'raise_hand'),
  priority: priority && seatAllows(state, userId, 'priority_speaker'),
})

/** What is volatile about everyone: what that viewer does not know who has heard all events. */
export const presentPresence = (state: RoomState, viewer?: UserId): readonly PresenceView[] =>
  Array.from(state.seats.values(), ({ sessionId, userId }) => {
    const presence = presenceOf(state, sessionId)
    return {
      session_id: sessionId,
      is_connected: presence.connected,
      self_muted: presence.selfMuted,
      push_to_talk: presence.keyHeld,
      transmits: transmitsTo(state, userId, presence, viewer),
      speaking: isSpeaking(state, userId, presence, viewer),
      ...flagsAllowed(state, userId, presence),
    }
  })

export const presentRoomSanction = (
  state: RoomState,
  { kind, userId, generation, untilMs }: Omit<RunningSanction, 'replacesTimed'>,
): SanctionView => ({
  kind,
  user_id: userId,
  generation,
  until: isoTimeOrNull(untilMs),
  ...(kind === 'mute_all' ? { except_roles: rolesBeyondMuteAll(state) } : {}),
})

/**
 * The whole room, as that viewer sees it. A sanction is shown from its application to its lift: the actor's alarm lifts it at its deadline, so
 * none is shown for longer than the alarm takes.
 */
export const presentSnapshot = (state: RoomState, facts: RoomFacts, viewer?: UserId): RoomSnapshotView => ({
  room: presentRoom(state, facts),
  participants: Array.from(state.seats.values(), (seat) => presentSeat(state, seat, undefined, viewer)),
  sanctions: [
    ...Array.from(state.sanctions.values(), (running) => presentRoomSanction(state, running)),
    ...Array.from(state.wider.keys()).flatMap((userId) => presentWider(state, userId)),
  ],
  stage: presentStage(state, facts),
  mesh: meshKind(state),
  volumes: viewer === undefined ? [] : volumesOf(state, viewer),
})

function volumesOf(state: RoomState, user: UserId): Volumes {
  const seat = state.seats.get(user)
  return seat ? presenceOf(state, seat.sessionId).volumes : []
}

export const meshKind = ({ mesh }: RoomState): MeshKind => (mesh ? 'chosen' : 'full')

/** Null in rooms without one. */
const presentStage = (state: RoomState, facts: RoomFacts): StageView | null =>
  hasStage(state)
    ? {
        seats: settingsOf(facts).stageSeats,
        speakers: [...state.stage.speakers],
        queue: [...state.stage.queue],
        invited: [...state.stage.invited],
      }
    : null

/** What everyone in the room is told of an event; `after` is the state behind it. No reason and no moderator's name. */
export function presentEvent(event: RoomEvent, after: RoomState): PublicRoomEvent | null {
  switch (event.type) {
    case 'room.created':
    case 'room.updated':
      return after.room && { type: event.type, room: presentRoom(after, after.room) }
    case 'room.closed':
      return { type: event.type, cause: event.cause ?? 'closed' }
    case 'participant.joined': {
      const seat = after.seats.get(event.user_id)
      return seat ? { type: event.type, participant: presentSeat(after, seat) } : null
    }
    case 'participant.left':
      return { type: event.type, session_id: event.session_id, user_id: event.user_id, reason: event.reason }
    case 'stage.moved':
      return { type: event.type, user_id: event.user_id, to: event.to }
    case 'voice.changed':
      return { type: event.type, user_id: event.user_id, has_voice: event.has_voice }
    case 'sanction.applied':
      return {
        type: event.type,
        ...presentRoomSanction(after, {
          kind: event.kind,
          userId: event.user_id,
          generation: event.generation,
          untilMs: event.until_ms,
        }),
      }
    case 'sanction.lifted': {
      const { kind, user_id, generation, cause, clock } = event
      return { type: event.type, kind, user_id, generation, cause, clock }
    }
    case 'wider_sanctions.known':
    case 'wider_sanctions.expired':
      return {
        type: 'wider_sanctions.known',
        user_id: event.user_id,
        sanctions: presentWider(after, event.user_id),
      }
    case 'participant.kicked':
      // Everyone hears who left, and why.
      return null
    case 'role.changed':
      return { type: event.type, user_id: event.user_id, role: roleOf(after, event.user_id) }
    case 'invite.accepted':
      // Others learn of it where it changes what they see: by the role of a seat.
      return after.seats.has(event.user_id)
        ? { type: 'role.changed', user_id: event.user_id, role: roleOf(after, event.user_id) }
        : null
    case 'invite.created':
    case 'invite.rejected':
    case 'invite.revoked':
    case 'invite.expired':
      return null
    case 'ownership.transferred':
      return { type: event.type, from_user_id: event.from_user_id, to_user_id: event.to_user_id }
  }
}
