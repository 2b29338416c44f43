/** What the settings allow. */
export interface Budgets {
  /** REST calls of a user in a minute, but for those that have a budget of their own. */
  readonly userRpm: number
  /** Signaling messages of a user in a minute. */
  readonly signalingRpm: number
  /** Calls and new sockets of an address in a minute. */
  readonly ipRpm: number
  /** Calls of a token with the service role in a minute. */
  readonly serviceRpm: number
  /** Room passwords that one user may try in a minute, in each room. */
  readonly passwordRpm: number
}

/** What a budget is kept for: each combination has its own. `network` is the client's address, of IPv6 the first 64 bits. */
export type KeyPart = 'user' | 'room' | 'network'

/** One limit. */
export interface LimitRow {
  readonly per: readonly KeyPart[]
  /** So much of that setting may be done in a window; at least once. */
  readonly of: keyof Budgets
  readonly share: number
  readonly windowS: number
  /**
   * While Redis cannot be asked: `open` lets each gateway count alone, so that as many times the budget passes as there are
   * gateways; `closed` refuses.
   */
  readonly away: 'open' | 'closed'
}

const row = (per: readonly KeyPart[], of: keyof Budgets, share = 1, away: LimitRow['away'] = 'open'): LimitRow => ({
  ...{ per, of, share, away },
  windowS: 60,
})

/** Every limit that all gateways share. `docs/operations/limits.md` repeats it for people; a test holds the two together. */
export const limitTable = {
  /** Before anybody is known: calls and sockets of an address. */
  address: row(['network'], 'ipRpm'),
  rest: row(['user'], 'userRpm'),
  signaling: row(['user'], 'signalingRpm'),
  quality: row(['user'], 'signalingRpm', 1 / 10),
  positions: row(['user'], 'signalingRpm'),
  /** In the place of all above that count a user, and of those of an action. */
  service: row(['user'], 'serviceRpm'),

  room_create: row(['user'], 'userRpm', 1 / 2),
  join: row(['user', 'room'], 'userRpm', 1 / 2),
  moderation: row(['user', 'room'], 'userRpm'),
  invite_create: row(['user', 'room'], 'userRpm', 1 / 3),
  invite_accept: row(['user'], 'userRpm', 1 / 3),
  raid_create: row(['user'], 'userRpm', 1 / 6),
  raid_signup: row(['user'], 'userRpm', 1 / 3),
  // Who guesses must not gain by an outage; and a user or an address alone could be changed for every guess.
  password_by_user: row(['user', 'room'], 'passwordRpm', 1, 'closed'),
  password_by_address: row(['network', 'room'], 'passwordRpm', 12, 'closed'),
} as const satisfies Record<string, LimitRow>

export type LimitName = keyof typeof limitTable

export const limitNames = Object.keys(limitTable) as readonly LimitName[]

/** Whether a budget is kept for each room. */
export const isPerRoom = (name: LimitName): boolean => {
  const { per }: LimitRow = limitTable[name]
  return per.includes('room')
}

/** How often it may be done in a window. */
export const pointsOf = (name: LimitName, budgets: Budgets): number => {
  const { of, share }: LimitRow = limitTable[name]
  return Math.max(1, Math.floor(budgets[of] * share))
}
