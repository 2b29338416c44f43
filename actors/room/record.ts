import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { InviteId, UserId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { presetBitrate, type SanctionKind } from '../../protocol/room/values.ts'
import { sanctionWorkflowId, type SanctionMessage, type SanctionRef } from '../../protocol/workflows.ts'
import { occupancyOf, roleOf, sanctionKey } from './state.ts'
import { endOf } from './life.ts'
import { isDeafened, ownMute } from './sanctions-on.ts'
import { inviteClockEnded, inviteClocksEnded, inviteClockSet, roomClock } from './record-clocks.ts'
import type { RoomState } from './state.ts'
import { inForce, widerOf } from './wider.ts'

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

/** Rows of the record that stand in the same transaction as the event. `after` is the state behind it. */
export const recordOf = (event: RoomEvent, after: RoomState, atMs: number): readonly RecordWrite[] => [
  ...rowsOf(event, after, atMs),
  ...roomClock(event, after, atMs),
]

function rowsOf(event: RoomEvent, after: RoomState, atMs: number): readonly RecordWrite[] {
  switch (event.type) {
    case 'room.created':
    case 'room.updated':
      return roomPut(after)
    case 'room.closed':
      return closed(after, atMs)
    case 'participant.joined':
      return joined(event, after, atMs)
    case 'participant.left': {
      const gone: RecordWrite = { write: 'participant.left', sessionId: event.session_id, atMs }
      // A replaced seat is followed by the joining one, which tells the count.
      return event.reason === 'replaced' ? [gone] : [gone, activity(after, atMs)]
    }
    case 'stage.moved':
    case 'voice.changed':
      return []
    case 'sanction.applied':
      return applied(event, after, atMs)
    case 'participant.kicked':
      return [kicked(event, after, atMs)]
    case 'sanction.lifted':
      return lifted(event, after, atMs)
    case 'wider_sanctions.known':
      return [knownWrite(event.user_id, after, atMs), ...seatMarks(after, event.user_id)]
    case 'wider_sanctions.expired':
      return seatMarks(after, event.user_id)
    case 'role.changed':
      return [roleWrite(after, event.user_id)]
    case 'invite.created':
      return [
        {
          write: 'invite.put',
          inviteId: event.invite_id,
          roomId: after.roomId,
          tokenHash: event.token_hash,
          inviterId: event.by,
          inviteeId: event.invitee_id,
          role: event.role,
          maxUses: event.max_uses,
          message: event.message,
          createdAtMs: atMs,
          expiresAtMs: event.expires_at_ms,
        },
        inviteClockSet(after, event, atMs),
      ]
    case 'invite.accepted':
      return [
        { write: 'invite.used', inviteId: event.invite_id, atMs },
        roleWrite(after, event.user_id),
        ...inviteClockEnded(after, event.invite_id, atMs),
      ]
    case 'invite.rejected':
      return inviteEnded(after, event.invite_id, 'rejected', atMs)
    case 'invite.revoked':
      return inviteEnded(after, event.invite_id, 'revoked', atMs)
    case 'invite.expired':
      return event.clock === 'workflow'
        ? [{ write: 'invite.ended', inviteId: event.invite_id, status: 'expired', atMs }]
        : inviteEnded(after, event.invite_id, 'expired', atMs)
    case 'ownership.transferred':
      return [...roomPut(after), roleWrite(after, event.from_user_id), roleWrite(after, event.to_user_id)]
  }
}

function roomPut(after: RoomState): readonly RecordWrite[] {
  const { room, roomId } = after
  if (!room) return []
  return [
    {
      write: 'room.put',
      roomId,
      spec: room.spec,
      status: room.status,
      bitrate: presetBitrate[room.spec.quality_preset],
      createdAtMs: room.createdAtMs,
      activeAtMs: room.activeAtMs,
      participants: occupancyOf(after),
      closesAtMs: endOf(after)?.atMs ?? null,
    },
  ]
}

const roleWrite = (after: RoomState, userId: UserId): RecordWrite => ({
  write: 'participant.role',
  roomId: after.roomId,
  userId,
  role: roleOf(after, userId),
  given: after.roles.get(userId) ?? null,
})

const activity = (after: RoomState, atMs: number): RecordWrite => ({
  write: 'room.activity',
  roomId: after.roomId,
  activeAtMs: atMs,
  participants: occupancyOf(after),
  closesAtMs: endOf(after)?.atMs ?? null,
})

const inviteEnded = (
  after: RoomState,
  inviteId: InviteId,
  status: Extract<RecordWrite, { write: 'invite.ended' }>['status'],
  atMs: number,
): readonly RecordWrite[] => [
  { write: 'invite.ended', inviteId, status, atMs },
  ...inviteClockEnded(after, inviteId, atMs),
]

/**
 * Every seat ends with the room, every open invite and every sanction with a deadline: nobody can come any more, and no clock waits.
 */
function closed(after: RoomState, atMs: number): readonly RecordWrite[] {
  const timed = [...after.sanctions.values()].filter((sanction) => sanction.untilMs !== null)
  return [
    ...roomPut(after),
    ...after.endedSessions.map((sessionId): RecordWrite => ({ write: 'participant.left', sessionId, atMs })),
    ...timed.map(({ kind, userId, generation }): RecordWrite => ({
      ...{ write: 'sanction.lifted', scope: 'room', scopeId: after.roomId, userId, kind, generation, atMs },
      cause: 'room_closed',
    })),
    ...timed.map(({ kind, userId, generation }) => ended(after, kind, userId, generation, atMs)),
    ...inviteClocksEnded(after, atMs),
  ]
}

function joined(event: EventOf<'participant.joined'>, after: RoomState, atMs: number): readonly RecordWrite[] {
  const mute = ownMute(after, event.user_id)
  return [
    knownWrite(event.user_id, after, atMs),
    {
      write: 'participant.put',
      roomId: after.roomId,
      sessionId: event.session_id,
      userId: event.user_id,
      username: event.username,
      role: event.role,
      joinedAtMs: atMs,
      isMuted: mute !== null,
      mutedUntilMs: mute?.untilMs ?? null,
      isDeafened: isDeafened(after, { userId: event.user_id }),
    },
    activity(after, atMs),
  ]
}

function applied(event: EventOf<'sanction.applied'>, after: RoomState, atMs: number): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, until_ms: untilMs, by, reason, evidence = null } = event
  const { roomId } = after
  const replacesTimed = after.sanctions.get(sanctionKey(kind, userId))?.replacesTimed === true
  const told: RecordWrite = {
    write: 'moderation.event',
    roomId,
    moderatorId: by,
    targetUserId: userId,
    action: kind,
    reason,
    evidence,
    atMs,
    expiresAtMs: untilMs,
    durationS: secondsUntil(untilMs, atMs),
    data: { generation },
  }
  return [
    { write: 'sanction.put', scope: 'room', scopeId: roomId, userId, kind, generation, untilMs, by, reason, atMs },
    // The kick has a row of its own.
    ...(event.by_kick ? [] : [told]),
    ...onSeats(after, kind, userId),
    ...(untilMs === null
      ? replacesTimed
        ? [ended(after, kind, userId, generation, atMs)]
        : []
      : [outbox({ kind: 'sanction.set', ref: refOf(after, kind, userId), generation, untilMs }, atMs)]),
  ]
}

function lifted(event: EventOf<'sanction.lifted'>, after: RoomState, atMs: number): readonly RecordWrite[] {
  const { kind, user_id: userId, generation, cause, clock, by, reason, evidence = null } = event
  const { roomId } = after
  const timed = after.lifted.get(sanctionKey(kind, userId))?.timed === true
  return [
    { write: 'sanction.lifted', scope: 'room', scopeId: roomId, userId, kind, generation, atMs, cause },
    {
      write: 'moderation.event',
      roomId,
      moderatorId: by,
      targetUserId: userId,
      action: liftAction[kind],
      reason,
      evidence,
      atMs,
      expiresAtMs: null,
      durationS: null,
      data: { generation, cause, clock },
    },
    ...onSeats(after, kind, userId),
    // A workflow that lifted it itself is ending already.
    ...(timed && clock !== 'workflow' ? [ended(after, kind, userId, generation, atMs)] : []),
  ]
}

const liftAction = { mute: 'unmute', deafen: 'undeafen', ban: 'unban', mute_all: 'unmute_all' } as const

const kicked = (event: EventOf<'participant.kicked'>, after: RoomState, atMs: number): RecordWrite => ({
  write: 'moderation.event',
  roomId: after.roomId,
  moderatorId: event.by,
  targetUserId: event.user_id,
  action: 'kick',
  reason: event.reason,
  evidence: event.evidence ?? null,
  atMs,
  expiresAtMs: event.until_ms,
  durationS: secondsUntil(event.until_ms, atMs),
  data: { session_id: event.session_id },
})

const secondsUntil = (untilMs: number | null, atMs: number): number | null =>
  untilMs === null ? null : Math.round((untilMs - atMs) / 1_000)

/** The columns of the user's seats. A mute of everyone is a row of the room's, and stands on no seat. */
function onSeats(after: RoomState, kind: SanctionKind, userId: UserId): readonly RecordWrite[] {
  const { roomId } = after
  if (kind === 'mute') {
    const mute = ownMute(after, userId)
    return [{ write: 'participant.mute', roomId, userId, isMuted: mute !== null, mutedUntilMs: mute?.untilMs ?? null }]
  }
  if (kind === 'deafen') {
    return [{ write: 'participant.deafen', roomId, userId, isDeafened: isDeafened(after, { userId }) }]
  }
  return []
}

const seatMarks = (after: RoomState, userId: UserId): readonly RecordWrite[] => [
  ...onSeats(after, 'mute', userId),
  ...onSeats(after, 'deafen', userId),
]

/** What was decided leans on what stands beyond the room: it is written down only while that is so. */
const knownWrite = (userId: UserId, after: RoomState, atMs: number): RecordWrite => ({
  write: 'sanctions.known',
  userId,
  guildId: after.room?.spec.guild_id ?? null,
  known: inForce(widerOf(after, userId), atMs).map(({ scope, kind, generation }) => ({ scope, kind, generation })),
  atMs,
})

const refOf = (state: RoomState, kind: SanctionKind, userId: UserId): SanctionRef => ({
  kind,
  scope: 'room',
  scopeId: state.roomId,
  userId,
})

const outbox = (message: SanctionMessage, atMs: number): RecordWrite => ({
  write: 'outbox',
  key: sanctionWorkflowId(message.ref),
  message,
  atMs,
})

const ended = (state: RoomState, kind: SanctionKind, userId: UserId, generation: number, atMs: number): RecordWrite =>
  outbox({ kind: 'sanction.ended', ref: refOf(state, kind, userId), generation }, atMs)
