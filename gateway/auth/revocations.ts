import type { Revocation, RevokedTokens } from '../../persistence/revoked-tokens/port.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { Caller } from './claims.ts'

export interface RevocationsDeps {
  readonly revoked: RevokedTokens
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/** Between two looks at the record, ms: so long a token may live on at the other gateways. */
export const lookEveryMs = 1_000
/** Rows that one look takes. */
const atOnce = 10_000
/** Revocations that are kept in memory, some 20 MB. With one more the oldest is forgotten, and the log says so. */
const keptMax = 100_000

type Held = Pick<Revocation, 'issuedBeforeMs' | 'untilMs'>

/**
 * The tokens that a gateway takes no more, in memory: asking costs no network. What other gateways revoke is known here within
 * `lookEveryMs`. While the record cannot be read, what is known holds on, and nothing new is heard.
 */
export class Revocations {
  readonly #deps: RevocationsDeps
  readonly #maxKept: number
  readonly #held = new Map<string, Held>()
  #lastNo = 0
  #isFailing = false
  #isStopped = false
  #cancel: Cancel = () => undefined
  #onNews: () => void = () => undefined

  constructor(deps: RevocationsDeps, maxKept = keptMax) {
    this.#deps = deps
    this.#maxKept = maxKept
  }

  /** Resolves when all that is on record is known. Rejects when it cannot be read. `onNews` is told of what comes later. */
  async start(onNews: () => void): Promise<void> {
    while ((await this.#look()) === atOnce);
    this.#onNews = onNews
    this.#lookAgain()
  }

  /** For good, also while a look is under way. */
  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  isRevoked({ jti, userId, issuedAtMs }: Pick<Caller, 'jti' | 'userId' | 'issuedAtMs'>): boolean {
    if (this.#held.size === 0) return false
    if (jti !== null && this.#standing(`token/${jti}`)) return true
    const ofUser = this.#standing(`user/${userId}`)
    // A token that does not say when it was issued may be an old one.
    return ofUser !== null && (issuedAtMs === null || issuedAtMs < ofUser.issuedBeforeMs)
  }

  /** Holds here at once. */
  note({ kind, value, issuedBeforeMs, untilMs }: Omit<Revocation, 'no'>): void {
    const key = `${kind}/${value}`
    const before = this.#held.get(key)
    this.#held.delete(key)
    this.#held.set(key, {
      issuedBeforeMs: Math.max(before?.issuedBeforeMs ?? 0, issuedBeforeMs),
      untilMs: Math.max(before?.untilMs ?? 0, untilMs),
    })
    if (this.#held.size > this.#maxKept) this.#makeRoom()
    this.#onNews()
  }

  #standing(key: string): Held | null {
    const held = this.#held.get(key)
    return held && held.untilMs > this.#deps.clock.wallMs() ? held : null
  }

  async #look(): Promise<number> {
    const { revoked, clock } = this.#deps
    const found = await revoked.above(this.#lastNo, clock.wallMs(), atOnce)
    for (const revocation of found) {
      this.#lastNo = revocation.no
      this.note(revocation)
    }
    return found.length
  }

  #lookAgain(): void {
    if (this.#isStopped) return
    this.#cancel = this.#deps.timers.after(lookEveryMs, () => {
      void this.#looked().finally(() => this.#lookAgain())
    })
  }

  /** Never rejects. Logged once a trouble. */
  async #looked(): Promise<void> {
    const { logger } = this.#deps
    try {
      await this.#look()
      if (this.#isFailing) logger.info({}, 'tokens.revocations_read_again')
      this.#isFailing = false
    } catch (err) {
      if (!this.#isFailing) logger.warn({ err }, 'tokens.revocations_not_read')
      this.#isFailing = true
    }
  }

  #makeRoom(): void {
    const nowMs = this.#deps.clock.wallMs()
    for (const [key, { untilMs }] of this.#held) if (untilMs <= nowMs) this.#held.delete(key)
    if (this.#held.size <= this.#maxKept) return
    const [oldest] = this.#held.keys()
    if (oldest !== undefined) this.#held.delete(oldest)
    this.#deps.logger.error({ kept: this.#maxKept }, 'tokens.revocation_forgotten')
  }
}
