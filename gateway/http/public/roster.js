// @ts-check
import { movedTo } from './stage.js'

/** @typedef {import('../../../protocol/client/frames.ts').ServerFrame} ServerFrame */
/** @typedef {import('../../../protocol/room/view.ts').ParticipantView} Participant */
/** @typedef {import('../../../protocol/room/view.ts').PublicRoomEvent} RoomEvent */
/** @typedef {import('../../../protocol/room/view.ts').RoomSnapshotView} Snapshot */
/** @typedef {Snapshot['sanctions'][number]} Sanction */
/** @typedef {Extract<ServerFrame, { type: 'snapshot' | 'caught_up' | 'events' | 'presence' | 'links' }>} RoomFrame */
/**
 * Everybody in a room as of a position. Never changed in place: a new one is made for each frame that counts.
 * @typedef {object} Roster
 * @property {Snapshot['room'] | null} room Null before the first snapshot.
 * @property {ReadonlyMap<string, Participant>} participants By session id, in the order of joining.
 * @property {ReadonlyMap<string, Sanction>} sanctions In force, by scope, kind and user.
 * @property {import('./stage.js').Stage | null} stage Null in rooms without one.
 * @property {ReadonlyMap<string, number>} volumes How loud we hear whom, in percent, by user; whoever is not there is at 100.
 * @property {readonly string[] | null} links Sessions with which the room lets us link; null: with all.
 * @property {number} epoch
 * @property {number} seq
 */

/** @type {Roster} */
export const emptyRoster = Object.freeze({
  room: null,
  participants: new Map(),
  sanctions: new Map(),
  stage: null,
  volumes: new Map(),
  links: null,
  epoch: 0,
  seq: 0,
})

/**
 * Whether something at `at` is older than what the roster shows. What stands at the same position is not: presence has
 * no position of its own.
 * @param {{ epoch: number, seq: number }} at
 * @param {{ epoch: number, seq: number }} roster
 */
export const isOlder = (at, roster) => at.epoch < roster.epoch || (at.epoch === roster.epoch && at.seq < roster.seq)

/**
 * The roster behind a frame; the same object where the frame is older than the roster.
 * @param {Roster} roster
 * @param {RoomFrame} frame
 * @returns {Roster}
 */
export function applyFrame(roster, frame) {
  if (isOlder(frame, roster)) return roster
  const at = { epoch: frame.epoch, seq: frame.seq }
  switch (frame.type) {
    case 'snapshot':
      return { ...fromSnapshot(frame), links: frame.mesh === 'chosen' ? (roster.links ?? []) : null, ...at }
    case 'links':
      return { ...roster, links: frame.links, ...at }
    case 'presence':
      return { ...withPresence(roster, frame.participant), ...at }
    case 'caught_up':
      return { ...withFlags(roster, frame.participants), ...at }
    case 'events':
      return { ...frame.events.reduce(withEvent, roster), ...at }
  }
}

/** @param {Snapshot} snapshot */
const fromSnapshot = ({ room, participants, sanctions, stage, volumes }) => ({
  room,
  stage,
  volumes: new Map((volumes ?? []).map(({ user_id: id, volume }) => [id, volume])),
  participants: new Map(participants.map((participant) => [participant.session_id, participant])),
  sanctions: new Map(sanctions.map((sanction) => [keyOf(sanction), sanction])),
})

/** @param {{ scope?: string, kind: string, user_id: string }} sanction */
const keyOf = ({ scope, kind, user_id: userId }) => `${scope ? `${scope} ` : ''}${kind} ${userId}`

const widerScopes = ['guild', 'global']

/**
 * Somebody whom we do not know is not made known by a flag: they have left, and would stay for ever.
 * @param {Roster} roster
 * @param {Participant} participant
 */
const withPresence = (roster, participant) =>
  roster.participants.has(participant.session_id) ? seated(roster, participant) : roster

/**
 * @param {Roster} roster
 * @param {readonly import('../../../protocol/room/view.ts').PresenceView[]} flags
 * @returns {Roster}
 */
function withFlags(roster, flags) {
  const participants = new Map(roster.participants)
  for (const told of flags) {
    const participant = participants.get(told.session_id)
    if (participant) participants.set(told.session_id, { ...participant, ...told })
  }
  return { ...roster, participants }
}

/**
 * @param {Roster} roster
 * @param {Participant} participant
 * @returns {Roster}
 */
const seated = (roster, participant) => ({
  ...roster,
  participants: new Map(roster.participants).set(participant.session_id, participant),
})

/**
 * @param {Roster} roster
 * @param {RoomEvent} event
 * @returns {Roster}
 */
function withEvent(roster, event) {
  switch (event.type) {
    case 'room.created':
    case 'room.updated': {
      const stage = roster.stage && { ...roster.stage, seats: event.room.effective_settings.stage_seats }
      return { ...roster, room: event.room, stage }
    }
    case 'room.closed':
      return { ...roster, room: roster.room && { ...roster.room, status: 'closed' } }
    case 'participant.joined':
      return seated(roster, event.participant)
    case 'participant.left': {
      const participants = new Map(roster.participants)
      participants.delete(event.session_id)
      // The place of a seat that is replaced is the new seat's.
      const stage = event.reason === 'replaced' ? roster.stage : movedTo(roster.stage, event.user_id, 'none')
      // What is on them in other rooms too was shown while they were here.
      return { ...roster, participants, stage, sanctions: withoutWider(roster, event.user_id) }
    }
    case 'stage.moved': {
      const stage = movedTo(roster.stage, event.user_id, event.to)
      return { ...ofUser(roster, event.user_id, { on_stage: event.to === 'stage' }), stage }
    }
    case 'voice.changed':
      return ofUser(roster, event.user_id, { has_voice: event.has_voice })
    case 'sanction.applied':
      return sanctioned(roster, new Map(roster.sanctions).set(keyOf(event), event))
    case 'sanction.lifted': {
      const sanctions = new Map(roster.sanctions)
      sanctions.delete(keyOf(event))
      return sanctioned(roster, sanctions)
    }
    case 'wider_sanctions.known': {
      const sanctions = withoutWider(roster, event.user_id)
      for (const sanction of event.sanctions) sanctions.set(keyOf(sanction), sanction)
      return sanctioned(roster, sanctions)
    }
    case 'role.changed':
      return withRoles(roster, { [event.user_id]: event.role })
    case 'ownership.transferred': {
      const room = roster.room && { ...roster.room, owner_id: event.to_user_id }
      return withRoles({ ...roster, room }, { [event.from_user_id]: 'moderator', [event.to_user_id]: 'owner' })
    }
    default:
      // A newer server may tell of things this page does not know.
      return roster
  }
}

/**
 * @param {Roster} roster
 * @param {Record<string, Participant['role']>} roles By user.
 * @returns {Roster}
 */
function withRoles(roster, roles) {
  const entries = Array.from(roster.participants, ([id, participant]) => {
    const role = roles[participant.user_id] ?? participant.role
    return /** @type {[string, Participant]} */ ([id, { ...participant, role }])
  })
  return { ...roster, participants: new Map(entries) }
}

/**
 * @param {Roster} roster
 * @param {string} userId
 * @param {Partial<Participant>} is
 * @returns {Roster}
 */
function ofUser(roster, userId, is) {
  const entries = Array.from(roster.participants, ([id, participant]) => {
    return /** @type {[string, Participant]} */ ([
      id,
      participant.user_id === userId ? { ...participant, ...is } : participant,
    ])
  })
  return { ...roster, participants: new Map(entries) }
}

/**
 * @param {Roster} roster
 * @param {string} userId
 */
const withoutWider = ({ sanctions }, userId) =>
  new Map([...sanctions].filter(([, { scope, user_id: user }]) => scope === undefined || user !== userId))

/**
 * Everybody as these sanctions leave them: muted by their own, or by one of everyone that does not spare their role.
 * @param {Roster} roster
 * @param {Roster['sanctions']} sanctions
 * @returns {Roster}
 */
function sanctioned(roster, sanctions) {
  const everyone = sanctions.get('mute_all all')
  const entries = Array.from(roster.participants, ([id, participant]) => {
    const { user_id: user } = participant
    const own = sanctions.get(`mute ${user}`)
    const wider = widerScopes.map((scope) => sanctions.get(`${scope} mute ${user}`))
    const all = everyone?.except_roles?.includes(participant.role) ? undefined : everyone
    const mutes = [own, all, ...wider].filter((mute) => mute !== undefined)
    const isForGood = mutes.some(({ until }) => until === null)
    const ends = mutes.map(({ until }) => until ?? '').sort()
    const is = {
      is_muted: mutes.length > 0,
      muted_until: isForGood ? null : (ends.at(-1) ?? null),
      is_deafened: ['', 'guild ', 'global '].some((scope) => sanctions.has(`${scope}deafen ${user}`)),
    }
    return /** @type {[string, Participant]} */ ([id, { ...participant, ...is }])
  })
  return { ...roster, sanctions, participants: new Map(entries) }
}

const ranks = { owner: 3, moderator: 2, member: 1 }

/**
 * Whether the room lets this participant be heard as far as stage and voices go: on stage where there is one, by a voice or their rank in
 * a moderated room. The room decides; by this a client opens its microphone.
 * @param {Roster['room']} room
 * @param {Participant | undefined} participant
 */
export function hasTheWord(room, participant) {
  if (!room || !participant) return true
  // Their own room gave it to them.
  if (participant.speaks_from) return true
  if (room.room_type === 'announcement') return participant.on_stage
  return !room.is_moderated || participant.has_voice || ranks[participant.role] >= ranks.moderator
}
