import { createHmac } from 'node:crypto'
import type { IceServer } from '../protocol/client/frames.ts'
import type { UserId } from '../protocol/ids.ts'
import type { Clock } from '../protocol/ports.ts'

export interface IceOptions {
  /** `stun:` and `stuns:` addresses. */
  readonly stunServers: readonly string[]
  /** `turn:` and `turns:` addresses. Handed out only with a secret: there is no anonymous relay. */
  readonly turnServers: readonly string[]
  /** Shared with the TURN servers. */
  readonly turnSecret?: string
  /** Lifetime of a TURN credential in seconds. Default one hour. */
  readonly turnTtlS?: number
}

/**
 * What a client gives to RTCPeerConnection. TURN credentials are time-limited and personal: the user name is
 * `<expiry>:<user>`, Unix seconds, and the password its HMAC-SHA1 under the shared secret, which coturn (`use-auth-secret`)
 * and others check by themselves.
 */
export function iceServersFor(user: UserId, options: IceOptions, clock: Clock): readonly IceServer[] {
  const { stunServers, turnServers, turnSecret, turnTtlS = 3_600 } = options
  const servers: IceServer[] = stunServers.length > 0 ? [{ urls: stunServers }] : []
  if (turnServers.length > 0 && turnSecret !== undefined) {
    const username = `${Math.floor(clock.wallMs() / 1_000) + turnTtlS}:${user}`
    const credential = createHmac('sha1', turnSecret).update(username).digest('base64')
    servers.push({ urls: turnServers, username, credential })
  }
  return servers
}
