/*
 * The small pieces that grammars of signals are made of. Each reads forward only, looks at a character a bounded number of times,
 * and makes no objects: what a stranger sends is read in a time that is linear in its length.
 */

/** Reads from `at` and never beyond `end`; says where what it read ends, or `none` where it is not there. */
export type Rule = (text: string, at: number, end: number) => number

export const none = -1

/** Which characters of ASCII belong to a class. */
export type CharClass = Uint8Array

export function charClass(...ranges: readonly string[]): CharClass {
  const members = new Uint8Array(128)
  for (const range of ranges) members.fill(1, range.charCodeAt(0), range.charCodeAt(range.length - 1) + 1)
  return members
}

export const digit = charClass('09')
export const hex = charClass('09', 'af', 'AF')
/** `ice-char` of RFC 8839. */
export const iceChar = charClass('az', 'AZ', '09', '+', '/')
/** `token-char` of RFC 8866. */
export const tokenChar = charClass('!', "#'", '*+', '-.', '09', 'AZ', '^~')
/** Everything printable but the space. */
export const visible = charClass('!~')
export const printable = charClass(' ~')

/** At least `min` and at most `max` characters of the class, as many as there are; more than `max` are no match. */
export const chars =
  (of: CharClass, min: number, max: number): Rule =>
  (text, at, end) => {
    let to = at
    while (to < end && of[text.charCodeAt(to)] === 1) to += 1
    return to - at >= min && to - at <= max ? to : none
  }

/** Exactly this. */
export const literal =
  (expected: string): Rule =>
  (text, at, end) =>
    at + expected.length <= end && text.startsWith(expected, at) ? at + expected.length : none

/** A whole number from `min` to `max`, without a sign. */
export const whole =
  (min: number, max: number): Rule =>
  (text, at, end) => {
    const digits = String(max).length
    let to = at
    let value = 0
    for (; to < end && digit[text.charCodeAt(to)] === 1; to += 1) {
      if (to - at >= digits) return none
      value = value * 10 + text.charCodeAt(to) - 48
    }
    return to > at && value >= min && value <= max ? to : none
  }

/** One after the other. */
export const all =
  (...rules: readonly Rule[]): Rule =>
  (text, at, end) => {
    let to = at
    for (const rule of rules) {
      to = rule(text, to, end)
      if (to === none) return none
    }
    return to
  }

/** The first that is there. No way back: what follows has to fit behind it. */
export const either =
  (...rules: readonly Rule[]): Rule =>
  (text, at, end) => {
    for (const rule of rules) {
      const to = rule(text, at, end)
      if (to !== none) return to
    }
    return none
  }

export const words = (...expected: readonly string[]): Rule => either(...expected.map(literal))

/** The rule, or nothing. */
export const maybe =
  (rule: Rule): Rule =>
  (text, at, end) => {
    const to = rule(text, at, end)
    return to === none ? at : to
  }

/** Reads nothing, where the rule is not there. */
export const unless =
  (rule: Rule): Rule =>
  (text, at, end) =>
    rule(text, at, end) === none ? at : none

/** The rule as often as it is there, up to `max` times. */
export const upTo =
  (max: number, rule: Rule): Rule =>
  (text, at, end) => {
    let to = at
    for (let count = 0; count < max && to < end; count += 1) {
      const next = rule(text, to, end)
      if (next === none) break
      to = next
    }
    return to
  }

export const space = literal(' ')
export const token = (max: number): Rule => chars(tokenChar, 1, max)

/** Everything up to the end and nothing else. */
export const reads = (rule: Rule, text: string, at: number, end: number): boolean => rule(text, at, end) === end
