import type { ClientFrame } from '../../protocol/client/frames.ts'
import type { AnyEndpoint } from '../../protocol/http/endpoint.ts'
import type { Caller } from '../auth/index.ts'
import { isPerRoom, type LimitName } from './table.ts'

/** Which limits a call uses beside that of its class, by the endpoint's name or by what stands before its dot. */
export const actionLimits: Readonly<Record<string, readonly LimitName[]>> = {
  'rooms.create': ['room_create'],
  'zones.create': ['room_create'],
  'seats.join': ['join'],
  'invites.create': ['invite_create'],
  'invites.accept': ['invite_accept'],
  'invites.reject': ['invite_accept'],
  'raids.create': ['raid_create'],
  'raids.signup': ['raid_signup'],
  'raids.withdraw': ['raid_signup'],
  moderation: ['moderation'],
  roles: ['moderation'],
  // Each is an entry of the journal, told to the whole room, and may be taken back and made again.
  'stage.request': ['moderation'],
  'stage.invite': ['moderation'],
  'stage.remove': ['moderation'],
  voice: ['moderation'],
}

/** Frames that use no budget but the socket's own. */
type FreeFrame =
  | 'hello'
  | 'reauth'
  | 'link'
  | 'ping'
  | 'quality'
  | 'signal_ack'
  | 'leave'
  | 'set_flags'
  | 'transmit'
  | 'set_volume'
  | 'withdraw_request'
  | 'accept_stage_invite'
  | 'decline_stage_invite'
  | 'leave_stage'
  | 'zone_leave'

/** Which limits a frame uses, those of the REST call that does the same. */
const frameLimits: Readonly<Record<Exclude<ClientFrame['type'], FreeFrame>, readonly LimitName[]>> = {
  join: ['join'],
  attach: ['join'],
  zone_enter: ['join'],
  zone_signal: ['signaling'],
  zone_positions: ['positions'],
  signal: ['signaling'],
  mute: ['moderation'],
  unmute: ['moderation'],
  deafen: ['moderation'],
  undeafen: ['moderation'],
  kick: ['moderation'],
  ban: ['moderation'],
  unban: ['moderation'],
  mute_all: ['moderation'],
  unmute_all: ['moderation'],
  set_role: ['moderation'],
  create_invite: ['invite_create'],
  accept_invite: ['invite_accept'],
  transfer_ownership: ['moderation'],
  request_to_speak: ['moderation'],
  invite_to_stage: ['moderation'],
  remove_from_stage: ['moderation'],
  grant_voice: ['moderation'],
  revoke_voice: ['moderation'],
}

/** Reading is limited by its class alone, and so is what names no room where a limit is kept for each. */
export function limitsOfEndpoint({ name, method, path, limit }: AnyEndpoint): readonly LimitName[] {
  const [area = ''] = name.split('.')
  const actions = method === 'GET' ? [] : (actionLimits[name] ?? actionLimits[area] ?? [])
  const named = actions.filter((action) => !isPerRoom(action) || path.includes('{roomId}'))
  return limit === 'none' ? named : [limit, ...named]
}

/** What a caller's calls are counted as. A service has one budget for everything it does. */
export const limitsOf = (
  { privileges }: Pick<Caller, 'privileges'>,
  names: readonly LimitName[],
): readonly LimitName[] => (privileges.includes('service') && names.length > 0 ? ['service'] : names)

export const limitsOfFrame = (
  caller: Pick<Caller, 'privileges'>,
  { type }: Pick<ClientFrame, 'type'>,
): readonly LimitName[] => (type in frameLimits ? limitsOf(caller, frameLimits[type as keyof typeof frameLimits]) : [])
