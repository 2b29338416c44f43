import { rangeSteps, stanceIndex, stances, type ZoneRules } from '../../protocol/zone/rules.ts'
import type { KernelCode } from './kernel/kernel.ts'
import { spare } from './kernel/layout.ts'

/** A grid has no more cells than so many, or than twice the slots that there are: it has larger ones instead. */
const cellsMin = 2048

/** The same of a grid of crowds, and how small a cell of it may be, steps. */
const fineCellsMin = 4096
const fineCellsMax = 1 << 18
const fineCellMin = 8

/** Cells are parts of the range: of everybody, of everybody in a crowd, of those who speak in a crowd. */
const parts = { near: 2, fine: 12, speakers: 5 } as const

/**
 * How large the grids are in which a tick looks for who is near: one for each stance, so that one who shouts does not make everybody
 * look twice as far, and two fine ones for crowds. The kernel lays them over those who are there, anew in each tick.
 */
export class NearGrids {
  /** Of all grids of stances, with one behind each row. */
  readonly cells: number
  /** For all slots, for what is left of the last block of four in each row, and one that is nowhere. */
  readonly places: number
  /** Cells that each of the two grids of crowds may have. */
  readonly fineCells: number
  readonly #cellsOfStance: number
  readonly #rowsOfStance: number
  readonly #capacity: number
  readonly #ranges: readonly number[]

  constructor(rules: ZoneRules, capacity: number) {
    this.#capacity = capacity
    this.#ranges = stances.map((_, stance) => rangeSteps(rules, stance))
    this.#cellsOfStance = Math.max(cellsMin, capacity * 2)
    this.#rowsOfStance = Math.floor(2 * Math.sqrt(this.#cellsOfStance))
    this.cells = stances.length * (this.#cellsOfStance + this.#rowsOfStance)
    this.places = capacity + stances.length * this.#rowsOfStance * 3 + spare
    this.fineCells = Math.min(fineCellsMax, Math.max(fineCellsMin, capacity * 16))
  }

  /** Tells the kernel. */
  set(code: KernelCode): void {
    for (const [layer, range] of this.#ranges.entries()) code.setLayer(layer, range / parts.near, range ** 2)
    code.setNear(this.#cellsOfStance, this.#rowsOfStance, this.places - 1)
    const range = this.#ranges[stanceIndex.talk]!
    const cellOf = (share: number) => Math.max(fineCellMin, range / share)
    const farthest = Math.max(...this.#ranges)
    code.setFineGrids(this.#capacity + spare, this.fineCells, cellOf(parts.fine), cellOf(parts.speakers), farthest)
  }
}
