import { address } from './address.ts'
import { candidateBody } from './candidate.ts'
import {
  all,
  charClass,
  chars,
  digit,
  either,
  hex,
  iceChar,
  literal,
  maybe,
  none,
  printable,
  space,
  token,
  upTo,
  visible,
  whole,
  words,
  type Rule,
} from './rules.ts'

/*
 * The lines of a session description (RFC 8866) as far as descriptions of audio over WebRTC use them (RFC 8829, 8839).
 */

const port = whole(0, 65_535)
const payload = whole(0, 127)
const more = (max: number, rule: Rule): Rule => upTo(max, all(space, rule))
const network = all(words('IN IP4 ', 'IN IP6 '), address)

/** What stands behind `v=`, `o=` and so on. Media lines and attributes have tables of their own. */
export const lineValues: Readonly<Record<'v' | 'o' | 's' | 'c' | 'b' | 't', Rule>> = {
  v: literal('0'),
  o: all(chars(visible, 1, 64), space, chars(digit, 1, 20), space, chars(digit, 1, 20), space, network),
  s: chars(printable, 1, 64),
  c: network,
  b: all(token(16), literal(':'), whole(0, 0xffff_ffff)),
  t: literal('0 0'),
}

/** Behind `m=audio `: the port, the transport, the payload types. */
export const audioMedia: Rule = all(
  port,
  words(' UDP/TLS/RTP/SAVPF', ' TCP/DTLS/RTP/SAVPF'),
  space,
  payload,
  more(63, payload),
)

/** The usual one first. */
const hashBytes = { 'sha-256': 32, 'sha-1': 20, 'sha-224': 28, 'sha-384': 48, 'sha-512': 64 }
/** Pairs of digits with colons between them, as many as the hash has bytes. */
const bytes =
  (count: number): Rule =>
  (text, at, end) => {
    if (end - at !== count * 3 - 1) return none
    for (let byte = at; byte < end; byte += 3) {
      const isByte = hex[text.charCodeAt(byte)] === 1 && hex[text.charCodeAt(byte + 1)] === 1
      if (!isByte || (byte + 2 < end && text[byte + 2] !== ':')) return none
    }
    return end
  }
const fingerprint = either(
  ...Object.entries(hashBytes).map(([name, count]) =>
    all(either(literal(`${name} `), literal(`${name.toUpperCase()} `)), bytes(count)),
  ),
)

const direction = words('sendrecv', 'sendonly', 'recvonly', 'inactive')
const uint32 = whole(0, 0xffff_ffff)

/** One kind of attribute: where it may stand, and its value; null where it has none. */
interface AttributeRow {
  readonly at: 'session' | 'media' | 'both'
  readonly value: Rule | null
}

const flag = (at: AttributeRow['at']): AttributeRow => ({ at, value: null })
const both = (value: Rule): AttributeRow => ({ at: 'both', value })
const session = (value: Rule): AttributeRow => ({ at: 'session', value })
const media = (value: Rule): AttributeRow => ({ at: 'media', value })

/** Every attribute that is passed on. The others are left out: whoever does not know one has to ignore it (RFC 8866, 5.13). */
export const attributes: ReadonlyMap<string, AttributeRow> = new Map<string, AttributeRow>([
  ['group', session(all(token(16), more(16, token(64))))],
  ['msid-semantic', session(all(maybe(space), token(16), more(16, chars(visible, 1, 64))))],
  ['extmap-allow-mixed', flag('both')],
  ['sendrecv', flag('both')],
  ['sendonly', flag('both')],
  ['recvonly', flag('both')],
  ['inactive', flag('both')],

  ['ice-ufrag', both(chars(iceChar, 4, 256))],
  ['ice-pwd', both(chars(iceChar, 22, 256))],
  ['ice-options', both(all(token(32), more(8, token(32))))],
  ['candidate', media(candidateBody)],
  ['remote-candidates', media(all(remote(), more(7, remote())))],
  ['end-of-candidates', flag('both')],
  ['fingerprint', both(fingerprint)],
  ['setup', both(words('actpass', 'active', 'passive', 'holdconn'))],
  ['tls-id', both(chars(charClass('az', 'AZ', '09', '+', '/', '-', '_'), 20, 255))],

  ['mid', media(token(64))],
  ['msid', media(all(chars(visible, 1, 64), maybe(all(space, chars(visible, 1, 64)))))],
  ['bundle-only', flag('media')],
  [
    'extmap',
    both(
      all(
        whole(1, 4_351),
        maybe(all(literal('/'), direction)),
        space,
        chars(visible, 1, 255),
        maybe(all(space, chars(printable, 1, 255))),
      ),
    ),
  ],
  ['rtcp', media(all(port, maybe(all(space, network))))],
  ['rtcp-mux', flag('media')],
  ['rtcp-mux-only', flag('media')],
  ['rtcp-rsize', flag('media')],
  ['rtcp-fb', media(all(either(literal('*'), payload), space, token(32), more(4, token(32))))],
  ['rtcp-xr', both(chars(printable, 0, 255))],
  ['rtpmap', media(all(payload, space, token(32), literal('/'), uint32, maybe(all(literal('/'), whole(1, 255)))))],
  ['fmtp', media(all(payload, space, chars(printable, 1, 400)))],
  ['ptime', media(whole(1, 1_000))],
  ['maxptime', media(whole(1, 1_000))],
  ['ssrc', media(all(uint32, maybe(all(space, token(32), maybe(all(literal(':'), chars(printable, 0, 255)))))))],
  ['ssrc-group', media(all(token(16), more(8, uint32)))],
])

function remote(): Rule {
  return all(whole(1, 256), space, address, space, port)
}
