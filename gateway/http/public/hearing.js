// @ts-check
import { hasTheWord } from './roster.js'

/** @typedef {import('./roster.js').Participant} Participant */
/** @typedef {import('./roster.js').Roster} Roster */

/*
 * Who hears whom, by what the room says of them. Audio flows between the clients, so these rules are kept at both ends: who
 * speaks obeys them out of courtesy, who listens whatever the other one's client does.
 */

/**
 * Whether the room lets this participant be heard at all: not muted, on stage or with a voice where it takes one, and holding
 * the key in a room where one talks by a key.
 * @param {Roster['room']} room
 * @param {Participant} participant
 */
export const mayBeHeard = (room, participant) =>
  hasTheWord(room, participant) &&
  !participant.is_muted &&
  (Boolean(participant.speaks_from) || participant.push_to_talk || room?.effective_settings?.push_to_talk !== true)

/**
 * Whether what comes from a peer is played. Somebody of whom the roster knows nothing is not, nor who speaks to others at this moment.
 * @param {Roster} roster
 * @param {string} ownSession
 * @param {string} peerSession
 */
export function isPlayed({ room, participants }, ownSession, peerSession) {
  const peer = participants.get(peerSession)
  return (
    peer !== undefined &&
    peer.transmits !== 'none' &&
    mayBeHeard(room, peer) &&
    !(participants.get(ownSession)?.is_deafened ?? false) &&
    // Who only speaks into a room hears nobody there.
    !participants.get(ownSession)?.speaks_from
  )
}

/**
 * Whether one's own voice is sent to a peer: never while one may not be heard, and not to the deafened, whose client may be one that
 * plays it nevertheless. The key to talk is left out: it opens the microphone itself, with no way to the room and back.
 * @param {Roster} roster
 * @param {string} ownSession
 * @param {string} peerSession
 * @param {(userId: string) => boolean} [isMeant] Whether the microphone is for that user at all.
 */
export function isSpokenTo({ room, participants }, ownSession, peerSession, isMeant = () => true) {
  const own = participants.get(ownSession)
  const peer = participants.get(peerSession)
  if (own === undefined || peer === undefined) return false
  if (peer.speaks_from) return false
  return hasTheWord(room, own) && !own.is_muted && !peer.is_deafened && isMeant(peer.user_id)
}
