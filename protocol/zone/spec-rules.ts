import { defaultAuthority, type AuthorityRules } from './authority-rules.ts'
import { defaultRules, type ZoneRules } from './rules.ts'
import type { ZoneAuthoritySpec, ZoneChanges, ZoneRulesSpec, ZoneSpec } from './spec.ts'

/** The rules of the engine that a zone's own say. */
export const rulesOf = ({ model, ...spec }: ZoneRulesSpec): ZoneRules => ({
  tickHz: spec.tick_hz,
  rangeM: spec.range_m,
  hysteresis: spec.hysteresis,
  stanceFactors: spec.stance_factors,
  model: {
    kind: model.kind,
    refM: model.ref_m,
    maxM: model.max_m,
    rolloff: model.rolloff,
    taperFrom: model.taper_from,
  },
  earshotMax: spec.earshot_max,
  crowdMax: spec.crowd_max,
  crowdSpeakers: spec.crowd_speakers,
  audibleMax: spec.audible_max,
  dwellS: spec.dwell_s,
  stickiness: spec.stickiness,
  newLinkEveryS: spec.new_link_every_s,
  speechHoldS: spec.speech_hold_s,
  speechFadeS: spec.speech_fade_s,
  silenceWeight: spec.silence_weight,
})

const specOfRules = ({ model, ...rules }: ZoneRules): ZoneRulesSpec => ({
  tick_hz: rules.tickHz,
  range_m: rules.rangeM,
  hysteresis: rules.hysteresis,
  stance_factors: rules.stanceFactors,
  model: {
    kind: model.kind,
    ref_m: model.refM,
    max_m: model.maxM,
    rolloff: model.rolloff,
    taper_from: model.taperFrom,
  },
  earshot_max: rules.earshotMax,
  crowd_max: rules.crowdMax,
  crowd_speakers: rules.crowdSpeakers,
  audible_max: rules.audibleMax,
  dwell_s: rules.dwellS,
  stickiness: rules.stickiness,
  new_link_every_s: rules.newLinkEveryS,
  speech_hold_s: rules.speechHoldS,
  speech_fade_s: rules.speechFadeS,
  silence_weight: rules.silenceWeight,
})

/** How far clients are believed in the zone. */
export const authorityOf = (spec: ZoneAuthoritySpec): AuthorityRules => ({
  positionAuthority: spec.position_authority,
  speedMaxMps: spec.speed_max_mps,
  leapEveryS: spec.leap_every_s,
  tetherM: spec.tether_m,
})

/** What holds where whoever makes a zone says nothing. */
export const defaultZone: Pick<ZoneSpec, 'players_max' | 'rules' | 'authority'> = {
  players_max: 10_000,
  rules: specOfRules(defaultRules),
  authority: {
    position_authority: defaultAuthority.positionAuthority,
    speed_max_mps: defaultAuthority.speedMaxMps,
    leap_every_s: defaultAuthority.leapEveryS,
    tether_m: defaultAuthority.tetherM,
  },
}

/** The zone with those changes. */
export const withChanges = (spec: ZoneSpec, { rules, authority, ...changes }: ZoneChanges): ZoneSpec => ({
  ...spec,
  ...changes,
  rules: { ...spec.rules, ...rules },
  authority: { ...spec.authority, ...authority },
})
