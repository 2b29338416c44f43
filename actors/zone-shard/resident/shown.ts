import type { ToGateway } from '../../../protocol/zone/link-messages.ts'
import { stepsPerMetre } from '../../../protocol/zone/rules.ts'
import { slotKind } from '../../zone/players.ts'
import type { NameOf } from './gateways.ts'
import type { Player } from './player.ts'
import type { Population } from './population.ts'

/** Points shown at the most. */
export const pointsMax = 10_000

/** Whom a player has in earshot, of those whose names are known. */
export function earshotOf(
  { columns: { engine } }: Population,
  { slot }: Player,
  nameOf: NameOf,
): Extract<ToGateway, { type: 'earshot' }>['earshot'] {
  const { place, player } = engine.players
  return engine.heardBy(slot).peers.flatMap(({ slot: peer, mediaSlot }) => {
    const name = nameOf(player[peer]!)
    if (!name) return []
    const way = [0, 1, 2].map((axis) => place[peer * 4 + axis]! - place[slot * 4 + axis]!)
    return [{ userId: name.userId, distanceM: Math.hypot(...way) / stepsPerMetre, isAudible: mediaSlot >= 0 }]
  })
}

/** Where everybody stands: x, y in steps, and 1 for a ghost, one after the other. Of more than 10,000 each so manieth. */
export function pointsOf({ columns, players, ghosts }: Population): readonly number[] {
  const { place, kind, top } = columns.engine.players
  const every = Math.max(1, Math.ceil((players.size + ghosts.size) / pointsMax))
  const points: number[] = []
  let count = 0
  for (let slot = 0; slot < top; slot++) {
    const is = kind[slot]
    if ((is !== slotKind.player && is !== slotKind.ghost) || count++ % every !== 0) continue
    points.push(within(place[slot * 4]!), within(place[slot * 4 + 1]!), is === slotKind.ghost ? 1 : 0)
  }
  return points
}

const within = (steps: number): number => Math.max(0, Math.min(0xffff, Math.round(steps)))
