import { AppError } from '../../protocol/errors.ts'
import type { ZonePlace } from '../../protocol/zone/link-messages.ts'
import type { ZonePlan } from '../../protocol/zone/plan.ts'
import { sidesOf } from '../../protocol/zone/region-map.ts'
import { stanceIndex, stepsPerMetre, type Stance } from '../../protocol/zone/rules.ts'

/** A place of a zone in metres, as steps. Throws VALIDATION_FAILED for one that is outside the zone. */
export function placeIn(
  plan: ZonePlan,
  { x, y, z = 0, stance = 'talk' }: { x: number; y: number; z?: number; stance?: Stance },
): ZonePlace {
  const { width, height } = sidesOf(plan.map)
  if (x > width) throw new AppError('VALIDATION_FAILED', { field: 'x', problem: `is not within 0 and ${width}` })
  if (y > height) throw new AppError('VALIDATION_FAILED', { field: 'y', problem: `is not within 0 and ${height}` })
  const steps = (metres: number) => Math.round(metres * stepsPerMetre)
  return { x: steps(x), y: steps(y), z: steps(z), stance: stanceIndex[stance] }
}
