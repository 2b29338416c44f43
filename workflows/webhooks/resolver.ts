import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'

/** Every address of a host. Rejects where it has none, or none comes in time. */
export type Resolve = (host: string) => Promise<readonly string[]>

/**
 * Asks DNS, over sockets of its own: the system's resolver would take a thread of the few that Node has for each name that nobody answers
 * for. `/etc/hosts` is not read. A host that is an address is its own answer.
 */
export function dnsResolver(timeoutMs: number): Resolve {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  return async (host) => {
    if (isIP(host) !== 0) return [host]
    if (/(^|\.)localhost\.?$/.test(host)) return ['127.0.0.1', '::1']
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const addresses = found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const refusal = found.find((answer) => answer.status === 'rejected')
    if (addresses.length === 0) throw refusal?.reason ?? new Error('the name has no address')
    return addresses
  }
}
