// @ts-check

/*
 * The binary frames of a zone, as docs/zone-frames.md has them: those that a client reads and those that it writes. Pure.
 */

/**
 * @typedef {{ alias: number, flags: number, player: number, x: number, y: number, z: number, vx: number, vy: number }} Enter
 * @typedef {{ alias: number, x: number, y: number, z: number, vx: number, vy: number }} Update
 * @typedef {{ slot: number, alias: number }} Slot
 * @typedef {{ type: 'changes', tick: number, leaves: number[], enters: Enter[], updates: Update[], slots: Slot[] }} Changes
 * @typedef {{ type: 'resync', tick: number, epoch: number, originX: number, originY: number, originZ: number, hz: number,
 *   enters: Enter[], slots: Slot[] }} Resync
 * @typedef {{ type: 'hash', tick: number, hash: number }} Hash
 */

/** Steps of a place in a metre. */
export const stepsPerMetre = 16
/** Steps of a velocity in a metre a second. */
const speedSteps = 8
const stances = /** @type {const} */ (['whisper', 'talk', 'shout'])
/** @typedef {(typeof stances)[number]} Stance */

/** What flags say of somebody. @param {number} flags */
export const flagsOf = (flags) => ({
  speaks: (flags & 1) !== 0,
  stance: stances[(flags >> 1) & 3] ?? 'talk',
})

/** Reads numbers one behind the other. */
class Reader {
  #view
  at = 1

  /** @param {ArrayBuffer} frame */
  constructor(frame) {
    this.#view = new DataView(frame)
  }

  u8 = () => this.#view.getUint8(this.at++)
  i8 = () => this.#view.getInt8(this.at++)
  u16 = () => this.#view.getUint16((this.at += 2) - 2, true)
  i16 = () => this.#view.getInt16((this.at += 2) - 2, true)
  u32 = () => this.#view.getUint32((this.at += 4) - 4, true)
  i32 = () => this.#view.getInt32((this.at += 4) - 4, true)

  /**
   * @template Item
   * @param {number} count
   * @param {() => Item} read
   */
  list = (count, read) => Array.from({ length: count }, read)

  place = () => ({ x: this.u16(), y: this.u16(), z: this.i16(), vx: this.i8(), vy: this.i8() })
  /** @returns {Enter} */
  enter = () => ({ alias: this.u8(), flags: this.u8(), player: this.u32(), ...this.place() })
  /** @returns {Update} */
  update = () => ({ alias: this.u8(), ...this.place() })
  /** @returns {Slot} */
  slot = () => ({ slot: this.u8(), alias: this.u8() })
}

/**
 * A frame of a region. Null for one that this page does not know, since newer regions may have more. Throws RangeError for one that ends too soon.
 * @param {ArrayBuffer} frame
 * @returns {Changes | Resync | Hash | null}
 */
export function readFrame(frame) {
  const reader = new Reader(frame)
  const type = frame.byteLength === 0 ? 0 : new Uint8Array(frame)[0]
  switch (type) {
    case 0x20: {
      const [tick, enters, leaves, updates, slots] = [0, 0, 0, 0, 0].map(() => reader.u8())
      return {
        type: 'changes',
        tick: Number(tick),
        leaves: reader.list(Number(leaves), reader.u8),
        enters: reader.list(Number(enters), reader.enter),
        updates: reader.list(Number(updates), reader.update),
        slots: reader.list(Number(slots), reader.slot),
      }
    }
    case 0x21: {
      const [tick, epoch] = [reader.u8(), reader.u32()]
      const [originX, originY, originZ, hz] = [reader.i32(), reader.i32(), reader.i32(), reader.u8()]
      const [enters, slots] = [reader.u8(), reader.u8()]
      return {
        type: 'resync',
        ...{ tick, epoch, originX, originY, originZ, hz },
        enters: reader.list(enters, reader.enter),
        slots: reader.list(slots, reader.slot),
      }
    }
    case 0x22:
      return { type: 'hash', tick: reader.u8(), hash: reader.u16() }
    default:
      return null
  }
}

/**
 * Where oneself is, in metres from the lower left corner of the zone, and metres a second. Places beyond what the frame holds are its edge.
 * @param {{ seq: number, x: number, y: number, z?: number, vx: number, vy: number, yaw: number, speaks: boolean, stance: Stance, still: boolean }} position
 * `yaw` in 1/256 turn, from east over north.
 */
export function positionFrame({ seq, x, y, z = 0, vx, vy, yaw, speaks, stance, still }) {
  const frame = new Uint8Array(13)
  const view = new DataView(frame.buffer)
  view.setUint8(0, 0x01)
  view.setUint8(1, (speaks ? 1 : 0) | (stances.indexOf(stance) << 1) | (still ? 16 : 0))
  view.setUint16(2, seq & 0xffff, true)
  view.setUint16(4, within(x * stepsPerMetre, 0, 0xffff), true)
  view.setUint16(6, within(y * stepsPerMetre, 0, 0xffff), true)
  view.setInt16(8, within(z * stepsPerMetre, -0x8000, 0x7fff), true)
  view.setUint8(10, yaw & 0xff)
  view.setInt8(11, within(vx * speedSteps, -128, 127))
  view.setInt8(12, within(vy * speedSteps, -128, 127))
  return frame
}

/**
 * Asks to hear everything again.
 * @param {number} epoch Of the last resync.
 * @param {number} hash What one makes of one's own aliases.
 */
export function resyncAskFrame(epoch, hash) {
  const frame = new Uint8Array(7)
  const view = new DataView(frame.buffer)
  view.setUint8(0, 0x02)
  view.setUint32(1, epoch, true)
  view.setUint16(5, hash, true)
  return frame
}

/** Metres a second of a velocity. @param {number} steps */
export const speedOf = (steps) => steps / speedSteps

/**
 * The sum over everybody in earshot.
 * @param {Iterable<{ alias: number, player: number }>} people
 */
export function hashOf(people) {
  let sum = 0
  for (const { alias, player } of people) sum = (sum + alias * 40503 + Math.imul(player, 30011)) & 0xffff
  return sum
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
const within = (value, least, most) => Math.round(Math.min(most, Math.max(least, value)))
