import type { DistanceModel } from './attenuation.ts'

/** Positions are whole steps of a sixteenth of a metre, from the origin of the region: what the wire carries. */
export const stepsPerMetre = 16

/** How loud somebody means to be. The range belongs to who speaks, not to who listens. */
export const stances = ['whisper', 'talk', 'shout'] as const
export type Stance = (typeof stances)[number]

/** A stance as the columns hold it: its place in `stances`. */
export const stanceIndex: Readonly<Record<Stance, number>> = { whisper: 0, talk: 1, shout: 2 }

/** What a zone goes by. All of a zone's regions have the same rules. */
export interface ZoneRules {
  /** Ticks a second. */
  readonly tickHz: number
  /** Who talks comes into earshot at this distance, m; at most 128, so that squares of steps are exact in 32 bits. */
  readonly rangeM: number
  /** And leaves it at this many times the distance: without a band, 41 % of those who leave come back within 2 s. */
  readonly hysteresis: number
  /** What a stance makes of the range. */
  readonly stanceFactors: Readonly<Record<Stance, number>>
  readonly model: DistanceModel
  /**
   * How many somebody may have in earshot, at most 80. One who has more in range is in a crowd. Aliases are given out in turn
   * from 255: at three times 80 none comes again within two ticks.
   */
  readonly earshotMax: number
  /** How many somebody in a crowd has in earshot: those who speak, then the nearest. At most `earshotMax`. */
  readonly crowdMax: number
  /** How many of those places go to people who speak, before the nearest. */
  readonly crowdSpeakers: number
  /** How many somebody hears at once: media slots. At most 32. */
  readonly audibleMax: number
  /** A place in the audible set is kept for so long, s, unless its holder leaves earshot. */
  readonly dwellS: number
  /** Who holds a place counts as standing at this share of the distance. */
  readonly stickiness: number
  /** A listener's slots are given to somebody new at most once in so long, s. 0 for at any time; a mesh wants 1. */
  readonly newLinkEveryS: number
  /** Speech has its full weight for so long after it ended, s. */
  readonly speechHoldS: number
  /** Then fades for so long, s. */
  readonly speechFadeS: number
  /** What silence weighs against speech at the same gain. */
  readonly silenceWeight: number
}

/** What holds where a zone says nothing. */
export const defaultRules: ZoneRules = {
  tickHz: 10,
  rangeM: 30,
  hysteresis: 1.1,
  stanceFactors: { whisper: 0.5, talk: 1, shout: 2 },
  model: { kind: 'inverse', refM: 2, maxM: 33, rolloff: 1, taperFrom: 0.85 },
  earshotMax: 80,
  crowdMax: 24,
  crowdSpeakers: 16,
  audibleMax: 16,
  dwellS: 1,
  stickiness: 0.7,
  newLinkEveryS: 0,
  speechHoldS: 0.5,
  speechFadeS: 2,
  silenceWeight: 0.02,
}

/** From the least to the most. */
export type Range = readonly [least: number, most: number]

/** Within what each rule lies; some lie within another one besides. */
export const ruleRanges = {
  tickHz: [1, 30],
  rangeM: [1, 128],
  hysteresis: [1, 2],
  stanceFactor: [0.1, 2],
  earshotMax: [1, 80],
  crowdMax: [1, 80],
  crowdSpeakers: [0, 80],
  audibleMax: [1, 32],
  dwellS: [0, 60],
  stickiness: [0.1, 1],
  newLinkEveryS: [0, 60],
  speechHoldS: [0, 60],
  speechFadeS: [0, 60],
  silenceWeight: [0, 1],
} as const satisfies Readonly<Record<string, Range>>

/** As `ruleRanges`, of the distance model. */
export const modelRanges = {
  refM: [0.01, 256],
  maxM: [0.01, 256],
  rolloff: [0, 10],
  taperFrom: [0, 1],
} as const satisfies Readonly<Record<string, Range>>

const between = (name: string, value: number, [least, most]: Range): string[] =>
  value >= least && value <= most ? [] : [`${name} is ${value}, not within ${least} and ${most}`]

/** Everything that is wrong with the rules; empty for nothing. An engine refuses to start on any of it. */
export function problemsOf(rules: ZoneRules): readonly string[] {
  const { model } = rules
  const factors = Object.values(rules.stanceFactors)
  return [
    ...between('tickHz', rules.tickHz, ruleRanges.tickHz),
    ...between('rangeM', rules.rangeM, ruleRanges.rangeM),
    ...between('hysteresis', rules.hysteresis, ruleRanges.hysteresis),
    ...factors.flatMap((factor) => between('a stance factor', factor, ruleRanges.stanceFactor)),
    ...between('earshotMax', rules.earshotMax, ruleRanges.earshotMax),
    ...between('crowdMax', rules.crowdMax, [ruleRanges.crowdMax[0], rules.earshotMax]),
    ...between('crowdSpeakers', rules.crowdSpeakers, [ruleRanges.crowdSpeakers[0], rules.crowdMax]),
    ...between('audibleMax', rules.audibleMax, ruleRanges.audibleMax),
    ...between('dwellS', rules.dwellS, ruleRanges.dwellS),
    ...between('stickiness', rules.stickiness, ruleRanges.stickiness),
    ...between('newLinkEveryS', rules.newLinkEveryS, ruleRanges.newLinkEveryS),
    ...between('speechHoldS', rules.speechHoldS, ruleRanges.speechHoldS),
    ...between('speechFadeS', rules.speechFadeS, ruleRanges.speechFadeS),
    ...between('silenceWeight', rules.silenceWeight, ruleRanges.silenceWeight),
    ...between('model.refM', model.refM, [modelRanges.refM[0], model.maxM]),
    ...between('model.maxM', model.maxM, [model.refM, modelRanges.maxM[1]]),
    ...between('model.rolloff', model.rolloff, modelRanges.rolloff),
    ...between('model.taperFrom', model.taperFrom, modelRanges.taperFrom),
  ]
}

/** The distance at which somebody of that stance comes into earshot, in whole steps. */
export const rangeSteps = (rules: ZoneRules, stance: number): number =>
  Math.round(rules.rangeM * rules.stanceFactors[stances[stance] ?? 'talk'] * stepsPerMetre)
