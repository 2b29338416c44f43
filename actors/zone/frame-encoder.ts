import { Changes, Hash, hashOf, peerFlags, recordBytes, Resync } from '../../protocol/zone/frames.ts'
import type { ListenerChanges } from './changes.ts'
import type { ZoneEngine } from './engine.ts'

/** Takes a frame for the client of a listener: the first `length` bytes, which are overwritten when it returns. */
export type FrameSink = (listener: number, bytes: Uint8Array, length: number) => void

/** Every so often a listener is told what their aliases come to, s. */
const hashEveryS = 5

/** No frame is longer: a resync of 80 people and 32 slots, or a change of all of them. B. */
const frameMax = 4096

/** Where a region's origin lies in its zone, in steps, and the epoch of the region on its node. */
export interface RegionPlace {
  readonly epoch: number
  readonly originX: number
  readonly originY: number
  readonly originZ: number
}

/**
 * Writes what the engine decides as frames, into one buffer, without an object for any of them. A listener who is new, or asked
 * for it, gets a `resync` in the place of what changed.
 */
export class FrameEncoder {
  readonly #engine: ZoneEngine
  readonly #place: RegionPlace
  readonly #sink: FrameSink
  readonly #bytes = new Uint8Array(frameMax)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #resync: Uint8Array
  readonly #hashTicks: number
  #at = 0
  #tick = 0

  constructor(engine: ZoneEngine, place: RegionPlace, sink: FrameSink) {
    this.#engine = engine
    this.#place = place
    this.#sink = sink
    this.#resync = new Uint8Array(engine.players.capacity)
    this.#hashTicks = hashEveryS * engine.rules.tickHz
  }

  /** Everything is told to the listener in the next tick: they are new, have asked, or missed something. */
  resync(listener: number): void {
    this.#resync[listener] = 1
  }

  /** One tick of the engine, and its frames. */
  tick(): void {
    this.#tick = this.#engine.now
    this.#engine.tick(this.#onChanges)
    const { kind, top } = this.#engine.players
    for (let slot = 0; slot < top; slot++) {
      if (this.#resync[slot] === 1) {
        this.#resync[slot] = 0
        if (kind[slot] === 1) this.#writeResync(slot)
      } else if ((this.#tick + slot) % this.#hashTicks === 0 && kind[slot] === 1) this.#writeHash(slot)
    }
  }

  readonly #onChanges = (listener: number, changes: ListenerChanges): void => {
    if (this.#resync[listener] === 1) return
    const view = this.#view
    view.setUint8(0, Changes.code)
    view.setUint8(1, this.#tick & 0xff)
    view.setUint8(2, changes.enters + changes.renews)
    view.setUint8(3, changes.leaves)
    view.setUint8(4, changes.updates)
    view.setUint8(5, changes.slots)
    this.#at = recordBytes.changesHeader
    for (let n = 0; n < changes.leaves; n++) view.setUint8(this.#at++, changes.leaveAlias[n]!)
    for (let n = 0; n < changes.renews; n++) {
      this.#writeEnter(listener, changes.renewAlias[n]!, changes.renewPeer[n]!, changes.renewTier[n]!)
    }
    for (let n = 0; n < changes.enters; n++) {
      this.#writeEnter(listener, changes.enterAlias[n]!, changes.enterPeer[n]!, changes.enterTier[n]!)
    }
    for (let n = 0; n < changes.updates; n++) {
      view.setUint8(this.#at++, changes.updateAlias[n]!)
      this.#writePlace(changes.updatePeer[n]!, changes.updateTier[n]!)
    }
    for (let n = 0; n < changes.slots; n++) {
      view.setUint8(this.#at++, changes.slotIndex[n]!)
      view.setUint8(this.#at++, changes.slotAlias[n]!)
    }
    this.#sink(listener, this.#bytes, this.#at)
  }

  #writeResync(listener: number): void {
    const { rows } = this.#engine.earshot
    const view = this.#view
    const start = rows.startOf(listener)
    const end = start + rows.members[listener]!
    view.setUint8(0, Resync.code)
    view.setUint8(1, this.#tick & 0xff)
    view.setUint32(2, this.#place.epoch, true)
    view.setInt32(6, this.#place.originX, true)
    view.setInt32(10, this.#place.originY, true)
    view.setInt32(14, this.#place.originZ, true)
    view.setUint8(18, this.#engine.rules.tickHz)
    view.setUint8(19, end - start)
    view.setUint8(20, this.#engine.earshot.slots.held(listener))
    this.#at = recordBytes.resyncHeader
    for (let at = start; at < end; at++) this.#writeEnter(listener, rows.alias(at), rows.peer(at), rows.tier(at))
    for (let at = start; at < end; at++) {
      const mediaSlot = rows.mediaSlot(at)
      if (mediaSlot < 0) continue
      view.setUint8(this.#at++, mediaSlot)
      view.setUint8(this.#at++, rows.alias(at))
    }
    this.#sink(listener, this.#bytes, this.#at)
  }

  #writeHash(listener: number): void {
    const { rows } = this.#engine.earshot
    const start = rows.startOf(listener)
    let hash = 0
    for (let at = start; at < start + rows.members[listener]!; at++) {
      hash = (hash + hashOf(rows.alias(at), this.#engine.players.player[rows.peer(at)]!)) & 0xffff
    }
    this.#view.setUint8(0, Hash.code)
    this.#view.setUint8(1, this.#tick & 0xff)
    this.#view.setUint16(2, hash, true)
    this.#sink(listener, this.#bytes, 4)
  }

  #writeEnter(listener: number, alias: number, peer: number, tier: number): void {
    const { players } = this.#engine
    const speaks = players.spokeAt[peer]! >= this.#tick ? peerFlags.speaks : 0
    const isMate = players.party[peer] !== 0 && players.party[peer] === players.party[listener]
    const flags = speaks | (players.stance[peer]! << peerFlags.stanceShift) | (isMate ? peerFlags.party : 0)
    this.#view.setUint8(this.#at++, alias)
    this.#view.setUint8(this.#at++, flags)
    this.#view.setUint32(this.#at, players.player[peer]!, true)
    this.#at += 4
    this.#writePlace(peer, tier)
  }

  /** Where listeners of that tier think somebody is now, and with which velocity they reckon on. */
  #writePlace(peer: number, tier: number): void {
    const { reckoning } = this.#engine
    const view = this.#view
    const tick = this.#tick
    view.setUint16(this.#at, within(reckoning.thought(peer, tier, 0, tick), 0, 0xffff), true)
    view.setUint16(this.#at + 2, within(reckoning.thought(peer, tier, 1, tick), 0, 0xffff), true)
    view.setInt16(this.#at + 4, within(reckoning.thought(peer, tier, 2, tick), -0x8000, 0x7fff), true)
    view.setInt8(this.#at + 6, reckoning.velocity(peer, tier, 0))
    view.setInt8(this.#at + 7, reckoning.velocity(peer, tier, 1))
    this.#at += 8
  }
}

/** Somebody who stands where no number of the frame reaches is shown at its edge. */
const within = (value: number, least: number, most: number): number =>
  value < least ? least : value > most ? most : value
