import { createHmac } from 'node:crypto'
import type { IceServer, IceServers, RoomIce } from '../protocol/client/frames.ts'
import { AppError } from '../protocol/errors.ts'
import type { UserId } from '../protocol/ids.ts'
import { isoTime } from '../protocol/iso-time.ts'
import type { Clock } from '../protocol/ports.ts'
import type { JoinReply } from '../protocol/room/replies.ts'
import type { RoomSettings } from '../protocol/room/settings.ts'

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
 * Credentials end at whole steps of this, so that somebody has the same one however often, and of however many gateways, they ask: at most
 * so many an hour for the TURN server's quota of a user to count. Seconds.
 */
const expiryStepS = 300

/** What share of a credential's life passes before a connected client is given the next one. */
const renewAt = 0.75

/**
 * What clients give to RTCPeerConnection. TURN credentials are time-limited and personal: the user name is `<expiry>:<user>`, Unix
 * seconds, and the password its HMAC-SHA1 under the shared secret, which coturn (`use-auth-secret`) and others check by themselves.
 */
export class Ice {
  readonly #options: IceOptions
  readonly #clock: Clock
  readonly #ttlS: number

  constructor(options: IceOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#ttlS = options.turnTtlS ?? 3_600
  }

  /** There is a TURN server to relay by. */
  get canRelay(): boolean {
    return this.#options.turnServers.length > 0 && this.#options.turnSecret !== undefined
  }

  /** After how long a client is to be told anew, ms; null where nothing ends. */
  get renewAfterMs(): number | null {
    return this.canRelay ? this.#ttlS * 1_000 * renewAt : null
  }

  serversFor(user: UserId): IceServers {
    const { stunServers, turnServers, turnSecret } = this.#options
    const servers: IceServer[] = stunServers.length > 0 ? [{ urls: stunServers }] : []
    if (turnServers.length === 0 || turnSecret === undefined) return { ice_servers: servers, ice_expires_at: null }
    const latestS = Math.floor(this.#clock.wallMs() / 1_000) + this.#ttlS
    const expiresS = latestS - (latestS % expiryStepS)
    const username = `${expiresS}:${user}`
    const credential = createHmac('sha1', turnSecret).update(username).digest('base64')
    servers.push({ urls: turnServers, username, credential })
    return { ice_servers: servers, ice_expires_at: isoTime(expiresS * 1_000) }
  }

  /** For who has just joined. */
  forRoom(user: UserId, { snapshot }: JoinReply): RoomIce {
    return { ...this.serversFor(user), ice_transport_policy: snapshot.room.effective_settings.ice_policy }
  }

  /** Throws TURN_NOT_CONFIGURED for settings under which nobody here would hear anybody. */
  mindSettings(settings: RoomSettings | undefined): void {
    if (settings?.ice_policy === 'relay' && !this.canRelay) throw new AppError('TURN_NOT_CONFIGURED')
  }
}
