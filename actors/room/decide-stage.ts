import type { UserId } from '../../protocol/ids.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { stageInvitesMax, stageQueueMax, type StageCommand, type StagePlace } from '../../protocol/room/stage.ts'
import { answer, reject, type CommandOf, type LiveRoom, type RoomDecision } from './decision.ts'
import { refusal } from './policy.ts'
import { hasStage, mayManageStage } from './speech.ts'
import { moved, placeOf, positionOf } from './stage-state.ts'
import { settingsOf } from './state.ts'

/** The stage and the voices of a moderated room: who may be heard. Durable, journaled. */

type Own = 'request_to_speak' | 'withdraw_request' | 'accept_stage_invite' | 'decline_stage_invite' | 'leave_stage'

export function decideStage(state: LiveRoom, command: StageCommand): RoomDecision {
  switch (command.type) {
    case 'grant_voice':
    case 'revoke_voice':
      return changeVoice(state, command)
    case 'invite_to_stage':
      return invite(state, command)
    case 'remove_from_stage':
      return remove(state, command)
    case 'request_to_speak':
    case 'withdraw_request':
    case 'accept_stage_invite':
    case 'decline_stage_invite':
    case 'leave_stage':
      return moveOneself(state, command)
  }
}

/** What somebody does with their own place. */
function moveOneself(state: LiveRoom, command: CommandOf<Own>): RoomDecision {
  const user = command.by.user_id
  const refused = refusal(state, command.by, { action: 'view' }) ?? offStage(state, user)
  if (refused) return reject(refused)
  const place = placeOf(state.stage, user)
  switch (command.type) {
    case 'request_to_speak':
      return request(state, command, place)
    case 'withdraw_request':
      return place === 'queue' ? move(state, command.type, user, 'none', user) : reject('NOT_IN_QUEUE')
    case 'accept_stage_invite':
      return place === 'invited' ? enter(state, command.type, user, user) : reject('NOT_INVITED')
    case 'decline_stage_invite':
      return place === 'invited' ? move(state, command.type, user, 'none', user) : reject('NOT_INVITED')
    case 'leave_stage':
      return place === 'stage' ? move(state, command.type, user, 'none', user) : reject('NOT_ON_STAGE')
  }
}

/** Who may manage the stage needs nobody's leave to be on it. An invitation is taken by asking, too. */
function request(state: LiveRoom, { by }: CommandOf<'request_to_speak'>, place: StagePlace): RoomDecision {
  const user = by.user_id
  if (place === 'stage' || place === 'queue') return standing(state, 'request_to_speak', user)
  if (place === 'invited' || mayManageStage(state, user)) return enter(state, 'request_to_speak', user, user)
  const refused = refusal(state, by, { permission: 'request_to_speak' })
  if (refused) return reject(refused)
  if (state.stage.queue.size >= stageQueueMax) return reject('QUEUE_FULL', { limit: stageQueueMax })
  return move(state, 'request_to_speak', user, 'queue', user)
}

function invite(state: LiveRoom, { by, target_user_id: user }: CommandOf<'invite_to_stage'>): RoomDecision {
  const refused = refusal(state, by, { permission: 'manage_stage' }) ?? offStage(state, user)
  if (refused) return reject(refused)
  const place = placeOf(state.stage, user)
  if (place === 'queue') return enter(state, 'invite_to_stage', user, by.user_id)
  if (place !== 'none') return standing(state, 'invite_to_stage', user)
  if (state.stage.invited.size >= stageInvitesMax) return reject('QUEUE_FULL', { limit: stageInvitesMax })
  return move(state, 'invite_to_stage', user, 'invited', by.user_id)
}

function remove(state: LiveRoom, { by, target_user_id: user }: CommandOf<'remove_from_stage'>): RoomDecision {
  const refused = refusal(state, by, { permission: 'manage_stage', target: user }) ?? offStage(state, user)
  if (refused) return reject(refused)
  if (placeOf(state.stage, user) === 'none') return reject('NOT_ON_STAGE')
  return move(state, 'remove_from_stage', user, 'none', by.user_id)
}

function changeVoice(state: LiveRoom, command: CommandOf<'grant_voice' | 'revoke_voice'>): RoomDecision {
  const { by, target_user_id: user, type } = command
  const hasVoice = type === 'grant_voice'
  const refused = refusal(state, by, { permission: 'manage_stage', target: user })
  if (refused) return reject(refused)
  if (!state.seats.has(user)) return reject('PARTICIPANT_NOT_FOUND')
  const value = { user_id: user, has_voice: hasVoice }
  if (state.voices.has(user) === hasVoice) return answer(type, value)
  return answer(type, value, {
    events: [{ type: 'voice.changed', v: 1, user_id: user, has_voice: hasVoice, by: by.user_id }],
  })
}

/** Why that user has no place to be in; null where they may have one. */
function offStage(state: LiveRoom, user: UserId): ErrorCode | null {
  if (!hasStage(state)) return 'NO_STAGE'
  return state.seats.has(user) ? null : 'PARTICIPANT_NOT_FOUND'
}

/** A place on stage, where one is free. */
const enter = (state: LiveRoom, type: StageCommand['type'], user: UserId, by: UserId): RoomDecision => {
  const { stageSeats } = settingsOf(state.room)
  if (state.stage.speakers.size >= stageSeats) return reject('STAGE_FULL', { limit: stageSeats })
  return move(state, type, user, 'stage', by)
}

function move(state: LiveRoom, type: StageCommand['type'], user: UserId, to: StagePlace, by: UserId): RoomDecision {
  const after = { ...state, stage: moved(state.stage, user, to) }
  return { ...standing(after, type, user), events: [{ type: 'stage.moved', v: 1, user_id: user, to, by }] }
}

/** Where they are; nothing happens. */
const standing = ({ stage }: LiveRoom, type: StageCommand['type'], user: UserId): RoomDecision =>
  answer(type as 'request_to_speak', {
    user_id: user,
    place: placeOf(stage, user),
    position: positionOf(stage, user),
  })
