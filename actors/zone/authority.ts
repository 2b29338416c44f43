import type { AuthorityRules } from '../../protocol/zone/authority-rules.ts'
import { stepsPerMetre } from '../../protocol/zone/rules.ts'

/** What became of a client's word. Only `taken` and `leapt` move anybody. */
export const verdicts = ['taken', 'leapt', 'too_fast', 'leapt_too_soon', 'off_tether', 'no_server_word'] as const
export type Verdict = (typeof verdicts)[number]

/**
 * Of whom nothing was taken, since nothing came or all of it was too far, may have gone on meanwhile: what they may go is kept for so long, s. So who was cut off
 * for a while is believed again without a leap, and was never faster than they may be.
 */
const silenceKeptS = 5

/** Whether a number of 16 bits that begins again at 0 is later than another: less than half of the way round. */
export const isLater = (seq: number, than: number): boolean => seq !== than && ((seq - than) & 0xffff) < 0x8000

/**
 * Judges where clients say their players are, slot by slot. It knows what it let through last; who moves somebody otherwise says
 * so by `place`. Without a clock: ticks are its time.
 */
export class PositionAuthority {
  readonly #rules: AuthorityRules
  readonly #tickHz: number
  /** What the player last was let through with: x, y, z in steps. */
  readonly #at: Float32Array
  /** The server's last word, and whether there was one. */
  readonly #server: Float32Array
  readonly #hasServer: Uint8Array
  /** How far they may still go, steps, as of a tick. */
  readonly #allowance: Float32Array
  readonly #asOf: Int32Array
  readonly #leaptAt: Int32Array
  readonly #takenAt: Int32Array

  constructor(rules: AuthorityRules, tickHz: number, capacity: number) {
    this.#rules = rules
    this.#tickHz = tickHz
    this.#at = new Float32Array(capacity * 3)
    this.#server = new Float32Array(capacity * 3)
    this.#hasServer = new Uint8Array(capacity)
    this.#allowance = new Float32Array(capacity)
    this.#asOf = new Int32Array(capacity)
    this.#leaptAt = new Int32Array(capacity)
    this.#takenAt = new Int32Array(capacity)
  }

  /** Somebody new in a slot, at a place that is known. */
  begin(slot: number, x: number, y: number, z: number, tick: number): void {
    this.#hasServer[slot] = 0
    this.#leaptAt[slot] = tick - 1_000_000
    this.#put(slot, x, y, z)
    this.#asOf[slot] = tick
    this.#takenAt[slot] = tick
    this.#allowance[slot] = this.#perSecond
  }

  /** The server's word before this one had them: the tether, and nothing else. Steps. */
  tether(slot: number, x: number, y: number, z: number): void {
    this.#server[slot * 3] = x
    this.#server[slot * 3 + 1] = y
    this.#server[slot * 3 + 2] = z
    this.#hasServer[slot] = 1
  }

  /** The server's last word; null for none. Steps. */
  serverWord(slot: number): { readonly x: number; readonly y: number; readonly z: number } | null {
    if (this.#hasServer[slot] === 0) return null
    return { x: this.#server[slot * 3]!, y: this.#server[slot * 3 + 1]!, z: this.#server[slot * 3 + 2]! }
  }

  /** The server's word: it holds whatever the distance, and the tether is fixed there. */
  place(slot: number, x: number, y: number, z: number, tick: number): void {
    this.#put(slot, x, y, z)
    this.tether(slot, x, y, z)
    this.#asOf[slot] = tick
    this.#takenAt[slot] = tick
    this.#allowance[slot] = this.#perSecond
  }

  /** A client's word, in steps; `leaps` is its flag. One that is refused leaves them where they were. */
  judge(slot: number, x: number, y: number, z: number, leaps: boolean, tick: number): Verdict {
    if (this.#rules.positionAuthority === 'server') {
      if (this.#hasServer[slot] === 0) return 'no_server_word'
      if (distance(this.#server, slot, x, y, z) > this.#rules.tetherM * stepsPerMetre) return 'off_tether'
    }
    this.#refill(slot, tick)
    const way = distance(this.#at, slot, x, y, z)
    if (way <= this.#allowance[slot]!) {
      this.#allowance[slot] = Math.min(this.#allowance[slot]! - way, this.#perSecond)
      this.#takenAt[slot] = tick
      this.#put(slot, x, y, z)
      return 'taken'
    }
    // A server's player leaps by the server's word alone.
    if (!leaps || this.#rules.positionAuthority === 'server' || this.#rules.leapEveryS === 0) return 'too_fast'
    if (tick - this.#leaptAt[slot]! < this.#rules.leapEveryS * this.#tickHz) return 'leapt_too_soon'
    this.#leaptAt[slot] = tick
    this.#takenAt[slot] = tick
    this.#put(slot, x, y, z)
    return 'leapt'
  }

  get bytes(): number {
    const columns = [this.#at, this.#server, this.#hasServer, this.#allowance, this.#asOf, this.#leaptAt, this.#takenAt]
    return columns.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  get #perSecond(): number {
    return this.#rules.speedMaxMps * stepsPerMetre
  }

  #refill(slot: number, tick: number): void {
    const more = ((tick - this.#asOf[slot]!) * this.#perSecond) / this.#tickHz
    const silentS = (tick - this.#takenAt[slot]!) / this.#tickHz
    const most = this.#perSecond * Math.min(Math.max(1, silentS), silenceKeptS)
    this.#allowance[slot] = Math.min(most, this.#allowance[slot]! + more)
    this.#asOf[slot] = tick
  }

  #put(slot: number, x: number, y: number, z: number): void {
    this.#at[slot * 3] = x
    this.#at[slot * 3 + 1] = y
    this.#at[slot * 3 + 2] = z
  }
}

const distance = (columns: Float32Array, slot: number, x: number, y: number, z: number): number => {
  const dx = x - columns[slot * 3]!
  const dy = y - columns[slot * 3 + 1]!
  const dz = z - columns[slot * 3 + 2]!
  return Math.sqrt(dx * dx + dy * dy + dz * dz)
}
