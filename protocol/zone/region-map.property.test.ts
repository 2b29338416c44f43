import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bandOf,
  bestCut,
  cutRegion,
  distanceTo,
  ghostRegions,
  leastSideM,
  lotOf,
  lotsAbove,
  mayCut,
  mergeRegion,
  neighboursOf,
  regionAt,
  regionById,
  regionsOf,
  resizeMap,
  shareCut,
  siblingOf,
  wholeZone,
  type CostCell,
  type RegionMap,
  type Spot,
} from './region-map.ts'

/** Places spread evenly: doubles would stand about 0 mostly. */
const metres = (least: number, most: number) =>
  fc.integer({ min: Math.ceil(least * 16), max: Math.floor(most * 16) }).map((steps) => steps / 16)

const side = 2048
const zone = wholeZone({ left: 0, bottom: 0, right: side, top: side })
const place = fc.record({
  x: metres(0, side - 0.01),
  y: metres(0, side - 0.01),
  lot: fc.nat(0xffff),
})
const corner = { x: 0, y: 0, lot: 0 }

/** Cells of a region that cost something in some of them. */
const cellsIn = (map: RegionMap, id: number, hot: readonly { x: number; y: number }[]): readonly CostCell[] => {
  const { left, bottom, right, top } = regionById(map, id)!.rect
  const cells: CostCell[] = []
  for (let x = left; x < right; x += 32) {
    for (let y = bottom; y < top; y += 32) {
      const cost = hot.filter((spot) => Math.abs(spot.x - x) < 48 && Math.abs(spot.y - y) < 48).length
      cells.push({ x, y, cost, pairsLeft: cost, pairsBelow: cost })
    }
  }
  return cells
}

interface Event {
  readonly what: number
  readonly at: Spot
  readonly hot: readonly Spot[]
}
const story = fc.array(fc.record({ what: fc.nat(5), at: place, hot: fc.array(place, { maxLength: 20 }) }), {
  maxLength: 12,
})

function live({ what, at, hot }: Event, map: RegionMap): RegionMap {
  const region = regionAt(map, at)
  if (what === 0) return mergeRegion(map, region.id)
  if (what === 1) return shareOut(map, region.id)
  const cut = bestCut(region, cellsIn(map, region.id, hot))
  return cut ? cutRegion(map, region.id, cut) : map
}

/** As a region asks where no line divides its crowd; the map itself where it may not. */
function shareOut(map: RegionMap, id: number): RegionMap {
  const cut = shareCut(map, id)
  return mayCut(map, id, cut) ? cutRegion(map, id, cut) : map
}

/** Of all regions, each as often as it has the area for itself. */
const areaOf = (map: RegionMap): number =>
  regionsOf(map).reduce(
    (sum, { id, rect }) => sum + ((rect.right - rect.left) * (rect.top - rect.bottom)) / 2 ** lotsAbove(map, id),
    0,
  )

test('however a zone was cut, shared out and merged, its regions cover it once, on whole cells, and none is too narrow', () => {
  fc.assert(
    fc.property(story, fc.array(place, { maxLength: 30 }), (story, places) => {
      let map = zone
      const seen = new Set([1])
      for (const event of story) {
        const before = new Set(regionsOf(map).map(({ id }) => id))
        map = live(event, map)
        for (const { id } of regionsOf(map)) {
          assert.ok(before.has(id) || !seen.has(id), 'an id is given out twice')
          seen.add(id)
        }
      }
      assert.equal(areaOf(map), side * side)
      for (const { rect } of regionsOf(map)) {
        assert.ok(rect.right - rect.left >= leastSideM && rect.top - rect.bottom >= leastSideM)
        for (const line of Object.values(rect)) assert.equal(line % 32, 0)
      }
      for (const spot of places) {
        const { rect } = regionAt(map, spot)
        const { x, y } = spot
        assert.ok(x >= rect.left && x < rect.right && y >= rect.bottom && y < rect.top)
      }
    }),
    { numRuns: 80, seed: 1 },
  )
})

test('whoever is within the edge of a region across a border is a ghost in it, and its neighbours are those of the band', () => {
  const band = bandOf(33, 6, 10)
  fc.assert(
    fc.property(story, fc.array(fc.tuple(place, place), { maxLength: 40 }), (story, pairs) => {
      const map = story.reduce((map, event) => live(event, map), zone)
      for (const [one, by] of pairs) {
        const other = {
          lot: by.lot,
          x: Math.min(side - 1, one.x + (by.x % 30)),
          y: Math.min(side - 1, one.y + (by.y % 13)),
        }
        const [home, away] = [regionAt(map, one), regionAt(map, other)]
        const ghosts = ghostRegions(map, one, band)
        if (home.id !== away.id) {
          assert.ok(
            ghosts.some(({ id }) => id === away.id),
            'heard across the border, and no ghost there',
          )
          assert.ok(neighboursOf(map, home.id, band).some(({ id }) => id === away.id))
        }
        for (const { rect } of ghosts) assert.ok(distanceTo(rect, one.x, one.y) <= band)
      }
    }),
    { numRuns: 60, seed: 2 },
  )
  assert.equal(band, 40)
})

test('where a cut is found best, it may be made; off the cells or near an edge it may not', () => {
  fc.assert(
    fc.property(story, place, fc.array(place, { maxLength: 20 }), (story, at, hot) => {
      const map = story.reduce((map, event) => live(event, map), zone)
      const region = regionAt(map, at)
      const cut = bestCut(region, cellsIn(map, region.id, hot))
      if (!cut) return
      const may = (at: number) => mayCut(map, region.id, { ...cut, at })
      assert.ok(may(cut.at))
      assert.equal(may(cut.at + 0.5), false)
      assert.equal(may(cut.at + 16), false)
      const edge = cut.axis === 'x' ? region.rect.left : region.rect.bottom
      assert.equal(may(edge + 128), false)
      assert.equal(may(edge - 160), false)
    }),
    { numRuns: 60, seed: 3 },
  )
})

test('a zone of another size keeps its cuts, covers the new area once, and renames only the regions that changed', () => {
  const sides = fc.integer({ min: leastSideM, max: 4_080 })
  fc.assert(
    fc.property(story, sides, sides, (story, right, top) => {
      const map = story.reduce((map, event) => live(event, map), zone)
      const whole = { left: 0, bottom: 0, right, top }
      const resized = resizeMap(map, whole)
      const lines = regionsOf(map).map(({ rect }) => rect)
      const [farX, farY] = [Math.max(...lines.map(({ left }) => left)), Math.max(...lines.map(({ bottom }) => bottom))]
      assert.equal(resized === null, right < farX + leastSideM || top < farY + leastSideM)
      if (!resized) return
      const regions = regionsOf(resized)
      assert.equal(resized.version, map.version + 1)
      assert.equal(regions.length, lines.length)
      assert.equal(areaOf(resized), right * top)
      const before = new Map(regionsOf(map).map(({ id, rect }) => [id, rect]))
      for (const { id, rect } of regions) {
        if (before.has(id)) assert.deepEqual(rect, before.get(id))
        else assert.ok(id >= map.nextId && id < resized.nextId)
        assert.ok(rect.right <= right && rect.top <= top)
      }
    }),
    { numRuns: 100, seed: 4 },
  )
})

test('a cut balances what was measured, not heads or area', () => {
  const hot = Array.from({ length: 40 }, (_, n) => ({ x: 100 + n * 20, y: 1000 }))
  const cells = cellsIn(zone, 1, hot)
  const cut = bestCut(regionAt(zone, corner), cells)!
  assert.equal(cut.axis, 'x')
  const low = cells.filter(({ x }) => x < cut.at).reduce((sum, { cost }) => sum + cost, 0)
  const all = cells.reduce((sum, { cost }) => sum + cost, 0)
  assert.ok(low / all > 0.4 && low / all < 0.6)
})

test('a cut goes around a market square rather than through it', () => {
  const cells: CostCell[] = []
  for (let x = 0; x < side; x += 32) {
    for (let y = 0; y < side; y += 32) {
      const isSquare = x >= 960 && x < 1120 && y >= 960 && y < 1120
      cells.push({ x, y, cost: isSquare ? 10 : 1, pairsLeft: isSquare ? 500 : 0, pairsBelow: isSquare ? 500 : 0 })
    }
  }
  const { at } = bestCut(regionAt(zone, corner), cells)!
  assert.ok(at <= 960 || at >= 1120, `cut at ${at}`)
})

test('a crowd on a place too small to be cut is not cut', () => {
  const small = wholeZone({ left: 0, bottom: 0, right: 288, top: 288 })
  assert.equal(bestCut(regionAt(small, corner), cellsIn(small, 1, [{ x: 100, y: 100 }])), null)
})

test('an area is shared among two regions and then four, each with the players of its lots, and no further', () => {
  const small = wholeZone({ left: 0, bottom: 0, right: 288, top: 288 })
  const two = shareOut(small, 1)
  const four = shareOut(shareOut(two, 2), 3)
  assert.deepEqual(
    regionsOf(four).map(({ id, rect }) => [id, rect.right, lotsAbove(four, id)]),
    [4, 5, 6, 7].map((id) => [id, 288, 2]),
  )
  assert.equal(mayCut(four, 4, { axis: 'lot', at: 2 }), false)
  assert.equal(mayCut(two, 2, { axis: 'lot', at: 0 }), false)
  const counts = new Map<number, number>()
  for (let n = 0; n < 4_000; n++) {
    const { id } = regionAt(four, { x: 100, y: 100, lot: lotOf(`player-${n}`) })
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  for (const count of counts.values()) assert.ok(count > 900 && count < 1_100, `${count} of 4,000`)
  assert.deepEqual(regionsOf(mergeRegion(two, 2)), [{ id: 4, rect: { left: 0, bottom: 0, right: 288, top: 288 } }])
})

test('a merger undoes a cut, and only siblings that were not cut again merge', () => {
  const once = cutRegion(zone, 1, { axis: 'x', at: 1024 })
  assert.deepEqual(
    regionsOf(once).map(({ id }) => id),
    [2, 3],
  )
  assert.deepEqual(regionsOf(mergeRegion(once, 3)), [{ id: 4, rect: { left: 0, bottom: 0, right: side, top: side } }])
  const twice = cutRegion(once, 2, { axis: 'y', at: 512 })
  assert.equal(siblingOf(twice, 3), null)
  assert.equal(mergeRegion(twice, 3), twice)
  assert.equal(siblingOf(zone, 1), null)
})
