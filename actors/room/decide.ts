import type { RoomCommand } from '../../protocol/room/commands.ts'
import { attach, detach, setFlags, useSeat } from './decide-presence.ts'
import { expireInvite } from './decide-invite-expiry.ts'
import { expireRoom, warnRoom } from './decide-life.ts'
import { acceptInvite, createInvite, listInvites, rejectInvite, revokeInvite, viewInvite } from './decide-invites.ts'
import { close, create, update, view } from './decide-room.ts'
import { authorize, setRole, transferOwnership } from './decide-roles.ts'
import { expire, kick, lift, sanction } from './decide-sanctions.ts'
import { join, leave } from './decide-seats.ts'
import { signal, signalsHeard } from './decide-signals.ts'
import { decideStage } from './decide-stage.ts'
import { setVolume } from './decide-volume.ts'
import { knowWider } from './decide-wider.ts'
import { checkBroadcast, setTransmit } from './decide-transmit.ts'
import { activated, wake } from './decide-wake.ts'
import { dueEnd } from './life.ts'
import { reject, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import type { RoomState } from './state.ts'

/**
 * What a command comes to in this state, at this time. Before its creation a room takes only `create`, after its closing
 * only `view` and `authorize`; what the engine itself sends is never refused.
 */
export function decide(state: RoomState, command: RoomCommand, rules: Rules): RoomDecision {
  switch (command.type) {
    case 'create':
      return create(state, command, rules)
    case 'view':
      return view(state, command)
    case 'authorize':
      return authorize(state, command)
    case 'detach':
      return detach(state, command, rules)
    case 'wake':
      return wake(state, rules)
    case 'activated':
      return activated(state, rules)
    case 'update':
    case 'close':
    case 'join':
    case 'leave':
    case 'attach':
    case 'set_flags':
    case 'set_transmit':
    case 'check_broadcast':
    case 'set_volume':
    case 'use_seat':
    case 'signal':
    case 'signals_heard':
    case 'sanction':
    case 'lift':
    case 'kick':
    case 'expire':
    case 'expire_room':
    case 'know_wider':
    case 'warn_room':
    case 'expire_invite':
    case 'set_role':
    case 'transfer_ownership':
    case 'request_to_speak':
    case 'withdraw_request':
    case 'invite_to_stage':
    case 'accept_stage_invite':
    case 'decline_stage_invite':
    case 'leave_stage':
    case 'remove_from_stage':
    case 'grant_voice':
    case 'revoke_voice':
    case 'create_invite':
    case 'accept_invite':
    case 'reject_invite':
    case 'revoke_invite':
    case 'list_invites':
    case 'view_invite':
      if (!isCreated(state)) return reject('ROOM_NOT_FOUND')
      if (state.room.status === 'closed') return reject('ROOM_CLOSED')
      // Its end has come, though no clock has struck yet: nobody gets in between.
      if (command.type !== 'expire_room' && dueEnd(state, rules.nowMs)) return reject('ROOM_CLOSED')
      return decideLive(state, command, rules)
  }
}

type LiveCommand = Exclude<RoomCommand, { type: 'create' | 'view' | 'authorize' | 'detach' | 'wake' | 'activated' }>

function decideLive(state: LiveRoom, command: LiveCommand, rules: Rules): RoomDecision {
  switch (command.type) {
    case 'update':
      return update(state, command, rules)
    case 'close':
      return close(state, command, rules)
    case 'join':
      return join(state, command, rules)
    case 'leave':
      return leave(state, command)
    case 'attach':
      return attach(state, command, rules)
    case 'set_flags':
      return setFlags(state, command, rules)
    case 'set_transmit':
      return setTransmit(state, command)
    case 'check_broadcast':
      return checkBroadcast(state, command)
    case 'set_volume':
      return setVolume(state, command)
    case 'use_seat':
      return useSeat(state, command, rules)
    case 'signal':
      return signal(state, command, rules)
    case 'signals_heard':
      return signalsHeard(state, command)
    case 'sanction':
      return sanction(state, command, rules)
    case 'lift':
      return lift(state, command)
    case 'kick':
      return kick(state, command, rules)
    case 'expire':
      return expire(state, command, rules)
    case 'expire_room':
      return expireRoom(state, command, rules)
    case 'know_wider':
      return knowWider(state, command, rules)
    case 'warn_room':
      return warnRoom(state, rules)
    case 'expire_invite':
      return expireInvite(state, command, rules)
    case 'set_role':
      return setRole(state, command, rules)
    case 'transfer_ownership':
      return transferOwnership(state, command, rules)
    case 'request_to_speak':
    case 'withdraw_request':
    case 'accept_stage_invite':
    case 'decline_stage_invite':
    case 'leave_stage':
    case 'invite_to_stage':
    case 'remove_from_stage':
    case 'grant_voice':
    case 'revoke_voice':
      return decideStage(state, command)
    case 'create_invite':
      return createInvite(state, command, rules)
    case 'accept_invite':
      return acceptInvite(state, command, rules)
    case 'reject_invite':
      return rejectInvite(state, command, rules)
    case 'revoke_invite':
      return revokeInvite(state, command)
    case 'list_invites':
      return listInvites(state, command, rules)
    case 'view_invite':
      return viewInvite(state, command, rules)
  }
}

const isCreated = (state: RoomState): state is LiveRoom => state.room !== null
