import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { list, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'

export const roomTypes = ['group', 'raid', 'guild', 'party', 'proximity', 'announcement'] as const
export const RoomType = oneOf(roomTypes)
export type RoomType = Static<typeof RoomType>

export const qualityPresets = ['low', 'medium', 'high', 'ultra'] as const
export const QualityPreset = oneOf(qualityPresets)
export type QualityPreset = Static<typeof QualityPreset>

/** Opus target in bits per second by preset, handed to clients as the room's `bitrate`. */
export const presetBitrate: Record<QualityPreset, number> = {
  low: 24_000,
  medium: 40_000,
  high: 64_000,
  ultra: 128_000,
}

export const messageTypes = ['offer', 'answer', 'candidate', 'end_of_candidates', 'renegotiate', 'ice_restart'] as const
export const MessageType = oneOf(messageTypes)
export type MessageType = Static<typeof MessageType>

export const Role = oneOf(['owner', 'moderator', 'member'])
export type Role = Static<typeof Role>

/** `mute_all` is on a room: it silences everyone who may not mute, and those who come later. Its user is `all`. */
export const SanctionKind = oneOf(['mute', 'deafen', 'ban', 'mute_all'])
export type SanctionKind = Static<typeof SanctionKind>

/** Who took a sanction away: the deadline seen by one of the clocks, or a person. */
export const LiftCause = oneOf(['expired', 'moderator'])
export type LiftCause = Static<typeof LiftCause>

/** Which of the clocks noticed the deadline; `none` where a person lifted. */
export const LiftClock = oneOf(['actor', 'workflow', 'sweep', 'none'])
export type LiftClock = Static<typeof LiftClock>

/** Why a room was closed: by a person, at its scheduled end, or since a temporary one was empty for long enough. */
export const EndCause = oneOf(['closed', 'scheduled_end', 'empty'])
export type EndCause = Static<typeof EndCause>

/** Which of the clocks noticed the end of a room. */
export const EndClock = oneOf(['actor', 'sweep', 'workflow'])
export type EndClock = Static<typeof EndClock>

/** `unlinked`: they spoke into the room from another one, and may no more. */
export const LeaveReason = oneOf(['left', 'replaced', 'lapsed', 'room_closed', 'kicked', 'banned', 'unlinked'])
export type LeaveReason = Static<typeof LeaveReason>

/** Text that is kept: every character but NUL, and no half of a surrogate pair. */
const kept = (bounds: { minLength?: number; maxLength: number }) => Type.String({ ...bounds, format: 'text' })

export const RoomName = kept({ minLength: 1, maxLength: 100 })
export const Description = kept({ maxLength: 2_000 })
export const Region = kept({ minLength: 1, maxLength: 50 })
/** A server or guild as the game names it. */
export const GameId = kept({ minLength: 1, maxLength: 36 })
export const Username = kept({ minLength: 1, maxLength: 50 })
export const Reason = kept({ maxLength: 500 })
/** Where the evidence of a sanction lies: a link, the id of a recording. */
export const Evidence = kept({ maxLength: 500 })
/**
 * A free-form JSON object the game keeps with the room. Bounded by the body limit; names of at most 64 characters, nested
 * at most 16 deep.
 */
// Not Type.Record: it drops the bound on the names.
export const FreeForm = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  propertyNames: { type: 'string', maxLength: 64 },
  storable: true,
})
/** Unix time in milliseconds. */
export const TimeMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })

/** Guilds that one token may name. */
export const guildsMax = 100

export const GuildRole = oneOf(['owner', 'moderator', 'member'])
export type GuildRole = Static<typeof GuildRole>

/** On whose behalf a command runs: the token's subject, and what the token lets it do beyond its role in the room. */
export const Principal = strict({
  user_id: UserId,
  privileges: Type.Array(oneOf(['service', 'admin']), { maxItems: 2 }),
  /** The guilds that the token names; absent for none. */
  guilds: Type.Optional(list(strict({ id: GameId, role: GuildRole }), { maxItems: guildsMax })),
})
export type Principal = Static<typeof Principal>
