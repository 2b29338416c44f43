import type { Kernel, KernelCode } from './kernel/kernel.ts'
import type { PlayerColumns } from './players.ts'
import { stepsPerMetre } from '../../protocol/zone/rules.ts'

/** How many tiers of closeness there are. */
const tiers = 3

/** Up to this distance a pair belongs to the tier; the last one has no end. Steps. */
export const tierEnds: readonly number[] = [6 * stepsPerMetre, 15 * stepsPerMetre]

/** How far what listeners think may be from where somebody is before they are told, by tier: 0.25, 0.75, 1.5 m. Steps². */
const errorSquares = [4 ** 2, 12 ** 2, 24 ** 2] as const

/** After so long listeners are told even a small error, s. */
const heartbeatS = 2

/** Below it a heartbeat would carry nothing: 0.125 m. Steps². */
const heartbeatErrorSquare = 2 ** 2

/**
 * What listeners think where somebody is: they were told a place and a velocity and reckon on from there. There is one such
 * model for each mover and tier of closeness, and all listeners of that tier share it: so it is decided once for each mover, not
 * once for each pair, whether there is anything to tell.
 */
export class DeadReckoning {
  /**
   * Bits 0 to 2: the model of that tier was renewed in this tick; bits 3 to 5: in the one before. Bit 6: they began to speak in
   * this tick; bit 7: in the one before. Bit 8: listeners are told of them anew, and look at their masks.
   */
  readonly pulse: Uint16Array
  /** Last told place by slot: x of all tiers, then y, then z, with room for a fourth. */
  readonly #told: Float32Array
  /** In the same way vx, then vy. */
  readonly #toldVelocity: Int8Array
  readonly #toldAt: Uint16Array
  /** 1 for who stands where all models say they stand, for ever. */
  readonly #settled: Uint8Array
  readonly #players: PlayerColumns
  readonly #code: KernelCode
  /** Steps that one unit of velocity makes in a tick: an eighth of a metre a second is two steps a second. */
  readonly #stepsPerTick: number

  constructor({ columns, code }: Kernel, players: PlayerColumns, tickHz: number) {
    this.#players = players
    this.#code = code
    this.#stepsPerTick = 2 / tickHz
    this.pulse = columns.pulse
    this.#told = columns.told
    this.#toldVelocity = columns.toldVelocity
    this.#toldAt = columns.toldAt
    this.#settled = columns.settled
    code.setReckoning(...errorSquares, heartbeatErrorSquare, Math.round(heartbeatS * tickHz), this.#stepsPerTick)
  }

  /** They moved: what is thought of them has to be looked at. */
  unsettle(slot: number): void {
    this.#settled[slot] = 0
  }

  /** All models say where they are now: after coming, or a leap. */
  begin(slot: number, tick: number): void {
    const { place, velocity } = this.#players
    for (let tier = 0; tier < tiers; tier++) {
      for (let axis = 0; axis < 3; axis++) this.#told[slot * 12 + axis * 4 + tier] = place[slot * 4 + axis]!
      for (let axis = 0; axis < 2; axis++) {
        this.#toldVelocity[slot * 8 + axis * 4 + tier] = velocity[slot * 2 + axis]!
      }
      this.#toldAt[slot * 4 + tier] = tick
    }
    this.#settled[slot] = 0
  }

  /** Renews the models that are too far off, of so many tiers from the nearest on. */
  run(tick: number, upTo: 1 | 2 | 3): void {
    this.#code.reckon(this.#players.top, tick, (1 << upTo) - 1)
  }

  /** Where listeners of that tier think somebody is now, in whole steps; `axis` 0 for x, 1 for y, 2 for z. */
  thought(slot: number, tier: number, axis: number, tick: number): number {
    const told = this.#told[slot * 12 + axis * 4 + tier]!
    if (axis === 2) return told
    const age = (tick - this.#toldAt[slot * 4 + tier]!) & 0xffff
    return Math.round(told + this.velocity(slot, tier, axis) * this.#stepsPerTick * age)
  }

  /** With which velocity they reckon on; `axis` 0 for x, 1 for y. Eighths of a metre a second. */
  velocity(slot: number, tier: number, axis: number): number {
    return this.#toldVelocity[slot * 8 + axis * 4 + tier]!
  }
}
