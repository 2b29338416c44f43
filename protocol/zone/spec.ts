import { Type, type Static } from '@sinclair/typebox'
import { GameId, RoomName } from '../room/values.ts'
import { nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { authorityRanges } from './authority-rules.ts'
import { zoneSideMaxM } from './plan.ts'
import { leastSideM } from './region-map.ts'
import { modelRanges, ruleRanges, type Range } from './rules.ts'

/*
 * What a zone is made of, as REST takes and shows it and the journal keeps it: ranges may become wider and fields be added, if they are optional, and no
 * more, or zones that an older version made can no longer be read. Lengths are in metres. Rules that hold between fields, such as
 * `crowd_max <= earshot_max`, are the root's to check: `problemsOf` in `rules.ts`.
 */

const within = ([minimum, maximum]: Range) => Type.Number({ minimum, maximum })
const whole = ([minimum, maximum]: Range) => Type.Integer({ minimum, maximum })

/** Loudness by distance, in the words of the PannerNode of Web Audio; `taper_from` is a share of the range. */
export const DistanceModelSpec = strict({
  kind: oneOf(['inverse', 'linear', 'exponential']),
  ref_m: within(modelRanges.refM),
  max_m: within(modelRanges.maxM),
  rolloff: within(modelRanges.rolloff),
  taper_from: within(modelRanges.taperFrom),
})
export type DistanceModelSpec = Static<typeof DistanceModelSpec>

/** What each stance makes of the range. */
export const StanceFactorsSpec = strict({
  whisper: within(ruleRanges.stanceFactor),
  talk: within(ruleRanges.stanceFactor),
  shout: within(ruleRanges.stanceFactor),
})

/** `ZoneRules`, field by field. */
export const ZoneRulesSpec = strict({
  /** Ticks a second. */
  tick_hz: whole(ruleRanges.tickHz),
  /** Who talks comes into earshot at this distance. */
  range_m: within(ruleRanges.rangeM),
  /** And leaves it at this many times the distance. */
  hysteresis: within(ruleRanges.hysteresis),
  stance_factors: StanceFactorsSpec,
  model: DistanceModelSpec,
  /** How many somebody has in earshot at the most; who has more in range is in a crowd. */
  earshot_max: whole(ruleRanges.earshotMax),
  /** How many in a crowd, not above `earshot_max`. */
  crowd_max: whole(ruleRanges.crowdMax),
  /** How many of them because they speak, not above `crowd_max`. */
  crowd_speakers: whole(ruleRanges.crowdSpeakers),
  /** How many somebody hears at once. */
  audible_max: whole(ruleRanges.audibleMax),
  /** A media slot is kept for so long. */
  dwell_s: within(ruleRanges.dwellS),
  /** Who holds a slot counts as standing at this share of the distance. */
  stickiness: within(ruleRanges.stickiness),
  /** A listener has a new peer at most once in so long; 0 for at any time. */
  new_link_every_s: within(ruleRanges.newLinkEveryS),
  /** Speech counts in full for so long after it ended, then fades. */
  speech_hold_s: within(ruleRanges.speechHoldS),
  speech_fade_s: within(ruleRanges.speechFadeS),
  /** What silence weighs against speech. */
  silence_weight: within(ruleRanges.silenceWeight),
  /** Of no effect: zones made before players were looked for anew in each tick have it. */
  skin_m: Type.Optional(Type.Number({ minimum: 1, maximum: 64, deprecated: true })),
})
export type ZoneRulesSpec = Static<typeof ZoneRulesSpec>

/** `AuthorityRules`, field by field. */
export const ZoneAuthoritySpec = strict({
  position_authority: oneOf(['client', 'server']),
  speed_max_mps: within(authorityRanges.speedMaxMps),
  leap_every_s: within(authorityRanges.leapEveryS),
  tether_m: within(authorityRanges.tetherM),
})
export type ZoneAuthoritySpec = Static<typeof ZoneAuthoritySpec>

const side = Type.Integer({ minimum: leastSideM, maximum: zoneSideMaxM })

/** How far a zone goes from its corner, which is 0, 0, to the east and to the north. */
export const ZoneBounds = strict({ width_m: side, height_m: side })
export type ZoneBounds = Static<typeof ZoneBounds>

/** Players of one zone, at most: what its regions can carry together. */
export const zonePlayersMax = 500_000
export const ZonePlayersMax = Type.Integer({ minimum: 1, maximum: zonePlayersMax })

/** Everything a zone is made of. Whoever makes it fills in the defaults, so that the journal holds no silent ones. */
export const ZoneSpec = strict({
  name: RoomName,
  guild_id: nullable(GameId),
  bounds: ZoneBounds,
  players_max: ZonePlayersMax,
  rules: ZoneRulesSpec,
  authority: ZoneAuthoritySpec,
})
export type ZoneSpec = Static<typeof ZoneSpec>

/** What of a zone may be changed after it was made. Of rules and authority the named fields change; `model` and `stance_factors` as a whole. */
export const ZoneChanges = strict({
  name: Type.Optional(RoomName),
  bounds: Type.Optional(ZoneBounds),
  players_max: Type.Optional(ZonePlayersMax),
  rules: Type.Optional(Type.Partial(ZoneRulesSpec, { additionalProperties: false })),
  authority: Type.Optional(Type.Partial(ZoneAuthoritySpec, { additionalProperties: false })),
})
export type ZoneChanges = Static<typeof ZoneChanges>
