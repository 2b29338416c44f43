import { encodeFrame } from '../../protocol/zone/codec.ts'
import { stepsPerMetre } from '../../protocol/zone/rules.ts'

/** That place in steps, on the ground. Metres. */
export const stepsAt = ({ x, y }: { readonly x: number; readonly y: number }) => ({
  ...{ x: Math.round(x * stepsPerMetre), y: Math.round(y * stepsPerMetre), z: 0 },
})

/** What a client says that stands there, as its `seq`th word. */
export const standingFrame = (at: { readonly x: number; readonly y: number }, seq: number, flags: number): Uint8Array =>
  encodeFrame({ type: 'position', flags, seq, ...stepsAt(at), yaw: 0, vx: 0, vy: 0 })
