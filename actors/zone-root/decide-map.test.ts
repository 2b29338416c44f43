import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { regionsMax } from '../../protocol/zone/plan.ts'
import { regionIdMax } from '../../protocol/zone/plan.ts'
import { leastSideM, regionsOf, siblingOf } from '../../protocol/zone/region-map.ts'
import { commands, ZoneKit } from './zone-root.kit.ts'

const { create, cut, merge, watch, view } = commands

const made = (width = 1_024, height = 640): ZoneKit => {
  const kit = new ZoneKit()
  kit.run(create({ bounds: { width_m: width, height_m: height } }))
  return kit
}
const mapOf = ({ state: { zone } }: ZoneKit) => {
  assert.ok(zone)
  return zone.map
}

describe('the map of a zone', () => {
  test('is cut where a region asks for it, and everybody who watches is told of the new regions', () => {
    const kit = made()
    kit.run(watch(1))
    const { reply, plan, writes, events } = kit.run(cut(1, 1, 'x', 512))
    assert.deepEqual(reply, { ok: { version: 2, regions: [2, 3] } })
    assert.deepEqual(events, [{ type: 'region.cut', v: 1, region: 1, axis: 'x', at: 512 }])
    assert.ok(plan)
    assert.deepEqual(
      regionsOf(plan.map).map(({ id, rect }) => [id, rect]),
      [
        [2, { left: 0, bottom: 0, right: 512, top: 640 }],
        [3, { left: 512, bottom: 0, right: 1_024, top: 640 }],
      ],
    )
    assert.deepEqual(
      writes.map((row) => [row.write, 'regions' in row && row.regions]),
      [['zone.put', 2]],
    )
    assert.equal(kit.done(view).regions, 2)
  })

  test('is merged again under a new id', () => {
    const kit = made()
    kit.run(cut(1, 1, 'y', 320))
    assert.deepEqual(kit.done(merge(2, 3)), { version: 3, regions: [4] })
    assert.deepEqual(regionsOf(mapOf(kit)), [{ id: 4, rect: { left: 0, bottom: 0, right: 1_024, top: 640 } }])
  })

  test('is not changed by who decided on another one', () => {
    const kit = made()
    kit.run(cut(1, 1, 'x', 512))
    for (const command of [cut(1, 1, 'x', 512), cut(1, 2, 'x', 256), merge(1, 2), merge(3, 2)]) {
      assert.deepEqual(kit.run(command).reply, { reject: 'MAP_CHANGED', data: { version: 2 } })
    }
  })

  test('is not cut in a region that is none, off the cells, or so that a side is too short', () => {
    const kit = made()
    for (const [region, axis, at] of [
      [2, 'x', 512],
      [1, 'x', 500],
      [1, 'x', 512.5],
      [1, 'x', leastSideM - 32],
      [1, 'x', 1_024 - leastSideM + 32],
      [1, 'y', 640],
      [1, 'y', -160],
      [1, 'y', 64_000],
    ] as const) {
      assert.equal(kit.refusal(cut(1, region, axis, at)), 'VALIDATION_FAILED', `${axis} ${at}`)
    }
    assert.equal(kit.refusal(cut(1, 1, 'x', leastSideM)), null)
  })

  test('has no more regions than frames can name, over all of its life', () => {
    const kit = made()
    let last = kit.refusal(cut(mapOf(kit).version, 1, 'x', 512))
    for (let id = 2; last === null; id = mapOf(kit).nextId - 1) {
      const [one] = regionsOf(mapOf(kit))
      const { version } = mapOf(kit)
      last =
        regionsOf(mapOf(kit)).length > 1
          ? kit.refusal(merge(version, one!.id))
          : kit.refusal(cut(version, id, 'x', 512))
    }
    assert.equal(last, 'TOO_MANY_REGIONS')
    assert.ok(mapOf(kit).nextId <= regionIdMax + 1 && mapOf(kit).nextId >= regionIdMax - 1)
  })

  test('is shared among two regions and then four of the same area, and merged again', () => {
    const kit = made()
    const { rect } = regionsOf(mapOf(kit))[0]!
    assert.equal(kit.refusal(cut(1, 1, 'lot', 1)), 'VALIDATION_FAILED')
    assert.equal(kit.refusal(cut(1, 1, 'lot', 0)), null)
    assert.equal(kit.refusal(cut(2, 2, 'lot', 1)), null)
    assert.deepEqual(
      regionsOf(mapOf(kit)).map((region) => [region.id, region.rect]),
      [4, 5, 3].map((id) => [id, rect]),
    )
    assert.equal(kit.refusal(cut(3, 4, 'lot', 2)), 'VALIDATION_FAILED')
    assert.equal(kit.refusal(merge(3, 4)), null)
    assert.equal(kit.refusal(merge(4, 6)), null)
    assert.deepEqual(
      regionsOf(mapOf(kit)).map((region) => [region.id, region.rect]),
      [[7, rect]],
    )
  })

  test('is merged at pairs alone: not where the sibling was cut, nor where there is none', () => {
    const kit = made()
    assert.equal(kit.refusal(merge(1, 1)), 'VALIDATION_FAILED')
    kit.run(cut(1, 1, 'x', 512))
    kit.run(cut(2, 3, 'y', 320))
    assert.equal(siblingOf(mapOf(kit), 2), null)
    for (const region of [2, 1, 99]) assert.equal(kit.refusal(merge(3, region)), 'VALIDATION_FAILED')
    assert.equal(kit.refusal(merge(3, 4)), null)
  })

  test('has no more regions than it may', () => {
    const kit = made(4_064, 4_064)
    const widest = () => {
      const regions = regionsOf(mapOf(kit)).flatMap(({ id, rect: { left, right, bottom, top } }) => [
        { id, axis: 'x' as const, at: left + 32 * Math.floor((right - left) / 64), side: right - left },
        { id, axis: 'y' as const, at: bottom + 32 * Math.floor((top - bottom) / 64), side: top - bottom },
      ])
      return regions.reduce((best, one) => (one.side > best.side ? one : best))
    }
    for (let regions = 1; regions < regionsMax; regions += 1) {
      const { id, axis, at } = widest()
      assert.equal(kit.refusal(cut(mapOf(kit).version, id, axis, at)), null)
    }
    const { id, axis, at } = widest()
    const { reply } = kit.run(cut(mapOf(kit).version, id, axis, at))
    assert.deepEqual(reply, { reject: 'TOO_MANY_REGIONS', data: { limit: regionsMax } })
    assert.equal(regionsOf(mapOf(kit)).length, regionsMax)
  })
})
