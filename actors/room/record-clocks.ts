import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { InviteId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { inviteExpiryWorkflowId, roomExpiryWorkflowId } from '../../protocol/workflows.ts'
import { awaitsExpiry } from './invites.ts'
import { endOf } from './life.ts'
import type { RoomState } from './state.ts'

/** What the workflows are told that stand behind the room's own alarm: when it ends, and when its invites do. */

/**
 * The end of an empty room is told that much later, ms, or half-way to it: whoever comes back takes it away again, and then Temporal hears
 * nothing of either.
 */
const emptyHoldMs = 30_000

/** An invite's time never changes: there is one generation. */
const generation = 1

/** Word to the workflow of the room's end, where the event changed that. The one that closed the room itself is ending already. */
export function roomClock(event: RoomEvent, after: RoomState, atMs: number): readonly RecordWrite[] {
  if (!after.end.isNew || (event.type === 'room.closed' && event.clock === 'workflow')) return []
  const end = endOf(after)
  const { roomId } = after
  const holdMs = end?.cause === 'empty' ? Math.min(emptyHoldMs, Math.max(0, end.atMs - atMs) / 2) : 0
  return [
    { write: 'room.end', roomId, generation: after.end.generation },
    {
      write: 'outbox',
      key: roomExpiryWorkflowId(roomId),
      message: {
        kind: 'room_end.set',
        roomId,
        generation: after.end.generation,
        atMs: end?.atMs ?? null,
        warns: end?.cause === 'scheduled_end',
      },
      atMs,
      ...(holdMs > 0 ? { holdMs } : {}),
    },
  ]
}

type Created = Pick<Extract<RoomEvent, { type: 'invite.created' }>, 'invite_id' | 'expires_at_ms'>

export const inviteClockSet = ({ roomId }: RoomState, event: Created, atMs: number): RecordWrite => ({
  write: 'outbox',
  key: inviteExpiryWorkflowId(event.invite_id),
  message: { kind: 'invite.set', inviteId: event.invite_id, roomId, generation, atMs: event.expires_at_ms },
  atMs,
})

/** No word while the invite may still be used, nor of one that the room has forgotten: its time was over by then. */
export function inviteClockEnded({ invites }: RoomState, inviteId: InviteId, atMs: number): readonly RecordWrite[] {
  const invite = invites.get(inviteId)
  if (!invite || awaitsExpiry(invite)) return []
  const message = { kind: 'invite.ended', inviteId, generation } as const
  return [{ write: 'outbox', key: inviteExpiryWorkflowId(inviteId), message, atMs }]
}

/** Open invites go with the room. */
export function inviteClocksEnded({ invites }: RoomState, atMs: number): readonly RecordWrite[] {
  return [...invites.values()].filter(awaitsExpiry).flatMap(({ inviteId }): RecordWrite[] => [
    { write: 'invite.ended', inviteId, status: 'revoked', atMs },
    {
      write: 'outbox',
      key: inviteExpiryWorkflowId(inviteId),
      message: { kind: 'invite.ended', inviteId, generation },
      atMs,
    },
  ])
}
