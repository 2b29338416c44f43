/** An area of a zone, m: from left and bottom, up to but without right and top. */
export interface Rect {
  readonly left: number
  readonly bottom: number
  readonly right: number
  readonly top: number
}

export interface Region {
  readonly id: number
  readonly rect: Rect
}

type Node =
  { readonly leaf: Region } | { readonly axis: Axis; readonly at: number; readonly low: Node; readonly high: Node }
/** `lot`: both parts have the same area, and each the players whose lot has that bit, or has it not. */
export type Axis = 'x' | 'y' | 'lot'

/** How a zone is cut into regions. A value: a cut or a merger makes another one, with the next version. */
export interface RegionMap {
  readonly version: number
  /** Ids are never given out twice: a region that was cut is over, and both halves are new. */
  readonly nextId: number
  readonly root: Node
}

/** Cuts run along these, m: about the edge of earshot. */
export const cellM = 32

/** An area is shared out so many times at the most: among 2, then 4. Each of them knows of all players in it, and looks after its own alone. */
export const lotsMax = 2

/** No region has a side below it, m: 4 times the edge of earshot, in cells. In a narrower one ghosts would outnumber players. */
export const leastSideM = 160

/** What one part of a region costs: measured by the region, cell by cell. */
export interface CostCell {
  /** Lower left corner, m. */
  readonly x: number
  readonly y: number
  /** In whatever unit, the same for all. */
  readonly cost: number
  /** Pairs in earshot whose two ends lie on both sides of the left edge of this cell, and of the lower one. */
  readonly pairsLeft: number
  readonly pairsBelow: number
}

/** What a pair across a border costs against one within a region: it is decided on both sides, and its ends are sent. */
const crossingWeight = 2

/** A zone of one region. */
export const wholeZone = (rect: Rect): RegionMap => ({ version: 1, nextId: 2, root: { leaf: { id: 1, rect } } })

const isLeaf = (node: Node): node is { readonly leaf: Region } => 'leaf' in node

/**
 * A player's lot, which decides between regions that share an area: the same wherever it is drawn, so that one user is always looked after by one of them.
 * FNV-1a, and behind it the finaliser of MurmurHash3: without that bits of similar names go together.
 */
export function lotOf(userId: string): number {
  let hash = 0x811c_9dc5
  for (let at = 0; at < userId.length; at++) hash = Math.imul(hash ^ userId.charCodeAt(at), 0x0100_0193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** All regions, from left to right and from the bottom up. */
export function regionsOf({ root }: RegionMap): readonly Region[] {
  const walk = (node: Node): Region[] => (isLeaf(node) ? [node.leaf] : [...walk(node.low), ...walk(node.high)])
  return walk(root)
}

export const regionById = (map: RegionMap, id: number): Region | undefined =>
  regionsOf(map).find((region) => region.id === id)

/** Somebody's place, m, and their lot. */
export interface Spot {
  readonly x: number
  readonly y: number
  readonly lot: number
}

/** The region of somebody at a place. Places outside the zone belong to the region at its edge. */
export function regionAt({ root }: RegionMap, spot: Spot): Region {
  let node = root
  while (!isLeaf(node)) node = isLow(spot, node) ? node.low : node.high
  return node.leaf
}

const isLow = (spot: Spot, { axis, at }: Cut): boolean =>
  axis === 'lot' ? ((spot.lot >> at) & 1) === 0 : spot[axis] < at

/** How many times the area of a region was shared out: 0 where it has the area for itself, 1 for one of two, 2 for one of four. */
export function lotsAbove({ root }: RegionMap, id: number): number {
  const walk = (node: Node, lots: number): number => {
    if (isLeaf(node)) return node.leaf.id === id ? lots : -1
    const below = node.axis === 'lot' ? lots + 1 : lots
    return Math.max(walk(node.low, below), walk(node.high, below))
  }
  return Math.max(0, walk(root, 0))
}

/** How far a place is from an area, m; 0 within. */
export function distanceTo({ left, bottom, right, top }: Rect, x: number, y: number): number {
  const dx = Math.max(left - x, 0, x - right)
  const dy = Math.max(bottom - y, 0, y - top)
  return Math.hypot(dx, dy)
}

/** How far apart two areas are; 0 where they touch. In the unit of the areas. */
export const gapBetween = (a: Rect, b: Rect): number =>
  Math.hypot(Math.max(a.left - b.right, b.left - a.right, 0), Math.max(a.bottom - b.top, b.bottom - a.top, 0))

/** The sides of the whole, m: places count from its lower left corner. */
export function sidesOf(map: RegionMap): { readonly width: number; readonly height: number } {
  const rects = regionsOf(map).map(({ rect }) => rect)
  return {
    width: Math.max(...rects.map(({ right }) => right)) - Math.min(...rects.map(({ left }) => left)),
    height: Math.max(...rects.map(({ top }) => top)) - Math.min(...rects.map(({ bottom }) => bottom)),
  }
}

/** How wide the band along a border is in which players are ghosts on its other side, m. */
export const bandOf = (edgeM: number, speedMaxMps: number, tickHz: number): number =>
  Math.ceil(edgeM + 5 + (2 * speedMaxMps) / tickHz)

/** The regions in which somebody who stands there is a ghost: all within the band but their own. */
export const ghostRegions = (map: RegionMap, spot: Spot, bandM: number): readonly Region[] => {
  const own = regionAt(map, spot)
  return regionsOf(map).filter(({ id, rect }) => id !== own.id && distanceTo(rect, spot.x, spot.y) <= bandM)
}

/** The regions that share a band with this one. */
export const neighboursOf = (map: RegionMap, id: number, bandM: number): readonly Region[] => {
  const own = regionById(map, id)
  if (!own) return []
  return regionsOf(map).filter(({ id: other, rect }) => other !== id && gapBetween(own.rect, rect) <= bandM)
}

/** Where a region would be cut: along cells, m, or by a bit of lots. */
export interface Cut {
  readonly axis: Axis
  readonly at: number
}

/**
 * The cut after which the dearer half costs least, what crosses the border counted in: through a market square it would be paid
 * twice. Null if every cut would leave a side below the least: then it is a crowd, which can be shared out alone.
 */
export function bestCut({ rect }: Region, cells: readonly CostCell[]): Cut | null {
  let best: Cut | null = null
  let least = Number.POSITIVE_INFINITY
  for (const axis of ['x', 'y'] as const) {
    const [from, to] = axis === 'x' ? [rect.left, rect.right] : [rect.bottom, rect.top]
    const { costs, crossing } = byLine(axis, from, to, cells)
    const all = costs.reduce((sum, cost) => sum + cost, 0)
    let low = 0
    for (const [line, cost] of costs.entries()) {
      const at = from + line * cellM
      const dearer = Math.max(low, all - low) + crossing[line]! * crossingWeight
      low += cost
      if (at < from + leastSideM || at > to - leastSideM || dearer >= least) continue
      least = dearer
      best = { axis, at }
    }
  }
  return best
}

/** What the cells cost, line by line along an axis, and the pairs that cross the beginning of each line. */
function byLine(axis: 'x' | 'y', from: number, to: number, cells: readonly CostCell[]) {
  const costs = new Float64Array(Math.ceil((to - from) / cellM))
  const crossing = new Float64Array(costs.length)
  for (const cell of cells) {
    const line = Math.floor((cell[axis] - from) / cellM)
    if (line < 0 || line >= costs.length) continue
    costs[line]! += cell.cost
    crossing[line]! += axis === 'x' ? cell.pairsLeft : cell.pairsBelow
  }
  return { costs, crossing }
}

/** The two parts of an area on both sides of a cut, the lower one first. */
function halvesOf(rect: Rect, { axis, at }: Cut): readonly [Rect, Rect] {
  const { left, bottom, right, top } = rect
  if (axis === 'lot') return [rect, rect]
  return axis === 'x'
    ? [
        { left, bottom, right: at, top },
        { left: at, bottom, right, top },
      ]
    : [
        { left, bottom, right, top: at },
        { left, bottom: at, right, top },
      ]
}

const isWideEnough = ({ left, bottom, right, top }: Rect): boolean =>
  right - left >= leastSideM && top - bottom >= leastSideM

/** The cut by which a region would be shared out next; whether it may be says `mayCut`. */
export const shareCut = (map: RegionMap, id: number): Cut => ({ axis: 'lot', at: lotsAbove(map, id) })

/** Whether a region may be cut there: along the cells, and so that no side is below the least; or by the next bit of lots. */
export function mayCut(map: RegionMap, id: number, cut: Cut): boolean {
  const region = regionById(map, id)
  if (!region) return false
  if (cut.axis === 'lot') return cut.at === lotsAbove(map, id) && cut.at < lotsMax
  return Number.isInteger(cut.at / cellM) && halvesOf(region.rect, cut).every(isWideEnough)
}

/** Cuts a region in two, with new ids. */
export function cutRegion(map: RegionMap, id: number, cut: Cut): RegionMap {
  const walk = (node: Node): Node => {
    if (!isLeaf(node)) return { ...node, low: walk(node.low), high: walk(node.high) }
    if (node.leaf.id !== id) return node
    const [low, high] = halvesOf(node.leaf.rect, cut)
    return {
      axis: cut.axis,
      at: cut.at,
      low: { leaf: { id: map.nextId, rect: low } },
      high: { leaf: { id: map.nextId + 1, rect: high } },
    }
  }
  return { version: map.version + 1, nextId: map.nextId + 2, root: walk(map.root) }
}

/**
 * The map of a zone of another size: its outer edges move, and the cuts stay. Regions that are another area by it are new ones. Null if one
 * of them would have a side below the least.
 */
export function resizeMap(map: RegionMap, whole: Rect): RegionMap | null {
  let nextId = map.nextId
  const walk = (node: Node, rect: Rect): Node | null => {
    if (!isLeaf(node)) {
      const [lower, higher] = halvesOf(rect, node)
      const low = walk(node.low, lower)
      const high = walk(node.high, higher)
      return low && high && { ...node, low, high }
    }
    if (!isWideEnough(rect)) return null
    return isSame(node.leaf.rect, rect) ? node : { leaf: { id: nextId++, rect } }
  }
  const root = walk(map.root, whole)
  return root && { version: map.version + 1, nextId, root }
}

const isSame = (a: Rect, b: Rect): boolean =>
  a.left === b.left && a.bottom === b.bottom && a.right === b.right && a.top === b.top

/** The other half of the cut that made a region; null if that was cut again, or for the only region of a zone. */
export function siblingOf({ root }: RegionMap, id: number): Region | null {
  const walk = (node: Node): Region | null => {
    if (isLeaf(node)) return null
    const { low, high } = node
    if (isLeaf(low) && isLeaf(high)) {
      if (low.leaf.id === id) return high.leaf
      if (high.leaf.id === id) return low.leaf
      return null
    }
    return walk(low) ?? walk(high)
  }
  return walk(root)
}

/** Undoes the cut between a region and its sibling: one region with a new id. The map itself if it has none. */
export function mergeRegion(map: RegionMap, id: number): RegionMap {
  const sibling = siblingOf(map, id)
  const own = regionById(map, id)
  if (!sibling || !own) return map
  const rect: Rect = {
    left: Math.min(own.rect.left, sibling.rect.left),
    bottom: Math.min(own.rect.bottom, sibling.rect.bottom),
    right: Math.max(own.rect.right, sibling.rect.right),
    top: Math.max(own.rect.top, sibling.rect.top),
  }
  const walk = (node: Node): Node => {
    if (isLeaf(node)) return node
    const { low, high } = node
    const isIt = isLeaf(low) && isLeaf(high) && (low.leaf.id === id || high.leaf.id === id)
    return isIt ? { leaf: { id: map.nextId, rect } } : { ...node, low: walk(low), high: walk(high) }
  }
  return { version: map.version + 1, nextId: map.nextId + 1, root: walk(map.root) }
}
