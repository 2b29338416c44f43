import { CandidateRows, rowMax } from './candidate-rows.ts'
import { CellGrid } from './cell-grid.ts'
import { slotKind, type PlayerColumns } from './players.ts'
import { rangeSteps, stances, stepsPerMetre, type ZoneRules } from '../../protocol/zone/rules.ts'

/** Sides of a region, in steps. */
export interface Extent {
  readonly width: number
  readonly height: number
}

/**
 * Who may be in whose earshot. Everybody has an anchor: where they stood when they were last looked for. Whoever stands within
 * `reach` = edge of earshot + skin of a listener, anchor to anchor, is in the listener's row; as long as nobody is farther than
 * half a skin from their anchor, nobody outside the row can be in earshot. So a tick looks at rows only, and anew at the few who
 * walked out of their half skin: no tick does it for all at once.
 *
 * Distances are taken without height here: floors are told apart by those who look at the rows.
 */
export class Neighbours {
  readonly rows: CandidateRows
  /** 1 for who has too many around: their row holds only those in earshot, and a ring search finds them. */
  readonly crowd: Uint8Array
  /** Beyond the square of this distance, without height, an entry of that slot is of no use: steps², by slot. */
  readonly drop: Float32Array
  readonly #players: PlayerColumns
  readonly #grid: CellGrid
  /** Those whose rows others have to be written into: listeners outside crowds. */
  readonly #listeners: CellGrid
  readonly #anchor: Float32Array
  /** The reach with which a slot was last announced, steps; 0 for not at all. */
  readonly #reach: Float32Array
  readonly #reaches: Float32Array
  readonly #drops: Float32Array
  readonly #halfSkinSquare: number
  /** Who stands in the row that is made anew, by slot: the number of that making. */
  readonly #stamp: Float64Array
  #stamps = 0
  readonly #peer = new Uint16Array(256)

  constructor(players: PlayerColumns, rules: ZoneRules, { width, height }: Extent) {
    const skin = rules.skinM * stepsPerMetre
    const edges = stances.map((_, stance) => rangeSteps(rules, stance) * rules.hysteresis)
    this.#players = players
    this.#reaches = Float32Array.from(edges, (edge) => Math.ceil(edge + skin) + 1)
    this.#drops = Float32Array.from(edges, (edge) => Math.ceil(edge + 2 * skin + 2) ** 2)
    this.#halfSkinSquare = (skin / 2) ** 2
    const cell = rules.rangeM * stepsPerMetre * 0.55
    this.#grid = new CellGrid(width, height, cell, stances.length, players.capacity)
    this.#listeners = new CellGrid(width, height, cell, 1, players.capacity)
    this.rows = new CandidateRows(players.capacity)
    this.crowd = new Uint8Array(players.capacity)
    this.drop = new Float32Array(players.capacity)
    this.#anchor = new Float32Array(players.capacity * 2)
    this.#reach = new Float32Array(players.capacity)
    this.#stamp = new Float64Array(players.capacity)
  }

  /** Looks anew for everybody who has left their half skin, spoke up, or came. */
  refresh(): void {
    const { kind, place, stance, top } = this.#players
    const anchor = this.#anchor
    const limit = this.#halfSkinSquare
    for (let slot = 0; slot < top; slot++) {
      const is = kind[slot]!
      if (is !== slotKind.player && is !== slotKind.ghost) continue
      const dx = place[slot * 4]! - anchor[slot * 2]!
      const dy = place[slot * 4 + 1]! - anchor[slot * 2 + 1]!
      if (dx * dx + dy * dy > limit || this.#reach[slot] !== this.#reaches[stance[slot]!]) this.#look(slot)
    }
  }

  /** Somebody who did not listen does from now on: they are looked for with the next `refresh`, and keep their place in others' rows. */
  listen(slot: number): void {
    this.#reach[slot] = 0
  }

  /** Somebody listens no more: their row is given back, and they are found as before. */
  unlisten(slot: number): void {
    this.#listeners.remove(slot)
    this.rows.clear(slot)
    this.crowd[slot] = 0
  }

  /** Somebody went: nobody finds them any more. Rows that have them drop them when they are looked at. */
  forget(slot: number): void {
    this.#grid.remove(slot)
    this.#listeners.remove(slot)
    this.rows.clear(slot)
    this.crowd[slot] = 0
    this.#reach[slot] = 0
  }

  /** Too many around: from now on the row holds only those in earshot. */
  toCrowd(slot: number): void {
    this.crowd[slot] = 1
    this.#listeners.remove(slot)
    this.rows.keepMembers(slot)
    this.rows.reserve(slot, Math.max(8, this.rows.count[slot]!))
  }

  /** Back to a row of candidates, if there are no more around than `calm` in range and a row may hold. */
  leaveCrowd(slot: number, calm: number): void {
    if (!this.#gather(slot, calm)) return
    this.crowd[slot] = 0
    this.#listeners.put(slot, this.#anchor[slot * 2]!, this.#anchor[slot * 2 + 1]!, 0)
  }

  get bytes(): number {
    const columns = [this.crowd, this.drop, this.#anchor, this.#reach, this.#stamp]
    return columns.reduce(
      (sum, { byteLength }) => sum + byteLength,
      this.rows.bytes + this.#grid.bytes + this.#listeners.bytes,
    )
  }

  #look(slot: number): void {
    const { place, stance, kind } = this.#players
    const x = place[slot * 4]!
    const y = place[slot * 4 + 1]!
    const oldX = this.#anchor[slot * 2]!
    const oldY = this.#anchor[slot * 2 + 1]!
    const oldReach = this.#reach[slot]!
    const layer = stance[slot]!
    this.#grid.put(slot, x, y, layer)
    this.#anchor[slot * 2] = x
    this.#anchor[slot * 2 + 1] = y
    this.#reach[slot] = this.#reaches[layer]!
    this.drop[slot] = this.#drops[layer]!
    if (kind[slot] === slotKind.player && this.crowd[slot] === 0) {
      this.#listeners.put(slot, x, y, 0)
      if (!this.#gather(slot, rowMax)) this.toCrowd(slot)
    }
    this.#announce(slot, x, y, oldX, oldY, oldReach)
  }

  /** Makes the row anew. False, and nothing changed, if more than a row holds are around, or more than `calm` in range. */
  #gather(slot: number, calm: number): boolean {
    const { place } = this.#players
    const grid = this.#grid
    const anchor = this.#anchor
    const x = anchor[slot * 2]!
    const y = anchor[slot * 2 + 1]!
    const peers = this.#peer
    let n = 0
    let inRange = 0
    for (let layer = 0; layer < grid.layers; layer++) {
      if (grid.counts[layer] === 0) continue
      const reach = this.#reaches[layer]!
      const reachSquare = reach * reach
      const toColumn = grid.columnOf(x + reach)
      const toRow = grid.rowOf(y + reach)
      for (let row = grid.rowOf(y - reach); row <= toRow; row++) {
        for (let column = grid.columnOf(x - reach); column <= toColumn; column++) {
          let peer = grid.heads[(row * grid.columns + column) * grid.layers + layer]!
          for (; peer !== 0xffff; peer = grid.next[peer]!) {
            const dx = anchor[peer * 2]! - x
            const dy = anchor[peer * 2 + 1]! - y
            if (dx * dx + dy * dy > reachSquare || peer === slot) continue
            if (n >= rowMax) return false
            peers[n++] = peer
            if (calm < rowMax) {
              const px = place[peer * 4]! - place[slot * 4]!
              const py = place[peer * 4 + 1]! - place[slot * 4 + 1]!
              const pz = place[peer * 4 + 2]! - place[slot * 4 + 2]!
              if (px * px + py * py + pz * pz <= place[peer * 4 + 3]! && ++inRange > calm) return false
            }
          }
        }
      }
    }
    this.#replace(slot, n)
    return true
  }

  /** Puts the first `n` of the scratch after those in earshot, who stay, wherever they are now. */
  #replace(slot: number, n: number): void {
    const { rows } = this
    const peers = this.#peer
    const stamp = ++this.#stamps
    const members = rows.members[slot]!
    const from = rows.start[slot]!
    for (let at = from; at < from + members; at++) this.#stamp[rows.peer[at]!] = stamp
    let others = 0
    for (let at = 0; at < n; at++) {
      const peer = peers[at]!
      if (this.#stamp[peer] !== stamp) peers[others++] = peer
    }
    rows.count[slot] = members
    rows.reserve(slot, members + others + 2)
    const start = rows.start[slot]! + members
    for (let at = 0; at < others; at++) {
      rows.peer[start + at] = peers[at]!
      rows.alias[start + at] = 0
      rows.mark[start + at] = 0
    }
    rows.count[slot] = members + others
  }

  /** Writes a slot into the rows of all who may come to hear it, but for those who have it already. */
  #announce(slot: number, x: number, y: number, oldX: number, oldY: number, oldReach: number): void {
    const { rows } = this
    const grid = this.#listeners
    const anchor = this.#anchor
    const reach = this.#reach[slot]!
    const reachSquare = reach * reach
    const oldSquare = oldReach === 0 ? -1 : oldReach * oldReach
    const toColumn = grid.columnOf(x + reach)
    const toRow = grid.rowOf(y + reach)
    for (let row = grid.rowOf(y - reach); row <= toRow; row++) {
      for (let column = grid.columnOf(x - reach); column <= toColumn; column++) {
        let listener = grid.heads[row * grid.columns + column]!
        while (listener !== 0xffff) {
          // Read first: who has too many in their row is taken out of the chain.
          const next = grid.next[listener]!
          const ax = anchor[listener * 2]!
          const ay = anchor[listener * 2 + 1]!
          const isNear = (ax - x) * (ax - x) + (ay - y) * (ay - y) <= reachSquare && listener !== slot
          const isNew = isNear && (ax - oldX) * (ax - oldX) + (ay - oldY) * (ay - oldY) > oldSquare
          if (isNew && !rows.has(listener, slot) && !rows.append(listener, slot)) this.toCrowd(listener)
          listener = next
        }
      }
    }
  }
}
