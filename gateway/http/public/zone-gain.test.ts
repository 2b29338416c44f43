import assert from 'node:assert/strict'
import { test } from 'node:test'
import { taperOf as taperOfEngine } from '../../../protocol/zone/attenuation.ts'
import { defaultRules } from '../../../protocol/zone/rules.ts'
import { pannerOf, taperOf } from './zone-gain.js'

const model = { kind: 'inverse', ref_m: 2, max_m: 33, rolloff: 1, taper_from: 0.85 } as const

test('a voice is whole nearby, gone at the edge of earshot, and never louder farther off; a stance stretches that', () => {
  const { rangeM, hysteresis } = defaultRules
  const edgeM = rangeM * hysteresis
  let before = 1
  for (let distanceM = 0; distanceM < 40; distanceM += 0.25) {
    const share = taperOf(model, edgeM, 1, distanceM)
    assert.ok(share <= before && share >= 0)
    const silent = taperOfEngine(defaultRules.model, distanceM, rangeM, edgeM) === 0
    assert.equal(share === 0, silent, `at ${distanceM} m`)
    assert.equal(taperOf(model, edgeM, 2, distanceM * 2), share)
    before = share
  }
  assert.equal(taperOf(model, edgeM, 1, 20), 1)
  assert.deepEqual(pannerOf(model, 2), { distanceModel: 'inverse', refDistance: 4, maxDistance: 66, rolloffFactor: 1 })
})
