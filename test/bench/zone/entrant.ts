import type { UserId } from '../../../protocol/ids.ts'
import { encodeLink } from '../../../protocol/zone/link-codec.ts'
import { lotOf, regionAt, type RegionMap } from '../../../protocol/zone/region-map.ts'
import { stepsPerMetre } from '../../../protocol/zone/rules.ts'
import { clamp } from './batch.ts'
import type { World } from './world.ts'

/** What a gateway says of somebody of the world who enters where they stand, and to which region. `player`: their number. */
export function entrantOf(world: World, map: RegionMap, n: number, player: number) {
  const [x, y] = [clamp(world.x[n]!), clamp(world.y[n]!)]
  const name = `u${n}`
  const who = {
    ...{ player, userId: name as UserId, name, party: 0, enteredAtMs: 1 },
    ...{ speakMask: 1, hearMask: 1 },
  }
  const place = { x, y, z: 0, stance: 1 }
  return {
    region: regionAt(map, { x: x / stepsPerMetre, y: y / stepsPerMetre, lot: lotOf(name) }).id,
    adopt: encodeLink({ type: 'adopt', who, place, passage: { epoch: 0, out: 0, seq: 0 } }),
  }
}
