import { isIP } from 'node:net'
import type { AddressRule } from './addresses.ts'

/** Why an address of a webhook is not taken; a part of an answer to whoever gave it. */
export type UrlProblem = 'not_a_url' | 'not_https' | 'has_credentials' | 'has_fragment' | 'closed_address'

export interface UrlRuleOptions {
  /** `http:` is taken, too. For development. */
  readonly allowHttp: boolean
  readonly isOpen: AddressRule
}

/** The host as a resolver or a socket takes it: an address of IPv6 without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * Judges the address of a receiver by itself; null where nothing is wrong. A name is looked up at each delivery: what it leads to may
 * change, and only then it counts.
 */
export const urlRule =
  ({ allowHttp, isOpen }: UrlRuleOptions) =>
  (text: string): UrlProblem | null => {
    const url = URL.canParse(text) ? new URL(text) : null
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'not_a_url'
    if (url.protocol === 'http:' && !allowHttp) return 'not_https'
    if (url.username !== '' || url.password !== '') return 'has_credentials'
    if (url.hash !== '') return 'has_fragment'
    const host = hostOf(url)
    return isIP(host) !== 0 && !isOpen(host) ? 'closed_address' : null
  }
