import type { Range } from './rules.ts'

/** Who says where a player is, and how far a client is believed. */
export interface AuthorityRules {
  /**
   * `client`: the players' own clients, within the limits below. `server`: the game's server; a client's word counts between two of
   * the server's, near the last of them.
   */
  readonly positionAuthority: 'client' | 'server'
  /** Nobody is faster for long, m/s. What was not used is kept for a second, so that words that come in a heap still count; while nothing is taken, for five. */
  readonly speedMaxMps: number
  /** A client may leap, if it says so, once in so long, s. 0 for never. */
  readonly leapEveryS: number
  /** How far from the server's last word a client's may lie, m. */
  readonly tetherM: number
}

export const defaultAuthority: AuthorityRules = {
  positionAuthority: 'client',
  speedMaxMps: 20,
  leapEveryS: 5,
  tetherM: 50,
}

/** Within what they lie. */
export const authorityRanges = {
  speedMaxMps: [0.1, 200],
  leapEveryS: [0, 3_600],
  tetherM: [1, 5_780],
} as const satisfies Readonly<Record<string, Range>>
