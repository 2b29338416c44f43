import { createPublicKey, type KeyObject } from 'node:crypto'
import jwksRsa from 'jwks-rsa'
import { AppError } from '../../protocol/errors.ts'
import type { Clock, Logger, Random } from '../../protocol/ports.ts'
import { assertFits, type Algorithm, type KeySource } from './keys.ts'

export interface JwksOptions {
  readonly url: string
  readonly algorithm: Algorithm
  /** A set of keys older than this is fetched again before it is used. Ms. */
  readonly maxAgeMs?: number
  /** Least time behind a fetch, whatever tokens come: nobody can make us call the issuer more often. Ms. */
  readonly coolDownMs?: number
  /** A fetch that failed is tried again after so long, and after twice as long each time it fails again. Ms. */
  readonly retryMs?: number
  /** How long a set is used on while the issuer does not answer. Ms. */
  readonly maxStaleMs?: number
  readonly timeoutMs?: number
}

interface KeySet {
  readonly byKid: ReadonlyMap<string, KeyObject>
  /** Every usable key, named or not. */
  readonly keys: readonly KeyObject[]
  readonly fetchedMs: number
}

/**
 * An issuer's published keys. The whole set is kept: during a rotation the old and the new key stand in it side by side
 * and tokens of both are good; a key the issuer takes out is refused from the next fetch on. An unknown `kid` fetches at
 * once, unless a fetch was made within the cool-down. While the issuer does not answer the set is used on, nobody who is
 * known waits, and the issuer is asked again with longer and longer pauses, never longer than the cool-down.
 */
export class JwksKeys implements KeySource {
  readonly #client: { getSigningKeys(): Promise<readonly jwksRsa.SigningKey[]> }
  readonly #options: Required<JwksOptions>
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #random: Pick<Random, 'fraction'>
  #set: KeySet | null = null
  #fetching: Promise<void> | null = null
  #nextFetchMs = Number.NEGATIVE_INFINITY
  /** Fetches that failed since one was made. */
  #failures = 0

  constructor(options: JwksOptions, clock: Clock, logger: Logger, random: Pick<Random, 'fraction'>) {
    this.#options = {
      maxAgeMs: 600_000,
      coolDownMs: 30_000,
      retryMs: 250,
      maxStaleMs: 3_600_000,
      timeoutMs: 5_000,
      ...options,
    }
    this.#clock = clock
    this.#logger = logger
    this.#random = random
    // Its own cache keeps single keys and its limiter counts tokens, so that foreign key ids could starve a rotation.
    this.#client = jwksRsa({
      jwksUri: this.#options.url,
      cache: false,
      rateLimit: false,
      timeout: this.#options.timeoutMs,
    })
  }

  async keyFor(kid: string | undefined): Promise<KeyObject> {
    if (this.#ageMs() > this.#options.maxAgeMs) {
      const refreshed = this.#refresh()
      // An issuer that did not answer last time may take its time again.
      if (this.#failures === 0 || !this.#usable()) await refreshed
    }
    const known = this.#find(kid)
    if (known) return known
    await this.#refresh()
    const found = this.#find(kid)
    if (found) return found
    // A key that is not known may be one that the issuer has published since.
    if (!this.#usable() || this.#failures > 0) throw new AppError('RETRY_LATER')
    throw new AppError('TOKEN_INVALID')
  }

  #ageMs(): number {
    return this.#set ? this.#clock.monotonicMs() - this.#set.fetchedMs : Number.POSITIVE_INFINITY
  }

  #usable(): KeySet | null {
    return this.#ageMs() <= this.#options.maxAgeMs + this.#options.maxStaleMs ? this.#set : null
  }

  #find(kid: string | undefined): KeyObject | undefined {
    const set = this.#usable()
    if (!set) return undefined
    if (kid !== undefined) return set.byKid.get(kid)
    return set.keys.length === 1 ? set.keys[0] : undefined
  }

  /** One fetch at a time, shared by all who wait; none before its time. Never rejects. */
  async #refresh(): Promise<void> {
    if (this.#fetching) return this.#fetching
    if (this.#clock.monotonicMs() < this.#nextFetchMs) return
    this.#fetching = this.#fetch().finally(() => (this.#fetching = null))
    return this.#fetching
  }

  async #fetch(): Promise<void> {
    try {
      this.#set = this.#read(await this.#client.getSigningKeys())
      this.#failures = 0
      this.#nextFetchMs = this.#set.fetchedMs + this.#options.coolDownMs
      this.#logger.info({ keys: this.#set.keys.length }, 'auth.keys_fetched')
    } catch (err) {
      const pauseMs = this.#pauseMs()
      this.#failures += 1
      this.#nextFetchMs = this.#clock.monotonicMs() + pauseMs
      this.#logger.warn({ err, failures: this.#failures, pauseMs: Math.round(pauseMs) }, 'auth.keys_not_fetched')
    }
  }

  /** With jitter, since all gateways lose the issuer at the same time. */
  #pauseMs(): number {
    const { retryMs, coolDownMs } = this.#options
    const longestMs = Math.min(retryMs * 2 ** this.#failures, coolDownMs)
    return longestMs * (0.5 + 0.5 * this.#random.fraction())
  }

  #read(published: readonly jwksRsa.SigningKey[]): KeySet {
    const byKid = new Map<string, KeyObject>()
    const keys: KeyObject[] = []
    for (const entry of published) {
      // Their types promise both, a key set may lack either.
      const { kid, alg } = entry as { readonly kid?: string; readonly alg?: string }
      if (alg !== undefined && alg !== this.#options.algorithm) continue
      try {
        const key = createPublicKey(entry.getPublicKey())
        assertFits(key, this.#options.algorithm)
        keys.push(key)
        if (kid !== undefined) byKid.set(kid, key)
      } catch {
        this.#logger.warn({ kid }, 'auth.key_unusable')
      }
    }
    return { byKid, keys, fetchedMs: this.#clock.monotonicMs() }
  }
}
