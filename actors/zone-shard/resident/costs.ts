import {
  bestCut,
  cellM,
  mayCut,
  regionById,
  shareCut,
  type CostCell,
  type Cut,
} from '../../../protocol/zone/region-map.ts'
import type { ZonePlan } from '../../../protocol/zone/plan.ts'
import { stepsPerMetre } from '../../../protocol/zone/rules.ts'
import type { Population } from './population.ts'

const cellSteps = cellM * stepsPerMetre

/**
 * Where a region would be cut by what its players cost now. A crowd that no line would divide is shared out: its area gets two regions, and each of them half of the
 * listeners. Null where that was done as often as may be.
 */
export function cutOf(population: Population, { map }: ZonePlan, region: number): Cut | null {
  const own = regionById(map, region)
  if (!own) return null
  const share = shareCut(map, region)
  return bestCut(own, costsOf(population)) ?? (mayCut(map, region, share) ? share : null)
}

/**
 * What the cells cost: a listener costs as much as the people they have in earshot, and one more. Pairs that lie in two cells count for each line of cells
 * between them.
 */
export function costsOf({ players, columns }: Population): readonly CostCell[] {
  const { place } = columns.engine.players
  const { rows } = columns.engine.earshot
  const cells = new Map<number, { x: number; y: number; cost: number; pairsLeft: number; pairsBelow: number }>()
  const cellAt = (column: number, row: number) => {
    const key = row * 65_536 + column
    const known = cells.get(key)
    if (known) return known
    const made = { x: column * cellM, y: row * cellM, cost: 0, pairsLeft: 0, pairsBelow: 0 }
    cells.set(key, made)
    return made
  }
  const columnOf = (slot: number) => Math.max(0, Math.floor(place[slot * 4]! / cellSteps))
  const rowOf = (slot: number) => Math.max(0, Math.floor(place[slot * 4 + 1]! / cellSteps))
  for (const { slot } of players.values()) {
    const column = columnOf(slot)
    const row = rowOf(slot)
    const start = rows.startOf(slot)
    const members = rows.members[slot]!
    cellAt(column, row).cost += 1 + members
    for (let at = start; at < start + members; at++) {
      const peer = rows.peer(at)
      // Each pair is seen from its left, or lower, end alone.
      for (let line = column + 1; line <= columnOf(peer); line++) cellAt(line, row).pairsLeft += 1
      for (let line = row + 1; line <= rowOf(peer); line++) cellAt(column, line).pairsBelow += 1
    }
  }
  return [...cells.values()]
}
