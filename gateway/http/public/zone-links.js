// @ts-check

/** Bounds of the links of a zone. */
export const linkBounds = {
  /** Links at once: each costs one Opus stream up and one down. */
  max: 8,
  /** Least time between two new ones, ms. */
  everyMs: 1_000,
  /** A link stays for so long after its peer is out of earshot, ms: a region's death, or somebody on the edge, costs no connection. */
  keepMs: 5_000,
  /** What does not stand for so long is given up, ms, */
  standWithinMs: 12_000,
  /** and is not tried again for so long, ms, unless the other side asks. */
  avoidMs: 10_000,
  /** Somebody's offer waits for so long to be taken up, ms: they send it again. */
  askedMs: 6_000,
}

/**
 * @typedef {object} Seen What is known of somebody in earshot.
 * @property {number} player
 * @property {number} distanceM
 * @property {boolean} isAudible They hold one of our media slots.
 */
/** @typedef {{ openedAtMs: number, wantedAtMs: number, stoodAtMs: number, byAsking: boolean }} Link */

/**
 * Decides which links a zone's client has: first to those it hears, then to those who ask, then, ahead of need, to the nearest in earshot.
 * One comes at a time. A link goes when its peer has been out of earshot for a while, or to make room for somebody who is heard while its peer is not; never because
 * somebody else is nearer. Nothing in here knows a connection or a clock.
 */
export class ZoneLinks {
  /** @type {Map<number, Link>} */
  #links = new Map()
  /** Until when somebody is not tried again. @type {Map<number, number>} */
  #avoided = new Map()
  /** When somebody made an offer for which there is no link. @type {Map<number, number>} */
  #asking = new Map()
  #openedAtMs = -Infinity

  /** Who has a link. */
  get players() {
    return this.#links.keys()
  }

  /**
   * Somebody made an offer and has no link.
   * @param {number} player
   * @param {number} nowMs
   */
  asked(player, nowMs) {
    this.#asking.set(player, nowMs)
  }

  /**
   * @param {number} nowMs
   * @param {readonly Seen[]} earshot
   * @param {(player: number) => boolean} stands Whether somebody's link is connected.
   * @returns {{ open: number[], close: number[] }} At most one to open.
   */
  step(nowMs, earshot, stands) {
    /** @type {Map<number, Seen>} */
    const seen = new Map(earshot.map((peer) => [peer.player, peer]))
    for (const [player, untilMs] of this.#avoided) if (untilMs <= nowMs) this.#avoided.delete(player)
    for (const [player, atMs] of this.#asking) {
      if (this.#links.has(player) || nowMs - atMs > linkBounds.askedMs) this.#asking.delete(player)
    }
    const close = [...this.#links].filter((entry) => this.#isOver(entry, nowMs, seen, stands)).map(([player]) => player)
    for (const player of close) this.#links.delete(player)
    if (nowMs - this.#openedAtMs < linkBounds.everyMs) return { open: [], close }
    const next = this.#next([...seen.values()])
    if (next === null) return { open: [], close }
    if (this.#links.size >= linkBounds.max) {
      const victim = seen.get(next)?.isAudible ? this.#victim(nowMs, seen) : null
      if (victim === null) return { open: [], close }
      this.#links.delete(victim)
      close.push(victim)
    }
    const byAsking = this.#asking.delete(next) && !seen.has(next)
    this.#links.set(next, { openedAtMs: nowMs, wantedAtMs: nowMs, stoodAtMs: nowMs, byAsking })
    this.#openedAtMs = nowMs
    return { open: [next], close }
  }

  /**
   * @param {[number, Link]} entry
   * @param {number} nowMs
   * @param {Map<number, Seen>} seen
   * @param {(player: number) => boolean} stands
   */
  #isOver([player, link], nowMs, seen, stands) {
    const isStanding = stands(player)
    if (isStanding) link.stoodAtMs = nowMs
    if (seen.has(player)) link.byAsking = false
    // Who asked hears us though we do not hear them; they end it.
    if (seen.has(player) || (link.byAsking && isStanding)) link.wantedAtMs = nowMs
    if (nowMs - link.wantedAtMs > linkBounds.keepMs) return true
    if (nowMs - link.stoodAtMs <= linkBounds.standWithinMs) return false
    this.#avoided.set(player, nowMs + linkBounds.avoidMs)
    return true
  }

  /** @param {Seen[]} seen */
  #next(seen) {
    const free = seen
      .filter(({ player }) => !this.#links.has(player) && (!this.#avoided.has(player) || this.#asking.has(player)))
      .sort((a, b) => a.distanceM - b.distanceM)
    const [asking] = this.#asking.keys()
    return free.find(({ isAudible }) => isAudible)?.player ?? asking ?? free[0]?.player ?? null
  }

  /**
   * Whose link goes for somebody who is heard: one out of earshot, else the farthest who is not heard and has had the link for a while.
   * @param {number} nowMs
   * @param {Map<number, Seen>} seen
   */
  #victim(nowMs, seen) {
    const [victim] = [...this.#links]
      .filter(([player, link]) => !seen.get(player)?.isAudible && nowMs - link.openedAtMs > linkBounds.keepMs)
      .map(([player]) => ({ player, distanceM: seen.get(player)?.distanceM ?? Infinity }))
      .sort((a, b) => b.distanceM - a.distanceM)
    return victim?.player ?? null
  }
}

/** Of two, the one with the higher number waits for the other's offer. @param {number} own @param {number} peer */
export const waitsForOffer = (own, peer) => own > peer
