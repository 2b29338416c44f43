import { slotKind, type PlayerColumns } from './players.ts'
import { stepsPerMetre } from '../../protocol/zone/rules.ts'

/** How many tiers of closeness there are. */
export const tiers = 3

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
   * this tick; bit 7: in the one before.
   */
  readonly pulse: Uint8Array
  /** Last told place by slot and tier: x, y, z. */
  readonly #told: Float32Array
  readonly #toldVelocity: Int8Array
  readonly #toldAt: Uint16Array
  /** 1 for who stands where all models say they stand, for ever. */
  readonly #settled: Uint8Array
  readonly #players: PlayerColumns
  readonly #heartbeatTicks: number
  /** Steps that one unit of velocity makes in a tick: an eighth of a metre a second is two steps a second. */
  readonly #stepsPerTick: number

  constructor(players: PlayerColumns, tickHz: number) {
    const { capacity } = players
    this.#players = players
    this.#heartbeatTicks = Math.round(heartbeatS * tickHz)
    this.#stepsPerTick = 2 / tickHz
    this.pulse = new Uint8Array(capacity)
    this.#told = new Float32Array(capacity * tiers * 3)
    this.#toldVelocity = new Int8Array(capacity * tiers * 2)
    this.#toldAt = new Uint16Array(capacity * tiers)
    this.#settled = new Uint8Array(capacity)
  }

  /** They moved: what is thought of them has to be looked at. */
  unsettle(slot: number): void {
    this.#settled[slot] = 0
  }

  /** All models say where they are now: after coming, or a leap. */
  begin(slot: number, tick: number): void {
    for (let tier = 0; tier < tiers; tier++) this.#tell(slot, tier, tick)
    this.#settled[slot] = 0
  }

  /** Renews the models that are too far off. `outer` is false in ticks in which the outer tiers are left alone. */
  run(tick: number, outer: boolean): void {
    const { kind, top } = this.#players
    const { pulse } = this
    const settled = this.#settled
    for (let slot = 0; slot < top; slot++) {
      const before = pulse[slot]!
      if (settled[slot] === 1) {
        if (before !== 0) pulse[slot] = aged(before)
        continue
      }
      const is = kind[slot]!
      if (is === slotKind.player || is === slotKind.ghost) {
        pulse[slot] = aged(before) | this.#renew(slot, tick, outer)
      } else pulse[slot] = 0
    }
  }

  /** Where listeners of that tier think somebody is now, in whole steps; `axis` 0 for x, 1 for y, 2 for z. */
  thought(slot: number, tier: number, axis: number, tick: number): number {
    const model = slot * tiers + tier
    const told = this.#told[model * 3 + axis]!
    if (axis === 2) return told
    const age = (tick - this.#toldAt[model]!) & 0xffff
    return Math.round(told + this.#toldVelocity[model * 2 + axis]! * this.#stepsPerTick * age)
  }

  /** With which velocity they reckon on; `axis` 0 for x, 1 for y. Eighths of a metre a second. */
  velocity(slot: number, tier: number, axis: number): number {
    return this.#toldVelocity[(slot * tiers + tier) * 2 + axis]!
  }

  get bytes(): number {
    const columns = [this.pulse, this.#told, this.#toldVelocity, this.#toldAt, this.#settled]
    return columns.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  #tell(slot: number, tier: number, tick: number): void {
    const { place, velocity } = this.#players
    const model = slot * tiers + tier
    this.#told[model * 3] = place[slot * 4]!
    this.#told[model * 3 + 1] = place[slot * 4 + 1]!
    this.#told[model * 3 + 2] = place[slot * 4 + 2]!
    this.#toldVelocity[model * 2] = velocity[slot * 2]!
    this.#toldVelocity[model * 2 + 1] = velocity[slot * 2 + 1]!
    this.#toldAt[model] = tick
  }

  #renew(slot: number, tick: number, outer: boolean): number {
    const { place, velocity } = this.#players
    const told = this.#told
    const toldVelocity = this.#toldVelocity
    const perTick = this.#stepsPerTick
    const x = place[slot * 4]!
    const y = place[slot * 4 + 1]!
    const z = place[slot * 4 + 2]!
    let fired = 0
    let settled = velocity[slot * 2] === 0 && velocity[slot * 2 + 1] === 0
    for (let tier = 0; tier < tiers; tier++) {
      const model = slot * tiers + tier
      const vx = toldVelocity[model * 2]!
      const vy = toldVelocity[model * 2 + 1]!
      const age = (tick - this.#toldAt[model]!) & 0xffff
      const dx = told[model * 3]! + vx * perTick * age - x
      const dy = told[model * 3 + 1]! + vy * perTick * age - y
      const dz = told[model * 3 + 2]! - z
      const error = dx * dx + dy * dy + dz * dz
      const late = age >= this.#heartbeatTicks && error > heartbeatErrorSquare
      if ((error > errorSquares[tier]! || late) && (tier === 0 || outer)) {
        this.#tell(slot, tier, tick)
        fired |= 1 << tier
      } else if (error !== 0 || vx !== 0 || vy !== 0) settled = false
    }
    if (settled) this.#settled[slot] = 1
    return fired
  }
}

/** What was of this tick is of the one before. */
const aged = (pulse: number): number => ((pulse << 3) & 0b11_1000) | ((pulse << 1) & 0b1000_0000)
