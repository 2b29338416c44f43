import { PositionAuthority } from '../../../actors/zone/authority.ts'
import { defaultAuthority } from '../../../protocol/zone/authority-rules.ts'
import { BatchReader } from '../../../actors/zone/batch-reader.ts'
import { ZoneEngine } from '../../../actors/zone/engine.ts'
import { FrameEncoder } from '../../../actors/zone/frame-encoder.ts'
import { defaultRules, type ZoneRules } from '../../../protocol/zone/rules.ts'
import type { World } from './world.ts'
import { clamp } from './batch.ts'

const headerBytes = 13
const recordBytes = 14

/** A region as a node would run it, sockets aside: batches of positions in, frames out. */
export class Region {
  readonly engine: ZoneEngine
  readonly slots: Int32Array
  readonly #reader: BatchReader
  readonly #encoder: FrameEncoder
  readonly #batches: Uint8Array[]
  readonly #world: World
  frames = 0
  bytes = 0

  /** `ghosts` stand still at the edge, as many as a region of that size would have. */
  constructor(world: World, ghosts: number, rules: Partial<ZoneRules> = {}) {
    const { n, side } = world
    this.#world = world
    this.engine = new ZoneEngine({ ...defaultRules, ...rules }, n + ghosts + 8)
    const authority = new PositionAuthority(defaultAuthority, 10, n + ghosts + 8)
    this.slots = Int32Array.from({ length: n }, (_, i) => {
      const [x, y] = [Math.round(world.x[i]!), Math.round(world.y[i]!)]
      const slot = this.engine.join({ player: i + 1, x, y, z: 0, stance: 1, speakMask: 1, hearMask: 1, party: 0 })
      authority.begin(slot, x, y, 0, 0)
      return slot
    })
    for (let i = 0; i < ghosts; i++) {
      const along = Math.round((i / ghosts) * side)
      this.engine.joinGhost({
        player: n + i + 1,
        x: along,
        y: -320,
        z: 0,
        stance: 1,
        speakMask: 1,
        hearMask: 1,
        party: 0,
      })
    }
    this.#reader = new BatchReader(this.engine, authority)
    this.#encoder = new FrameEncoder(this.engine, { epoch: 1, originX: 0, originY: 0, originZ: 0 }, (_, __, length) => {
      this.frames++
      this.bytes += length
    })
    for (const slot of this.slots) this.#encoder.resync(slot)
    this.#batches = this.#makeBatches()
  }

  /** What gateways would have sent for this tick; not part of what is measured. */
  fill(): void {
    const world = this.#world
    for (let i = 0; i < world.n; i++) {
      const bytes = this.#batches[Math.floor(i / 1000)]!
      const view = new DataView(bytes.buffer)
      const at = headerBytes + (i % 1000) * recordBytes
      view.setUint16(at + 4, clamp(world.x[i]!), true)
      view.setUint16(at + 6, clamp(world.y[i]!), true)
      view.setUint8(at + 11, 0b10 | (world.speaks(i) ? 1 : 0))
      view.setInt8(at + 12, world.eighthsX[i]!)
      view.setInt8(at + 13, world.eighthsY[i]!)
    }
  }

  /** Decoding, interest, ranks, reckoning and encoding of one tick. */
  tick(): void {
    for (const batch of this.#batches) this.#reader.read(batch)
    this.#encoder.tick()
  }

  #makeBatches(): Uint8Array[] {
    return Array.from({ length: Math.ceil(this.#world.n / 1000) }, (_, batch) => {
      const count = Math.min(1000, this.#world.n - batch * 1000)
      const bytes = new Uint8Array(headerBytes + count * recordBytes)
      const view = new DataView(bytes.buffer)
      view.setUint8(0, 0x10)
      view.setUint16(11, count, true)
      for (let n = 0; n < count; n++) {
        view.setUint32(
          headerBytes + n * recordBytes,
          this.engine.players.addressOf(this.slots[batch * 1000 + n]!),
          true,
        )
      }
      return bytes
    })
  }
}
