import type { Static } from '@sinclair/typebox'
import type { ZoneEntered } from '../../protocol/client/zone-frames.ts'
import type { ZonePlan } from '../../protocol/zone/plan.ts'
import { sidesOf } from '../../protocol/zone/region-map.ts'
import type { ZonePlayerCarrier } from './zone-player.ts'

/** What a client has to know of the zone that it entered. */
export function zoneEntered(plan: ZonePlan, { number }: Pick<ZonePlayerCarrier, 'number'>): Static<typeof ZoneEntered> {
  const { rules, authority } = plan
  const { width, height } = sidesOf(plan.map)
  const { kind, refM, maxM, rolloff, taperFrom } = rules.model
  return {
    zone_id: plan.zoneId,
    name: plan.name,
    player: number,
    tick_hz: rules.tickHz,
    ...{ width_m: width, height_m: height },
    ...{ range_m: rules.rangeM, whisper: rules.stanceFactors.whisper, shout: rules.stanceFactors.shout },
    hysteresis: rules.hysteresis,
    audible_max: rules.audibleMax,
    distance_model: { kind, ref_m: refM, max_m: maxM, rolloff, taper_from: taperFrom },
    position_authority: authority.positionAuthority,
  }
}
