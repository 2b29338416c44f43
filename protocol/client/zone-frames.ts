import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { heardSignalBody, signalBody } from '../room/signal-body.ts'
import { Username } from '../room/values.ts'
import { list, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { stances } from '../zone/rules.ts'
import { ZoneId, zoneSideMaxM } from '../zone/plan.ts'

/*
 * The frames of zones between a client and a gateway, as JSON; what comes and goes many times a second is binary (`docs/zone-frames.md`). A connection is
 * in one zone at the most, beside its rooms, so binary frames name none.
 */

const id = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })
const metres = Type.Number({ minimum: 0, maximum: zoneSideMaxM })
/** East and north of the zone's lower left corner, and above its ground, m. */
const place = { x: metres, y: metres, z: Type.Number({ minimum: -2_000, maximum: 2_000 }) }
const Stance = oneOf(stances)
/** The zone's number of a player. */
const ZonePlayerNumber = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })

/** Enters a zone at that place. Answered with a `reply` of `ZoneEntered`; everything else comes in binary frames. */
export const ZoneEnterFrame = strict({
  type: Type.Literal('zone_enter'),
  id,
  zone_id: ZoneId,
  ...place,
  stance: Type.Optional(Stance),
  username: Type.Optional(Username),
  /** Those who give the same number hear each other first. 0 and absent: none. */
  party: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
})
export const ZoneLeaveFrame = strict({ type: Type.Literal('zone_leave'), id, zone_id: ZoneId })
/** A WebRTC message for somebody in earshot. Refused with NOT_IN_EARSHOT for anybody else; lost ones are the clients' to send again. */
export const ZoneSignalFrame = strict({
  type: Type.Literal('zone_signal'),
  id,
  zone_id: ZoneId,
  to: ZonePlayerNumber,
  ...signalBody,
})
/** By a game's server, with a service token: where players are. Whoever is not in the zone is passed over. */
export const ZonePositionsFrame = strict({
  type: Type.Literal('zone_positions'),
  id,
  zone_id: ZoneId,
  places: list(strict({ user_id: UserId, ...place, stance: Type.Optional(Stance) }), { minItems: 1, maxItems: 200 }),
})
export const zoneClientFrames = [ZoneEnterFrame, ZoneLeaveFrame, ZoneSignalFrame, ZonePositionsFrame] as const

/** What a client has to know of the zone to speak its binary frames and to make the sound. */
export const ZoneEntered = strict({
  zone_id: ZoneId,
  name: Type.String(),
  /** Your own number: as others have it in their frames. */
  player: ZonePlayerNumber,
  tick_hz: Type.Integer(),
  width_m: Type.Number(),
  height_m: Type.Number(),
  /** Who talks is in earshot within it, m; who whispers or shouts, within `whisper` or `shout` times it. */
  range_m: Type.Number(),
  whisper: Type.Number(),
  shout: Type.Number(),
  /** And is in it until they are so many times as far away. */
  hysteresis: Type.Number(),
  /** Places in the audible set: at most so many peer connections. */
  audible_max: Type.Integer(),
  /** Gain by distance, in the words of the PannerNode of Web Audio; beyond `taper_from` of `max_m` it goes to nothing. */
  distance_model: strict({
    kind: oneOf(['inverse', 'linear', 'exponential']),
    ref_m: Type.Number(),
    max_m: Type.Number(),
    rolloff: Type.Number(),
    taper_from: Type.Number(),
  }),
  position_authority: oneOf(['client', 'server']),
})

/** Who players are that come into your earshot: told before, or with, the first binary frame that names them. */
export const ZoneNamesFrame = strict({
  type: Type.Literal('zone_names'),
  zone_id: ZoneId,
  players: list(strict({ player: ZonePlayerNumber, user_id: UserId, username: Type.String() })),
})
export const HeardZoneSignalFrame = strict({
  type: Type.Literal('zone_signal'),
  zone_id: ZoneId,
  from: ZonePlayerNumber,
  ...heardSignalBody,
})
/** `overload`: the region does less, `rung` 0 for all again. `sanctions`: what holds for you from now on. */
export const ZoneEventFrame = strict({
  type: Type.Literal('zone_event'),
  zone_id: ZoneId,
  event: oneOf(['overload', 'sanctions']),
  rung: Type.Optional(Type.Integer({ minimum: 0 })),
  muted: Type.Optional(Type.Boolean()),
  deafened: Type.Optional(Type.Boolean()),
})
/** Why somebody is in a zone no more. `replaced`: by another connection of the same user, or by a zone that this one entered. */
export const ZoneLeftReason = oneOf(['left', 'closed', 'banned', 'full', 'replaced'])
export type ZoneLeftReason = Static<typeof ZoneLeftReason>
/** You are in the zone no more. */
export const ZoneLeftFrame = strict({
  type: Type.Literal('zone_left'),
  zone_id: ZoneId,
  reason: ZoneLeftReason,
})
export const zoneServerFrames = [ZoneNamesFrame, HeardZoneSignalFrame, ZoneEventFrame, ZoneLeftFrame] as const
