import { address } from './address.ts'
import {
  all,
  chars,
  iceChar,
  literal,
  maybe,
  reads,
  space,
  token,
  unless,
  upTo,
  visible,
  whole,
  words,
  type Rule,
} from './rules.ts'

/** Of one candidate line. Characters. */
export const candidateMax = 512

const port = whole(0, 65_535)
/** Of any name, but for those that have a place of their own. */
const extension = all(unless(words(' typ ', ' raddr ', ' rport ')), space, token(32), space, chars(visible, 1, 256))

/**
 * What stands behind `candidate:` (RFC 8839, section 5.1), in an attribute of a description as well as alone: foundation,
 * component, transport, priority, address, port, type, the related address, and pairs of names and values. An address is an IP
 * address or an mDNS name; nobody here ever resolves it.
 */
export const candidateBody: Rule = all(
  chars(iceChar, 1, 32),
  space,
  whole(1, 256),
  space,
  words('udp', 'UDP', 'tcp', 'TCP'),
  space,
  whole(0, 0xffff_ffff),
  space,
  address,
  space,
  port,
  literal(' typ '),
  words('host', 'srflx', 'prflx', 'relay'),
  maybe(all(literal(' raddr '), address)),
  maybe(all(literal(' rport '), port)),
  upTo(12, extension),
)

const prefix = 'candidate:'

/** Whether this is one candidate, as `RTCIceCandidate.candidate` has it. */
export const isCandidate = (text: string): boolean =>
  text.length <= candidateMax && text.startsWith(prefix) && reads(candidateBody, text, prefix.length, text.length)
