// @ts-check
import { flagsOf, hashOf, readFrame, resyncAskFrame, speedOf, stepsPerMetre } from './zone-wire.js'

/**
 * @typedef {object} Peer Somebody in earshot.
 * @property {number} alias
 * @property {number} player The zone's number of them.
 * @property {boolean} speaks As they came into earshot.
 * @property {import('./zone-wire.js').Stance} stance
 * @property {number} x Where they were when told, m from the zone's lower left corner.
 * @property {number} y
 * @property {number} z
 * @property {number} vx m/s.
 * @property {number} vy
 * @property {number} atMs When that was told.
 */
/** @typedef {{ user_id: string, username: string }} Name */

/** Nobody is reckoned on for longer than this: a region tells again by then, or is gone. Ms. */
const reckonMaxMs = 2_500
/** A resync is asked for at most once in so long. Ms. */
const askEveryMs = 1_000

/**
 * What a client knows of a zone, by the frames that came. Nothing in here knows a socket or a clock.
 *
 * A place that comes is where they were a moment ago, and nothing in a frame says when, so it counts from when it came.
 */
export class ZoneView {
  /** By alias. @type {Map<number, Peer>} */
  #peers = new Map()
  /** Alias by media slot. @type {Map<number, number>} */
  #slots = new Map()
  /** Told once for each number, so kept while one is in the zone. @type {Map<number, Name>} */
  #names = new Map()
  #origin = { x: 0, y: 0, z: 0 }
  #epoch = 0
  #askedAtMs = -Infinity
  /** How often everything was told. */
  resyncs = 0

  /**
   * Takes a frame of the region.
   * @param {ArrayBuffer} bytes
   * @param {number} nowMs
   * @returns {Uint8Array<ArrayBuffer> | null} What to send back: a client that has lost the thread asks for everything.
   */
  take(bytes, nowMs) {
    const frame = readFrame(bytes)
    if (frame === null) return null
    if (frame.type === 'hash') return frame.hash === this.#hash() ? null : this.#ask(nowMs)
    if (frame.type === 'resync') {
      this.resyncs += 1
      this.#epoch = frame.epoch
      this.#origin = { x: frame.originX, y: frame.originY, z: frame.originZ }
      this.#peers.clear()
      this.#slots.clear()
    } else {
      for (const alias of frame.leaves) this.#leave(alias)
    }
    for (const enter of frame.enters) {
      const { alias, player, flags } = enter
      this.#peers.set(alias, { alias, player, ...flagsOf(flags), ...this.#placeOf(enter), atMs: nowMs })
    }
    let isLost = false
    if (frame.type === 'changes') {
      for (const update of frame.updates) {
        const peer = this.#peers.get(update.alias)
        if (peer) Object.assign(peer, this.#placeOf(update), { atMs: nowMs })
        else isLost = true
      }
    }
    for (const { slot, alias } of frame.slots) {
      if (alias === 0) this.#slots.delete(slot)
      else this.#slots.set(slot, alias)
    }
    return isLost ? this.#ask(nowMs) : null
  }

  /** @param {readonly ({ player: number } & Name)[]} players */
  name(players) {
    for (const { player, user_id, username } of players) this.#names.set(player, { user_id, username })
  }

  /** @param {number} player */
  nameOf(player) {
    return this.#names.get(player) ?? null
  }

  /** Everybody in earshot. @returns {Iterable<Peer>} */
  get earshot() {
    return this.#peers.values()
  }

  /** Numbers of those who have one of our media slots. @returns {Set<number>} */
  get audible() {
    const players = [...this.#slots.values()].map((alias) => this.#peers.get(alias)?.player)
    return new Set(players.filter((player) => player !== undefined))
  }

  /**
   * Where somebody is by now, as far as one can tell, m.
   * @param {Peer} peer
   * @param {number} nowMs
   */
  placeOf({ x, y, z, vx, vy, atMs }, nowMs) {
    const s = Math.min(reckonMaxMs, Math.max(0, nowMs - atMs)) / 1_000
    return { x: x + vx * s, y: y + vy * s, z }
  }

  /** @param {number} alias */
  #leave(alias) {
    this.#peers.delete(alias)
    for (const [slot, holder] of this.#slots) if (holder === alias) this.#slots.delete(slot)
  }

  /** @param {{ x: number, y: number, z: number, vx: number, vy: number }} steps From the region's origin. */
  #placeOf({ x, y, z, vx, vy }) {
    return {
      x: (this.#origin.x + x) / stepsPerMetre,
      y: (this.#origin.y + y) / stepsPerMetre,
      z: (this.#origin.z + z) / stepsPerMetre,
      vx: speedOf(vx),
      vy: speedOf(vy),
    }
  }

  #hash() {
    return hashOf(this.#peers.values())
  }

  /** @param {number} nowMs */
  #ask(nowMs) {
    if (nowMs - this.#askedAtMs < askEveryMs) return null
    this.#askedAtMs = nowMs
    return resyncAskFrame(this.#epoch, this.#hash())
  }
}
