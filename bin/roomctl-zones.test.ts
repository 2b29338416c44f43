import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UserId } from '../protocol/ids.ts'
import { cutRegion } from '../protocol/zone/region-map.ts'
import { defaultZone } from '../protocol/zone/spec-rules.ts'
import type { ZoneView } from '../protocol/zone/view.ts'
import { planOf, zoneId } from '../test/support/zone-bench.ts'
import { mapText, zoneJson, zonesText, zoneText, type ZoneReport } from './roomctl-zones.ts'
import { plainScreen } from './table.ts'

const zone: ZoneView = {
  ...{ zone_id: zoneId, name: 'Market', guild_id: null, status: 'open', bounds: { width_m: 1_024, height_m: 1_024 } },
  ...{ ...defaultZone, regions: 2, version: 3, created_by: 'ann' as UserId },
  ...{ created_at: '2027-01-01T00:00:00.000Z', closed_at: null },
}
const report: ZoneReport = {
  zone,
  shown: {
    plan: planOf({ map: cutRegion(planOf().map, 1, { axis: 'x', at: 512 }) }),
    shards: [
      {
        ...{ region: 2, node: 'node-3', epoch: 4, planVersion: 1, players: 812, ghosts: 31, rung: 1 },
        ...{ tickMeanMs: 3.21, tickP95Ms: 5.67 },
      },
    ],
  },
}

describe('roomctl zones', () => {
  test('lists them', () => {
    assert.match(
      zonesText([zone], plainScreen),
      /Market +– +open +1024 x 1024 +2 +10000 +2027-01-01T00:00:00.000Z +ffff/,
    )
    assert.equal(zonesText([], plainScreen), 'There is no zone.')
  })

  test('shows of one its regions: where they lie, who owns them, what they carry, and on what they border', () => {
    const text = zoneText(report, plainScreen)
    assert.match(text, /players +812 of 10000/)
    assert.match(text, /2 +0 0 512 1024 +– +node-3 +4 +812 +31 +3\.2 +5\.7 +1 +3$/m)
    assert.match(
      text,
      /3 +512 0 1024 1024 +– +\? +\? +\? +\? +\? +\? +\? +2$/m,
      'of one that did not answer nothing is known',
    )
  })

  test('shows which regions share an area', () => {
    const { map } = report.shown.plan
    const plan = planOf({ map: cutRegion(map, 2, { axis: 'lot', at: 0 }) })
    const text = zoneText({ zone, shown: { plan, shards: [] } }, plainScreen)
    for (const region of [4, 5]) assert.match(text, new RegExp(`${region} +0 0 512 1024 +1/2 +\\?`))
    assert.match(text, /3 +512 0 1024 1024 +– +\?/)
  })

  test('gives programs the same', () => {
    const { shards, name } = zoneJson(report)
    assert.deepEqual([name, shards.players, shards.regions[0]?.shard?.node], ['Market', 812, 'node-3'])
    assert.equal(shards.regions[1]?.shard, null)
  })

  test('says what is new in a map that was cut', () => {
    assert.equal(mapText({ version: 4, regions: [5, 6] }), 'the map has the version 4; new in it: 5, 6')
  })
})
