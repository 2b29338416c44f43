import type { UserId } from '../../protocol/ids.ts'
import { volumesMax, type Volumes } from '../../protocol/room/volume.ts'
import { answer, reject, type CommandOf, type LiveRoom, type RoomDecision } from './decision.ts'
import { presenceOf, seatOfSession } from './state.ts'

/** How loud somebody hears others: theirs alone, so nobody is told. Volatile, as the flags. */
export function setVolume(state: LiveRoom, command: CommandOf<'set_volume'>): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  if (seat?.userId !== command.user_id) return reject('SESSION_NOT_FOUND')
  const presence = presenceOf(state, seat.sessionId)
  const volumes = withVolume(presence.volumes, command.target_user_id, command.volume)
  if (volumes.length > volumesMax) return reject('TOO_MANY_VOLUMES', { limit: volumesMax })
  return answer('set_volume', null, {
    changes: [{ change: 'presence', sessionId: seat.sessionId, presence: { ...presence, volumes } }],
  })
}

/** At 100 nothing is kept. */
const withVolume = (volumes: Volumes, user: UserId, volume: number): Volumes => [
  ...volumes.filter(({ user_id: id }) => id !== user),
  ...(volume === 100 ? [] : [{ user_id: user, volume }]),
]
