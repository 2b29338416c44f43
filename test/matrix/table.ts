import { defaultPermissions, type Permission } from '../../protocol/room/permissions.ts'
import {
  farAway,
  hasSeat,
  hasToken,
  isPrivileged,
  outcast,
  roleOf,
  roomStates,
  target,
  type Outcome,
  type Person,
  type RoomStateName,
} from './people.ts'
import { chromiumOffer } from '../support/call-specimens.ts'

/*
 * The matrix of permissions: who may do what in which room. It is written from what the interface promises and not from the code
 * that decides, and every cell is tried against real processes. An endpoint or a frame without a row fails.
 */

/** What stands between a caller and an action. */
type Needs =
  /** Nothing, not even a token. */
  | 'nothing'
  /** A token. No room is asked. */
  | 'token'
  /** A token with the role `service` or `admin`. */
  | 'privilege'
  /** That the room shows itself to the caller. */
  | 'sight'
  /** A seat of one's own. */
  | 'seat'
  /** The token of an invite to the room, which all who try have. */
  | 'invite'
  /** To own the room, or a privileged token. */
  | 'ownership'
  /** To have made the raid, or a privileged token. */
  | 'raid'
  | Permission

export interface Row {
  readonly needs: Needs
  /** Of a REST call or a frame. `session_id` is filled in where a seat is needed. */
  readonly body?: Readonly<Record<string, unknown>>
  readonly query?: string
  /** Who stands in the path. Default `target`; `scene` is somebody of that scene alone. */
  readonly user?: string
  /** Which sanction stands in the path. */
  readonly kind?: 'mute' | 'ban'
  /** Nothing of the room changes, so that all cells may share one. */
  readonly reads?: true
  /** Reads what is kept of a closed room too. */
  readonly outlivesClosing?: true
  /** Answered with nothing, whoever sends it. */
  readonly silent?: true
  /** What comes out otherwise than the needs say; null where they hold. */
  readonly but?: (person: Person, state: RoomStateName) => Outcome | null
}

const isPrivate = (state: RoomStateName): boolean => 'is_private' in roomStates[state]
const asksPassword = (state: RoomStateName): boolean => 'password' in roomStates[state]

/** A private room hides from everyone who has neither role nor privilege. */
const isHiddenFrom = (person: Person, state: RoomStateName): boolean =>
  isPrivate(state) && roleOf(person) === null && !isPrivileged(person)

const onto = (more: Readonly<Record<string, unknown>> = {}) => ({ target_user_id: target, ...more })

/** Owners, and whoever was given a role beyond their seat: they need no password. */
const hasGivenRole = (person: Person): boolean => person === 'owner' || person === 'moderator'

const join: Row = {
  needs: 'sight',
  but: (person, state) => {
    if (person === 'banned') return isHiddenFrom(person, state) && !asksPassword(state) ? 'ROOM_NOT_FOUND' : 'BANNED'
    if (asksPassword(state) && !hasGivenRole(person) && !isPrivileged(person)) return 'PASSWORD_REQUIRED'
    if (state === 'full' && !hasSeat(person)) return 'ROOM_FULL'
    return null
  },
}
const leave: Row = {
  needs: 'sight',
  but: (person, state) => (hasSeat(person) || isHiddenFrom(person, state) ? null : 'PARTICIPANT_NOT_FOUND'),
}
const accept: Row = { needs: 'invite', body: {}, but: (person) => (person === 'banned' ? 'BANNED' : null) }
const own = { needs: 'privilege', reads: true } as const

/** The one kind of room here that has a stage. */
const hasStage = (state: RoomStateName): boolean => state === 'announcement'

/** What one does with one's own place; `place`: what who has a seat hears, none of whom is on stage, invited or in the queue. */
const ownPlace = (place: Outcome | null): Row => ({
  needs: 'sight',
  body: {},
  but: (person, state) => {
    if (isHiddenFrom(person, state)) return null
    if (!hasStage(state)) return 'NO_STAGE'
    return hasSeat(person) ? place : 'PARTICIPANT_NOT_FOUND'
  },
})

/** The target is on stage where there is one. */
const stageOfOther: Row = {
  needs: 'manage_stage',
  body: onto(),
  but: (person, state) => {
    const role = roleOf(person)
    const mayManage = isPrivileged(person) || (role !== null && defaultPermissions[role].includes('manage_stage'))
    return mayManage && !hasStage(state) ? 'NO_STAGE' : null
  },
}
const voice: Row = { needs: 'manage_stage', body: onto() }

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

/** By the endpoint's name. */
export const restTable: Readonly<Record<string, Row>> = {
  'rooms.create': { needs: 'token', body: { name: 'a room' } },
  'rooms.list': { needs: 'token', reads: true },
  'rooms.read': { needs: 'sight', reads: true, outlivesClosing: true },
  'rooms.participants': { needs: 'sight', reads: true, outlivesClosing: true },
  'rooms.update': { needs: 'update_room', body: { description: 'new' } },
  'rooms.close': { needs: 'close_room' },
  'seats.join': { ...join, body: {} },
  'seats.leave': leave,
  'seats.signal': { needs: 'seat', body: { to_user: target, message_type: 'offer', sdp: chromiumOffer } },
  'moderation.mute': { needs: 'mute', body: { duration: 60 } },
  'moderation.unmute': { needs: 'mute' },
  'moderation.deafen': { needs: 'deafen', body: {} },
  'moderation.undeafen': { needs: 'deafen' },
  'moderation.kick': { needs: 'kick', body: {} },
  'moderation.ban': { needs: 'ban', body: { reason: 'because' } },
  'moderation.unban': { needs: 'ban', user: outcast },
  'moderation.mute_all': { needs: 'mute_all', body: {} },
  'moderation.unmute_all': { needs: 'mute_all' },
  'moderation.room_history': { needs: 'read_history', reads: true, outlivesClosing: true },
  'moderation.user_history': own,
  'moderation.user_sanctions': own,
  // On nobody else in the matrix: what is on them here is on them in every cell. `lift` finds what each scene put there.
  'sanctions.put': { needs: 'privilege', body: { duration: 60 }, user: farAway, kind: 'mute' },
  'sanctions.lift': { needs: 'privilege', body: {}, user: 'scene', kind: 'mute' },
  'sanctions.list': own,
  'sanctions.history': own,
  'sanctions.put_in_guild': { needs: 'privilege', body: { duration: 60 }, user: farAway, kind: 'ban' },
  'sanctions.lift_in_guild': { needs: 'privilege', body: {}, user: 'scene', kind: 'ban' },
  'sanctions.list_of_guild': own,
  'sanctions.history_of_guild': own,
  'roles.set': { needs: 'manage_roles', body: { role: 'moderator' } },
  'roles.transfer': { needs: 'ownership', body: onto() },
  'invites.create': { needs: 'create_invite', body: {} },
  'invites.list': { needs: 'sight', reads: true },
  'invites.revoke': { needs: 'manage_invites' },
  'invites.preview': { needs: 'invite', reads: true },
  'invites.accept': accept,
  'invites.reject': { needs: 'invite' },
  'invites.mine': { needs: 'token', reads: true },
  'ice.servers': { needs: 'token', reads: true },
  'quality.report': { needs: 'seat', body: { quality_score: 0.9 } },
  'quality.room': { needs: 'read_history', reads: true, outlivesClosing: true },
  'quality.regions': own,
  'stage.request': ownPlace(null),
  'stage.withdraw': ownPlace('NOT_IN_QUEUE'),
  'stage.accept': ownPlace('NOT_INVITED'),
  'stage.decline': ownPlace('NOT_INVITED'),
  'stage.leave': ownPlace('NOT_ON_STAGE'),
  'stage.invite': stageOfOther,
  'stage.remove': stageOfOther,
  'voice.grant': voice,
  'voice.revoke': voice,
  'webhooks.create': { needs: 'privilege', body: { url: 'http://127.0.0.1:9/' } },
  'webhooks.list': own,
  'webhooks.read': own,
  'webhooks.update': { needs: 'privilege', body: { description: 'new' } },
  'webhooks.remove': { needs: 'privilege' },
  'webhooks.rotate_secret': { needs: 'privilege', body: {} },
  'webhooks.deliveries': own,
  'webhooks.redeliver': { needs: 'privilege' },
  'webhooks.test': { needs: 'privilege' },
  'raids.create': { needs: 'token', body: { name: 'a raid', starts_at: inAnHour() } },
  'raids.list': { needs: 'token', reads: true },
  'raids.read': { needs: 'token', reads: true },
  'raids.update': { needs: 'raid', body: { description: 'new' } },
  'raids.cancel': { needs: 'raid' },
  'raids.cancel_occurrence': { needs: 'raid' },
  'raids.pause': { needs: 'raid' },
  'raids.resume': { needs: 'raid' },
  'raids.signup': { needs: 'token', body: { role: 'tank' } },
  'raids.withdraw': { needs: 'token' },
  'raids.roster': { needs: 'token', reads: true },
  'raids.set_signup': { needs: 'raid', body: { role: 'tank', room_role: 'moderator' } },
  'raids.calendar': { needs: 'token', reads: true },
  'raids.guild_calendar': { needs: 'token', reads: true },
  'audit.list': own,
  'audit.export': { ...own, query: '?format=jsonl' },
  'audit.room': { needs: 'read_history', reads: true, outlivesClosing: true },
  'persons.export': { needs: 'privilege', reads: true },
  'persons.request_export': { needs: 'privilege', user: 'who-never-came', reads: true },
  'persons.read_export': { needs: 'privilege', reads: true },
  'persons.fetch_export': { needs: 'privilege', reads: true },
  'persons.erase': { needs: 'privilege', user: 'who-never-came', reads: true },
  'persons.erasure': {
    needs: 'privilege',
    query: '?erasure_id=5a3c1f0e-7d42-4c9b-8a51-2f6e0d9b7c11',
    reads: true,
  },
  'tokens.revoke': { needs: 'privilege', body: { user_id: 'who-never-came' }, reads: true },
  'zones.create': { needs: 'privilege', body: { name: 'a zone', bounds: { width_m: 512, height_m: 512 } } },
  'zones.list': { needs: 'token', reads: true },
  'zones.read': { needs: 'token', reads: true },
  'zones.update': { needs: 'privilege', body: { name: 'new' } },
  'zones.close': { needs: 'privilege' },
  'zones.shards': own,
  'zones.earshot': { ...own, but: () => 'NOT_IN_ZONE' },
  'zones.place': {
    needs: 'privilege',
    body: { places: [{ user_id: target, x: 10, y: 10 }] },
    but: (person) => (person === 'service' ? null : 'FORBIDDEN'),
  },
  'zones.put_sanction': { needs: 'privilege', body: { duration: 60 }, kind: 'ban' },
  'zones.lift_sanction': { needs: 'privilege', body: {}, kind: 'mute' },
  'operations.health': { needs: 'nothing', reads: true },
  'operations.ready': { needs: 'nothing', reads: true },
  'operations.config': { needs: 'nothing', reads: true },
}

/** A socket asks for the seat that it carries before it asks the room: without one it never hears that the room is closed. */
const carried: Row = {
  needs: 'seat',
  but: (person, state) => (hasToken(person) && (state === 'closed' || !hasSeat(person)) ? 'SESSION_NOT_FOUND' : null),
}
const silent: Row = { needs: 'token', silent: true, reads: true }

/** By the frame's type. What a frame and a call do both has the same needs. */
export const frameTable: Readonly<Record<string, Row>> = {
  hello: { needs: 'token', reads: true },
  reauth: { needs: 'token', reads: true },
  join,
  attach: { needs: 'seat', but: (person, state) => (person === 'banned' && state !== 'closed' ? 'BANNED' : null) },
  leave,
  signal: { ...carried, body: { to_user: target, message_type: 'offer', sdp: chromiumOffer } },
  set_flags: { ...carried, body: { flags: { hand_raised: true } } },
  set_volume: { ...carried, body: onto({ volume: 150 }) },
  transmit: { ...carried, body: { to: 'whisper', users: [target] } },
  mute: { needs: 'mute', body: onto({ duration: 60 }) },
  unmute: { needs: 'mute', body: onto() },
  deafen: { needs: 'deafen', body: onto() },
  undeafen: { needs: 'deafen', body: onto() },
  ban: { needs: 'ban', body: onto() },
  unban: { needs: 'ban', body: { target_user_id: outcast } },
  kick: { needs: 'kick', body: onto() },
  mute_all: { needs: 'mute_all', body: {} },
  unmute_all: { needs: 'mute_all', body: {} },
  set_role: { needs: 'manage_roles', body: onto({ role: 'moderator' }) },
  request_to_speak: ownPlace(null),
  withdraw_request: ownPlace('NOT_IN_QUEUE'),
  accept_stage_invite: ownPlace('NOT_INVITED'),
  decline_stage_invite: ownPlace('NOT_INVITED'),
  leave_stage: ownPlace('NOT_ON_STAGE'),
  invite_to_stage: stageOfOther,
  remove_from_stage: stageOfOther,
  grant_voice: voice,
  revoke_voice: voice,
  transfer_ownership: { needs: 'ownership', body: onto() },
  create_invite: { needs: 'create_invite', body: {} },
  accept_invite: accept,
  link: { ...silent, body: { peer_session_id: '11111111-1111-4111-8111-111111111111', state: 'connected' } },
  signal_ack: { ...silent, body: { from_session: '11111111-1111-4111-8111-111111111111', signal_seq: 1 } },
  quality: { ...silent, body: { quality_score: 0.9 } },
  ping: { needs: 'token', reads: true },
}

/** Whether an action of that row is tried in rooms at all. */
export const asksRoom = ({ needs, silent: isSilent }: Row): boolean =>
  isSilent === true || !['nothing', 'token', 'privilege', 'raid'].includes(needs)

/** What one cell of the matrix has to come to. */
export function expected(row: Row, person: Person, state: RoomStateName): Outcome {
  const { needs } = row
  if (needs === 'nothing') return 'ok'
  if (person === 'anonymous') return 'TOKEN_MISSING'
  if (person === 'expired') return 'TOKEN_EXPIRED'
  if (needs === 'token') return 'ok'
  if (needs === 'privilege') return isPrivileged(person) ? (row.but?.(person, state) ?? 'ok') : 'FORBIDDEN'
  if (needs === 'raid') return isPrivileged(person) || person === 'owner' ? 'ok' : 'FORBIDDEN'
  const exception = row.but?.(person, state)
  if (state === 'closed' && !row.outlivesClosing) return exception === 'SESSION_NOT_FOUND' ? exception : 'ROOM_CLOSED'
  if (exception) return exception
  if (needs === 'invite') return 'ok'
  if (needs === 'seat') return hasSeat(person) ? 'ok' : 'SESSION_NOT_FOUND'
  if (isHiddenFrom(person, state)) return 'ROOM_NOT_FOUND'
  if (needs === 'sight' || isPrivileged(person)) return 'ok'
  const role = roleOf(person)
  if (needs === 'ownership') return role === 'owner' ? 'ok' : 'FORBIDDEN'
  return role !== null && defaultPermissions[role].includes(needs) ? 'ok' : 'FORBIDDEN'
}
