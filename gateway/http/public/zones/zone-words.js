// @ts-check
import { errorInWords } from '../words.js'

/** What a refusal means to who watches zones. Other codes are told as on the demo page. @type {Record<string, string>} */
const words = {
  FORBIDDEN:
    'This token may not look into that zone: it takes service, admin, or a moderator of the guild whose zone it is.',
  ZONE_NOT_FOUND: 'There is no such zone.',
  ZONE_CLOSED: 'The zone is closed: nobody is in it any more.',
  NO_OWNER: 'The zone is moving to another machine. It is asked for again.',
  TOKEN_MISSING: 'Looking into zones takes a token.',
  RATE_LIMITED: 'This token has asked too often. It is asked for again, less often.',
  OVERLOADED: 'The gateway has too many questions already. It is asked again.',
  RETRY_LATER: 'The record of zones cannot be read right now. Try again in a moment.',
  ROOM_UNREACHABLE: 'The zone cannot be reached right now. It is asked for again.',
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function zoneErrorInWords(error) {
  const { code = '', name = '' } = /** @type {{ code?: string, name?: string }} */ (error ?? {})
  if (name === 'TypeError' || name === 'TimeoutError') return 'The gateway does not answer. It is asked again.'
  return words[code] ?? errorInWords(error)
}

/** What a region leaves out, by its rung of the overload ladder. */
const rungs = [
  'nothing',
  'outer tiers every 4th tick',
  'listeners every 2nd tick',
  '12 slots',
  '8 slots',
  'crowds at 0.75 of their range',
  'crowds at half their range',
  'joins',
]

/** @param {number} rung 0 for nothing. */
export const rungInWords = (rung) => (rung === 0 ? 'nothing' : `${rung}: ${rungs[rung] ?? 'more'}`)
