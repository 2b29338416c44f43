import type { InviteId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { EndClock } from '../../protocol/room/values.ts'
import { answer, type CommandOf, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { awaitsExpiry } from './invites.ts'

/** The end of an invite by a clock. Whoever comes with it after its time is refused, whichever clock has written that down. */

/**
 * Whichever clock comes second finds nothing left to end, and is told so. One that the room has forgotten was over by then, and is told as
 * such, so that the record knows it too.
 */
export function expireInvite(state: LiveRoom, command: CommandOf<'expire_invite'>, { nowMs }: Rules): RoomDecision {
  const invite = state.invites.get(command.invite_id)
  const waiting = invite && awaitsExpiry(invite) ? invite : null
  if (!invite || (waiting && waiting.expiresAtMs <= nowMs)) {
    const events = [inviteExpired(command.invite_id, command.clock)]
    return answer('expire_invite', { expired: true, not_before_ms: null }, { events })
  }
  return answer('expire_invite', { expired: false, not_before_ms: waiting?.expiresAtMs ?? null })
}

export const inviteExpired = (inviteId: InviteId, clock: EndClock): RoomEvent => ({
  type: 'invite.expired',
  v: 1,
  invite_id: inviteId,
  clock,
})
