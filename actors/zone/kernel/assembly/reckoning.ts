import * as column from './columns'

/** See dead-reckoning.ts: bit 8 of a pulse. */
const renewedPulse: u32 = 0x100

let errorSquares: v128 = f32x4.splat(0)
let heartbeatSquare: f32 = 0
let heartbeatTicks: u32 = 0
let stepsPerTick: f32 = 0

/** Squares of the errors that listeners are told, by tier, and after how many ticks even one above `least`; steps that a unit of velocity makes in a tick. */
export function setReckoning(error0: f32, error1: f32, error2: f32, least: f32, ticks: u32, perTick: f32): void {
  errorSquares = f32x4(error0, error1, error2, f32.MAX_VALUE)
  heartbeatSquare = least
  heartbeatTicks = ticks
  stepsPerTick = perTick
}

/** What is of this tick is of the one before. */
function aged(pulse: u32): u32 {
  return ((pulse << 3) & 0b11_1000) | ((pulse << 1) & 0b1000_0000)
}

/** Renews the models that are too far off, of the tiers whose bits are in `allowed`, and writes the pulses of the tick. */
export function reckon(top: u32, tick: u32, allowed: u32): void {
  for (let slot: u32 = 0; slot < top; slot++) {
    const at = column.pulse + ((<usize>slot) << 1)
    const before = <u32>load<u16>(at)
    const news = load<u8>(column.renewed + slot) == 0 ? 0 : renewedPulse
    if (load<u8>(column.settled + slot) == 1) {
      if ((before | news) != 0) store<u16>(at, <u16>(aged(before) | news))
      continue
    }
    store<u16>(at, column.stands(slot) ? <u16>(aged(before) | news | renew(slot, tick, allowed)) : 0)
  }
}

/** Looks at the three models of a slot at once. Which were renewed, a bit each. */
function renew(slot: u32, tick: u32, allowed: u32): u32 {
  const place = column.place + ((<usize>slot) << 4)
  const told = column.told + <usize>slot * 48
  const toldVelocity = column.toldVelocity + ((<usize>slot) << 3)
  const toldAt = column.toldAt + ((<usize>slot) << 3)
  const x = v128.load32_splat(place)
  const y = v128.load32_splat(place, 4)
  const z = v128.load32_splat(place, 8)
  const velocities = v128.extend_low<i8>(v128.load_zero<u64>(toldVelocity))
  const vx = v128.extend_low<i16>(velocities)
  const vy = v128.extend_high<i16>(velocities)
  const then = v128.extend_low<u16>(v128.load_zero<u64>(toldAt))
  const age = v128.and(i32x4.sub(i32x4.splat(tick), then), i32x4.splat(0xffff))
  const ticks = f32x4.mul(f32x4.convert_i32x4_s(age), f32x4.splat(stepsPerTick))
  const dx = f32x4.sub(f32x4.add(v128.load(told), f32x4.mul(f32x4.convert_i32x4_s(vx), ticks)), x)
  const dy = f32x4.sub(f32x4.add(v128.load(told, 16), f32x4.mul(f32x4.convert_i32x4_s(vy), ticks)), y)
  const dz = f32x4.sub(v128.load(told, 32), z)
  const error = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz))
  const isLate = v128.and(i32x4.ge_s(age, i32x4.splat(heartbeatTicks)), f32x4.gt(error, f32x4.splat(heartbeatSquare)))
  const fired = (<u32>i32x4.bitmask(v128.or(f32x4.gt(error, errorSquares), isLate))) & allowed
  const own = <u32>load<u16>(column.velocity + ((<usize>slot) << 1))
  if (fired != 0) tell(slot, tick, fired, own)
  if (own != 0) return fired
  const isMoving = v128.or(v128.or(vx, vy), f32x4.ne(error, f32x4.splat(0)))
  const moving = (<u32>i32x4.bitmask(i32x4.ne(isMoving, i32x4.splat(0)))) & 7
  if ((moving & ~fired) == 0) store<u8>(column.settled + slot, 1)
  return fired
}

/** Models of those tiers say where somebody is now; `own` is their velocity, x in the lower byte. */
function tell(slot: u32, tick: u32, tiers: u32, own: u32): void {
  const place = column.place + ((<usize>slot) << 4)
  for (let bits = tiers; bits != 0; bits &= bits - 1) {
    const tier = <usize>ctz(bits)
    const told = column.told + <usize>slot * 48 + (tier << 2)
    store<f32>(told, load<f32>(place))
    store<f32>(told, load<f32>(place, 4), 16)
    store<f32>(told, load<f32>(place, 8), 32)
    const velocity = column.toldVelocity + ((<usize>slot) << 3) + tier
    store<u8>(velocity, <u8>own)
    store<u8>(velocity, <u8>(own >> 8), 4)
    store<u16>(column.toldAt + ((<usize>slot) << 3) + (tier << 1), <u16>tick)
  }
}
