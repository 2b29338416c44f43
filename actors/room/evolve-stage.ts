import type { UserId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { moved } from './stage-state.ts'
import type { RoomState } from './state.ts'

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

export const stageMoved = (state: RoomState, event: EventOf<'stage.moved'>): RoomState => ({
  ...state,
  stage: moved(state.stage, event.user_id, event.to),
})

export const voiceChanged = (state: RoomState, event: EventOf<'voice.changed'>): RoomState => ({
  ...state,
  voices: withVoice(state.voices, event.user_id, event.has_voice),
})

/** Who has no seat any more has no place on stage or in its queue, and no voice. */
export const offStage = (state: RoomState, user: UserId): RoomState => ({
  ...state,
  stage: moved(state.stage, user, 'none'),
  voices: withVoice(state.voices, user, false),
})

function withVoice(voices: ReadonlySet<UserId>, user: UserId, hasVoice: boolean): ReadonlySet<UserId> {
  if (voices.has(user) === hasVoice) return voices
  const changed = new Set(voices)
  if (hasVoice) changed.add(user)
  else changed.delete(user)
  return changed
}
