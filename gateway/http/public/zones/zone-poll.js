// @ts-check
import { ApiError } from '../gateway-api.js'

/** @typedef {import('../../../../protocol/http/zones.ts').ShardsBody} Shards */

const everyMs = 1_000
const waitMaxMs = 15_000

/** What asking again cannot change: who may not look may not in a second either. @param {unknown} error */
const isFinal = (error) =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429

/**
 * Asks for the regions of one zone each second, one question at a time, while somebody looks. Behind a failure it waits twice as long each time,
 * up to 15 s; behind a refusal it asks no more.
 */
export class ZonePoll {
  #deps
  /** Counts up when another zone is followed: late answers about the last one are not heard. */
  #turn = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer

  /**
   * @param {object} deps
   * @param {(token: string, zoneId: string) => Promise<Shards>} deps.read
   * @param {(shards: Shards) => void} deps.onShards
   * @param {(error: unknown, isFinal: boolean) => void} deps.onError
   * @param {() => boolean} deps.isSeen False while the page is in the background.
   */
  constructor(deps) {
    this.#deps = deps
  }

  /**
   * @param {string} token
   * @param {string} zoneId
   */
  follow(token, zoneId) {
    this.stop()
    void this.#ask(this.#turn, token, zoneId, everyMs)
  }

  stop() {
    this.#turn += 1
    clearTimeout(this.#timer)
  }

  /**
   * @param {number} turn
   * @param {string} token
   * @param {string} zoneId
   * @param {number} waitMs Until the next question, if this one goes well.
   */
  async #ask(turn, token, zoneId, waitMs) {
    const { read, onShards, onError, isSeen } = this.#deps
    let nextMs = everyMs
    if (isSeen()) {
      const askedMs = performance.now()
      try {
        const shards = await read(token, zoneId)
        if (turn !== this.#turn) return
        onShards(shards)
        nextMs = Math.max(0, everyMs - (performance.now() - askedMs))
        waitMs = everyMs
      } catch (error) {
        if (turn !== this.#turn) return
        onError(error, isFinal(error))
        if (isFinal(error)) return
        nextMs = waitMs
        waitMs = Math.min(waitMaxMs, waitMs * 2)
      }
    }
    this.#timer = setTimeout(() => void this.#ask(turn, token, zoneId, waitMs), nextMs)
  }
}
