import { chars, charClass, digit, hex, none, whole, type Rule } from './rules.ts'

const label = charClass('az', 'AZ', '09', '-')
const octet = whole(0, 255)
const dot = '.'.charCodeAt(0)
const colon = ':'.charCodeAt(0)

/** `192.0.2.1`. */
export const ipv4: Rule = (text, at, end) => {
  let to = octet(text, at, end)
  for (let count = 0; count < 3 && to !== none; count += 1) {
    to = to < end && text.charCodeAt(to) === dot ? octet(text, to + 1, end) : none
  }
  return to
}

/** As RFC 4291 writes it, without a zone: at most one `::`, and an IPv4 address in the place of the last two groups. */
export const ipv6: Rule = (text, at, end) => {
  let groups = 0
  let isShortened = false
  let to = at
  while (to < end && groups < 8) {
    if (text.charCodeAt(to) === colon) {
      const isDouble = to + 1 < end && text.charCodeAt(to + 1) === colon
      if (isDouble && isShortened) return none
      if (!isDouble && (groups === 0 || to + 1 >= end)) return none
      isShortened ||= isDouble
      to += isDouble ? 2 : 1
      if (isDouble && (to >= end || hex[text.charCodeAt(to)] !== 1)) break
    } else if (groups > 0 && text.charCodeAt(to - 1) !== colon) break
    let group = to
    while (group < end && hex[text.charCodeAt(group)] === 1) group += 1
    if (group < end && text.charCodeAt(group) === dot) {
      const behind = ipv4(text, to, end)
      return behind !== none && (isShortened ? groups <= 5 : groups === 6) ? behind : none
    }
    if (group === to || group - to > 4) return none
    to = group
    groups += 1
  }
  return (isShortened ? groups < 8 : groups === 8) ? to : none
}

const oneLabel = chars(label, 1, 63)

/** A name that stands for an address of the local network, as browsers make them up (mDNS candidates): one label and `.local`. */
export const localName: Rule = (text, at, end) => {
  const to = oneLabel(text, at, end)
  return to !== none && text.startsWith('.local', to) && to + 6 <= end ? to + 6 : none
}

/** Whichever its own characters say it is: nothing is tried twice, and other names are none. */
export const address: Rule = (text, at, end) => {
  let to = at
  let isNumeric = true
  for (; to < end && text.charCodeAt(to) > 32; to += 1) {
    const code = text.charCodeAt(to)
    if (code === colon) return ipv6(text, at, end)
    if (code !== dot && digit[code] !== 1) isNumeric = false
  }
  return isNumeric ? ipv4(text, at, end) : localName(text, at, end)
}
