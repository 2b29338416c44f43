import { lotOf, regionAt, type Rect } from '../../../protocol/zone/region-map.ts'
import type { ZonePlan } from '../../../protocol/zone/plan.ts'
import { stepsPerMetre } from '../../../protocol/zone/rules.ts'
import type { Player } from './player.ts'
import type { Population } from './population.ts'

/** Who stands no farther beyond the border stays, steps: who walks along it would be handed to and fro. */
const marginSteps = 5 * stepsPerMetre
/** Who stands farther, for so many ticks, is offered. */
const ticksMost = 2
/** So many are offered in one tick at the most: the rest waits for the next. */
export const offersMax = 256

/**
 * Offers those who have walked out of the region to the one where they stand. `home` is its area, null where the plan has it no more: then everybody goes.
 * Who leapt beyond the band goes at once.
 */
export function findCrossings(
  { players, columns }: Population,
  { home, bandSteps, plan }: { readonly home: Rect | null; readonly bandSteps: number; readonly plan: ZonePlan },
  cross: (player: Player, to: number) => void,
): void {
  const { place } = columns.engine.players
  let offers = 0
  for (const player of players.values()) {
    const x = place[player.slot * 4]!
    const y = place[player.slot * 4 + 1]!
    const dx = home ? Math.max(home.left - x, x - home.right) : Number.POSITIVE_INFINITY
    const dy = home ? Math.max(home.bottom - y, y - home.top) : Number.POSITIVE_INFINITY
    const beyond = Math.max(dx, dy)
    if (beyond <= marginSteps) {
      player.ticksOut = 0
      continue
    }
    player.ticksOut += 1
    if (player.offer || (player.ticksOut < ticksMost && beyond <= bandSteps)) continue
    if (offers >= offersMax) return
    offers += 1
    const spot = { x: x / stepsPerMetre, y: y / stepsPerMetre, lot: lotOf(player.who.userId) }
    cross(player, regionAt(plan.map, spot).id)
  }
}
