import { epochInFrame, Ghosts, peerFlags } from '../../../protocol/zone/frames.ts'
import { sizeOf } from '../../../protocol/zone/layout.ts'
import type { PlayerColumns } from '../../zone/players.ts'

const [appearList, moveList, goneList] = Ghosts.lists
const headerBytes = 1 + sizeOf(Ghosts.header)
const appearBytes = sizeOf(appearList.fields)
const moveBytes = sizeOf(moveList.fields)
const goneBytes = sizeOf(goneList.fields)
/** A frame is not longer, B: a datagram holds 64 KiB. */
const frameMax = 60_000

export type GhostWord = 'appear' | 'move' | 'gone'

/**
 * Frames of those near a border: what is put in one tick, in as many frames as it takes, each with the next number. It makes an object for a frame
 * and none for a player.
 */
export class GhostWriter {
  readonly #players: PlayerColumns
  readonly #zone: number
  readonly #region: number
  readonly #epoch: number
  readonly #appears: number[] = []
  readonly #moves: number[] = []
  readonly #gone: number[] = []
  #bytes = new Uint8Array(4_096)
  #view = new DataView(this.#bytes.buffer)
  #seq = 0

  /** `region` and `epoch` are the sender's. */
  constructor(players: PlayerColumns, zone: number, region: number, epoch: number) {
    this.#players = players
    this.#zone = zone
    this.#region = region
    this.#epoch = epochInFrame(epoch)
  }

  /** The next frame says that everything before it is over. */
  anew(): void {
    this.#seq = 0
    this.#appears.length = this.#moves.length = this.#gone.length = 0
  }

  put(word: GhostWord, slot: number): void {
    if (word === 'gone') this.#gone.push(this.#players.player[slot]!)
    else (word === 'appear' ? this.#appears : this.#moves).push(slot)
  }

  /** Slots of those who appear with the next frames. */
  get appeared(): readonly number[] {
    return this.#appears
  }

  get isEmpty(): boolean {
    return this.#appears.length + this.#moves.length + this.#gone.length === 0
  }

  /** Sends what was put, and one frame without anything if there is nothing. False: one of them was not taken, and nothing more was sent. */
  flush(tick: number, send: (frame: Uint8Array) => boolean): boolean {
    let [appear, move, gone] = [0, 0, 0]
    do {
      let room = frameMax - headerBytes
      const take = (count: number, bytes: number): number => {
        const taken = Math.min(count, Math.floor(room / bytes))
        room -= taken * bytes
        return taken
      }
      const appears = take(this.#appears.length - appear, appearBytes)
      const moves = take(this.#moves.length - move, moveBytes)
      const goes = take(this.#gone.length - gone, goneBytes)
      this.#begin(frameMax - room, appears, moves, goes)
      let at = headerBytes
      for (const end = appear + appears; appear < end; appear++) at = this.#appear(at, this.#appears[appear]!, tick)
      for (const end = move + moves; move < end; move++) at = this.#move(at, this.#moves[move]!, tick)
      for (const end = gone + goes; gone < end; gone++, at += goneBytes)
        this.#view.setUint32(at, this.#gone[gone]!, true)
      if (!send(this.#bytes.slice(0, at))) return false
    } while (appear < this.#appears.length || move < this.#moves.length || gone < this.#gone.length)
    this.#appears.length = this.#moves.length = this.#gone.length = 0
    return true
  }

  #begin(bytes: number, appears: number, moves: number, gone: number): void {
    if (this.#bytes.length < bytes) {
      this.#bytes = new Uint8Array(Math.min(frameMax, bytes * 2))
      this.#view = new DataView(this.#bytes.buffer)
    }
    const view = this.#view
    view.setUint8(0, Ghosts.code)
    view.setUint32(1, this.#zone, true)
    view.setUint16(5, this.#region, true)
    view.setUint32(7, this.#epoch, true)
    view.setUint16(11, this.#seq, true)
    view.setUint16(13, appears, true)
    view.setUint16(15, moves, true)
    view.setUint16(17, gone, true)
    this.#seq = this.#seq === 0xffff ? 1 : this.#seq + 1
  }

  #appear(at: number, slot: number, tick: number): number {
    this.#view.setUint32(at, this.#players.player[slot]!, true)
    this.#view.setUint32(at + 4, this.#players.speakMask[slot]!, true)
    this.#view.setUint32(at + 8, this.#players.party[slot]!, true)
    return this.#state(at + 12, slot, tick)
  }

  #move(at: number, slot: number, tick: number): number {
    this.#view.setUint32(at, this.#players.player[slot]!, true)
    return this.#state(at + 4, slot, tick)
  }

  #state(at: number, slot: number, tick: number): number {
    const { place, velocity } = this.#players
    const view = this.#view
    view.setUint8(at, flagsOf(this.#players, slot, tick))
    view.setUint16(at + 1, place[slot * 4]!, true)
    view.setUint16(at + 3, place[slot * 4 + 1]!, true)
    view.setInt16(at + 5, place[slot * 4 + 2]!, true)
    view.setInt8(at + 7, velocity[slot * 2]!)
    view.setInt8(at + 8, velocity[slot * 2 + 1]!)
    return at + 9
  }
}

/** What the flags of somebody say: whether they spoke in that tick, and their stance. */
export const flagsOf = ({ spokeAt, stance }: PlayerColumns, slot: number, tick: number): number =>
  (spokeAt[slot]! >= tick ? peerFlags.speaks : 0) | (stance[slot]! << peerFlags.stanceShift)

/** What a frame of ghosts says, record by record, before anything is refused behind it. Places in steps. */
export interface GhostListener {
  appear(player: number, speakMask: number, party: number, state: GhostState): void
  move(player: number, state: GhostState): void
  gone(player: number): void
}

/** One of these serves all records: read it before returning. */
export interface GhostState {
  speaks: boolean
  stance: number
  x: number
  y: number
  z: number
  vx: number
  vy: number
}

export interface GhostHeader {
  readonly zone: number
  readonly region: number
  readonly epoch: number
  readonly seq: number
}

/** What a frame of ghosts is about; null for bytes that are none, or not as long as they say. */
export function ghostHeader(bytes: Uint8Array): GhostHeader | null {
  if (bytes.length < headerBytes || bytes[0] !== Ghosts.code) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const long =
    headerBytes +
    view.getUint16(13, true) * appearBytes +
    view.getUint16(15, true) * moveBytes +
    view.getUint16(17, true) * goneBytes
  if (bytes.length !== long) return null
  return {
    zone: view.getUint32(1, true),
    region: view.getUint16(5, true),
    epoch: view.getUint32(7, true),
    seq: view.getUint16(11, true),
  }
}

const state: GhostState = { speaks: false, stance: 0, x: 0, y: 0, z: 0, vx: 0, vy: 0 }

/** Reads a frame of which `ghostHeader` said that it is one. A record with flags that do not exist is left out. */
export function readGhosts(bytes: Uint8Array, listener: GhostListener): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = headerBytes
  for (let count = view.getUint16(13, true); count > 0; count--, at += appearBytes) {
    if (!readState(view, at + 12)) continue
    listener.appear(view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true), state)
  }
  for (let count = view.getUint16(15, true); count > 0; count--, at += moveBytes) {
    if (readState(view, at + 4)) listener.move(view.getUint32(at, true), state)
  }
  for (let count = view.getUint16(17, true); count > 0; count--, at += goneBytes) {
    listener.gone(view.getUint32(at, true))
  }
}

function readState(view: DataView, at: number): boolean {
  const flags = view.getUint8(at)
  state.stance = (flags & peerFlags.stanceBits) >> peerFlags.stanceShift
  state.speaks = (flags & peerFlags.speaks) !== 0
  state.x = view.getUint16(at + 1, true)
  state.y = view.getUint16(at + 3, true)
  state.z = view.getInt16(at + 5, true)
  state.vx = view.getInt8(at + 7)
  state.vy = view.getInt8(at + 8)
  return flags <= 0b1111 && state.stance !== 3
}
