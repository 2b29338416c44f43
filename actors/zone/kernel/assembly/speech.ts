import * as column from './columns'

/** A bit of a pulse: they began to speak in this tick. See dead-reckoning.ts. */
const began: u16 = 0x40

/** What the speech of the silent weighs. */
export let silence: f32 = 0
let holdTicks: i32 = 0
let fadeTicks: f32 = 0

/** Speech weighs 1 for so long after it ended, and fades for so long. */
export function setSpeech(hold: i32, fade: f32, silent: f32): void {
  holdTicks = hold
  fadeTicks = fade
  silence = silent
}

/** Who has spoken at that tick or since speaks at `tick`. */
export function speechSince(tick: i32): i32 {
  return tick - holdTicks
}

/** What everybody's speech weighs at this tick. */
export function weigh(top: u32, tick: i32): void {
  const ended = i32x4.splat(speechSince(tick))
  const full = f32x4.splat(1)
  const least = f32x4.splat(silence)
  for (let slot: u32 = 0; slot < top; slot += 4) {
    const at = (<usize>slot) << 2
    const over = f32x4.convert_i32x4_s(i32x4.sub(ended, v128.load(column.spokeAt + at)))
    const faded = f32x4.mul(f32x4.div(over, f32x4.splat(fadeTicks)), f32x4.sub(full, least))
    const isSpeech = f32x4.le(over, f32x4.splat(0))
    const fading = v128.bitselect(least, f32x4.sub(full, faded), f32x4.ge(over, f32x4.splat(fadeTicks)))
    const weights = v128.bitselect(full, fading, isSpeech)
    const isNew = v128.and(isSpeech, f32x4.ne(weights, v128.load(column.weight + at)))
    v128.store(column.weight + at, weights)
    for (let bits = <u32>i32x4.bitmask(isNew); bits != 0; bits &= bits - 1) {
      const pulse = column.pulse + ((<usize>(slot + ctz(bits))) << 1)
      store<u16>(pulse, load<u16>(pulse) | began)
    }
  }
}
