import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gainOf, gainTable, taperOf, type DistanceModel } from './attenuation.ts'
import { defaultRules } from './rules.ts'

const model = (kind: DistanceModel['kind'], more: Partial<DistanceModel> = {}): DistanceModel => ({
  ...{ kind, refM: 2, maxM: 30, rolloff: 1, taperFrom: 0.85 },
  ...more,
})

test('the three models are those of the Web Audio specification', () => {
  assert.equal(gainOf(model('inverse'), 4), 0.5)
  assert.equal(gainOf(model('inverse', { rolloff: 3 }), 4), 2 / (2 + 3 * 2))
  assert.equal(gainOf(model('linear'), 16), 0.5)
  assert.equal(gainOf(model('linear'), 400), 0)
  assert.equal(gainOf(model('linear', { rolloff: 0.5 }), 400), 0.5)
  assert.equal(gainOf(model('exponential', { rolloff: 2 }), 8), 1 / 16)
})

test('up to the ref distance nothing is lost', () => {
  for (const kind of ['inverse', 'linear', 'exponential'] as const) {
    assert.equal(gainOf(model(kind), 0), 1)
    assert.equal(gainOf(model(kind), 2), 1)
  }
})

test('farther is never louder, and the taper brings every model to silence at the edge without a jump', () => {
  const kind = fc.constantFrom('inverse' as const, 'linear' as const, 'exponential' as const)
  fc.assert(
    fc.property(kind, fc.double({ min: 0, max: 10, noNaN: true }), (kind, rolloff) => {
      const { rangeM, hysteresis } = defaultRules
      const edge = rangeM * hysteresis
      let last = 1
      for (let at = 0; at <= edge; at += 0.05) {
        const gain = gainOf(model(kind, { rolloff }), at) * taperOf(model(kind), at, rangeM, edge)
        assert.ok(gain <= last + 1e-12 && gain >= 0)
        if (at > 2.1) assert.ok(last - gain < 0.25, 'a jump')
        last = gain
      }
      assert.ok(taperOf(model(kind), edge, rangeM, edge) === 0)
    }),
    { seed: 1 },
  )
})

test('the table holds what the formula says, and silence at its end', () => {
  const { rangeM, hysteresis } = defaultRules
  const table = gainTable(defaultRules.model, rangeM, hysteresis)
  const edge = rangeM * hysteresis
  const at = 12
  const cell = Math.round((at / edge) ** 2 * (table.length - 1))
  assert.ok(Math.abs(table[cell]! - gainOf(defaultRules.model, at)) < 0.001)
  assert.equal(table.at(-1), 0)
})
