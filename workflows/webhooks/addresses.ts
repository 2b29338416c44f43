import { BlockList, isIP } from 'node:net'

/**
 * Networks that no stranger's address may lead into: this host and its neighbours, private and shared ones, the metadata services of clouds
 * (link-local, 100.100.100.200, 192.0.0.192), documentation, benchmarks, multicast, and what is kept for later.
 */
const closedV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const

/** Of IPv6 only what is global unicast is open at all, and of that not what belongs to somebody's tunnel or to nobody. */
const openV6 = ['2000::/3'] as const
const closedV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'] as const

/** Addresses of IPv6 that stand for one of IPv4, which then decides: mapped, and by a NAT64 of the well-known prefix. */
const v4Within = ['::ffff:', '64:ff9b::'] as const

const networks = (...lists: readonly (readonly string[])[]): BlockList => {
  const list = new BlockList()
  for (const network of lists.flat()) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list
}

/** The same networks, as addresses of IPv6 name them. */
const within = (list: readonly string[]): readonly string[] =>
  list.flatMap((network) => {
    const [address = '', bits = '32'] = network.split('/')
    return isIP(address) === 4 ? v4Within.map((prefix) => `${prefix}${address}/${96 + Number(bits)}`) : []
  })

/** Whether a webhook may be sent to that IP address. What is no address is refused. */
export type AddressRule = (address: string) => boolean

/** A rule that takes addresses of the open internet, and besides those of networks that are `allowed` by name, in CIDR notation. */
export function addressRule(allowed: readonly string[]): AddressRule {
  const closed = networks(closedV4, within(closedV4), closedV6)
  const open = networks(
    openV6,
    v4Within.map((prefix) => `${prefix}0.0.0.0/96`),
  )
  const exempt = networks(allowed, within(allowed))
  return (address) => {
    const family = isIP(address)
    if (family === 0 || address.includes('%')) return false
    const kind = family === 6 ? 'ipv6' : 'ipv4'
    if (exempt.check(address, kind)) return true
    return !closed.check(address, kind) && (family === 4 || open.check(address, kind))
  }
}
