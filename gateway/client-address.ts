import { BlockList, isIP } from 'node:net'

/** Who is at the other end of a connection, as far as those in between can be believed. */
export interface Client {
  /** IP address, IPv4 in its usual form. Goes into limits and logs, never into a metric. */
  readonly address: string
  /** Whether the client's own way is under TLS, up to us or up to a trusted proxy. */
  readonly isSecure: boolean
}

/** What a connection says of where it comes from. Absent headers are empty. */
export interface Approach {
  /** Address of the one who connected to us: the client, or the last proxy. */
  readonly peer: string
  /** Whether that connection is under TLS. */
  readonly isTls: boolean
  readonly forwardedFor: string
  readonly forwardedProto: string
  /** `Forwarded` of RFC 7239. */
  readonly forwarded: string
}

export type ClientReader = (approach: Approach) => Client

/** More hops than these, counted from our end, are not looked at. */
const maxHops = 32

/**
 * Finds the client behind the proxies that are trusted: addresses and networks in CIDR notation, of which each has to be
 * well-formed. Read from the right, since every proxy adds who came to it, the first address that is not trusted is the
 * client; what stands further left, the client may have written itself. What comes from anyone else is not looked at at all.
 */
export function clientReader(trusted: readonly string[]): ClientReader {
  const isTrusted = trustOf(trusted)
  return ({ peer, isTls, forwardedFor, forwardedProto, forwarded }) => {
    const direct: Client = { address: plain(peer), isSecure: isTls }
    if (!isTrusted(direct.address)) return direct
    const byList = hopsOf(forwardedFor)
    const byForwarded = elementsOf(forwarded)
    const addresses = [byList, byForwarded.map(({ address }) => address)]
      .filter((hops) => hops.length > 0)
      .map((hops) => clientOf(direct.address, hops, isTrusted))
    const [address = direct.address, other = address] = addresses
    // A proxy that writes one of the two and lets the other through has us believe the client: then it is none of them.
    if (address !== other) return direct
    const proto = lastOf(forwardedProto) ?? byForwarded.at(-1)?.proto ?? null
    return { address, isSecure: proto === null ? isTls : proto.toLowerCase() === 'https' }
  }
}

/**
 * What limits count an address as. Of IPv6 the first 64 bits, since one line has that many addresses to choose from.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 tail fills two groups; it never reaches into the first four.
  const rightGroups = right.length + (right.at(-1)?.includes('.') === true ? 1 : 0)
  const zeros = tail === undefined ? 0 : 8 - left.length - rightGroups
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::`
}

function trustOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** IPv4 that came over an IPv6 socket is IPv4. */
function plain(address: string): string {
  const mapped = /^(?:::ffff:|(?:0{1,4}:){5}ffff:)(.+)$/i.exec(address)?.[1]
  if (mapped === undefined) return address
  if (isIP(mapped) === 4) return mapped
  // uWebSockets.js writes all of it in hexadecimal.
  const groups = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(mapped)
  if (!groups) return address
  const [high, low] = [parseInt(groups[1] ?? '', 16), parseInt(groups[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The one to the right of all that is believed; where nobody is left who is not trusted, the furthest. */
function clientOf(peer: string, hops: readonly (string | null)[], isTrusted: (address: string) => boolean): string {
  let furthest = peer
  for (const hop of hops.slice(-maxHops).reverse()) {
    // Not an address: whoever wrote that is the last one we know.
    if (hop === null) return furthest
    furthest = hop
    if (!isTrusted(hop)) return hop
  }
  return furthest
}

const listed = (header: string): string[] => (header.trim() === '' ? [] : header.split(',').map((each) => each.trim()))

const lastOf = (header: string): string | null => listed(header).at(-1) ?? null

const hopsOf = (header: string): (string | null)[] => listed(header).map(addressOf)

/** `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]:80`; null for anything else. */
function addressOf(text: string): string | null {
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
  return isIP(bare) === 0 ? null : plain(bare)
}

/** The elements of `Forwarded`: `for` and `proto` of each. */
function elementsOf(header: string): { readonly address: string | null; readonly proto: string | null }[] {
  return listed(header).map((element) => {
    const pairs = new Map<string, string>()
    for (const pair of element.split(';')) {
      const [, name = '', quoted, token = ''] = /^\s*([A-Za-z]+)=(?:"([^"\\]*)"|([^\s";]*))\s*$/.exec(pair) ?? []
      pairs.set(name.toLowerCase(), quoted ?? token)
    }
    return { address: addressOf(pairs.get('for') ?? ''), proto: pairs.get('proto') ?? null }
  })
}
