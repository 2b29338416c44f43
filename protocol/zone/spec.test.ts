import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decoder } from '../codec.ts'
import { defaultAuthority } from './authority-rules.ts'
import { ZoneCommand } from './commands.ts'
import { zoneSideMaxM } from './plan.ts'
import { leastSideM } from './region-map.ts'
import { defaultRules, modelRanges, problemsOf, ruleRanges } from './rules.ts'
import { authorityOf, defaultZone, rulesOf, withChanges } from './spec-rules.ts'
import { ZoneChanges, ZoneSpec } from './spec.ts'

const decode = decoder(ZoneSpec)
const spec = { name: 'Market', guild_id: null, bounds: { width_m: 1_024, height_m: 512 }, ...defaultZone }

describe('what a zone is made of', () => {
  test('says by default what holds in the engine by default', () => {
    assert.deepEqual(decode(spec), spec)
    assert.deepEqual(rulesOf(defaultZone.rules), defaultRules)
    assert.deepEqual(authorityOf(defaultZone.authority), defaultAuthority)
  })

  test('takes each rule up to the ends of its range, and nothing beyond', () => {
    const ruled = (rules: object) => ({ ...spec, rules: { ...spec.rules, ...rules } })
    const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const { stanceFactor, ...plain } = ruleRanges
    for (const [name, [least, most]] of Object.entries(plain)) {
      for (const good of [least, most]) decode(ruled({ [snake(name)]: good }))
      for (const bad of [least - 0.01, most + 0.01, most + 1]) {
        assert.throws(() => decode(ruled({ [snake(name)]: bad })), { code: 'VALIDATION_FAILED' }, `${name} ${bad}`)
        assert.ok(problemsOf({ ...defaultRules, [name]: bad }).length > 0, `${name} ${bad}`)
      }
    }
    for (const [name, [least, most]] of Object.entries(modelRanges)) {
      const modelled = (value: number) => ruled({ model: { ...spec.rules.model, [snake(name)]: value } })
      for (const good of [least, most]) decode(modelled(good))
      for (const bad of [least - 0.01, most + 0.01]) {
        assert.throws(() => decode(modelled(bad)), { code: 'VALIDATION_FAILED' }, `${name} ${bad}`)
      }
    }
    const factors = { ...spec.rules.stance_factors, shout: stanceFactor[1] + 0.01 }
    assert.throws(() => decode(ruled({ stance_factors: factors })), { code: 'VALIDATION_FAILED' })
  })

  test('has sides that a region may have and a frame can name', () => {
    for (const [side, isTaken] of [
      [leastSideM, true],
      [zoneSideMaxM, true],
      [leastSideM - 1, false],
      [zoneSideMaxM + 1, false],
      [1_000.5, false],
    ] as const) {
      const sized = { ...spec, bounds: { width_m: side, height_m: 512 } }
      if (isTaken) decode(sized)
      else assert.throws(() => decode(sized), { code: 'VALIDATION_FAILED' })
    }
  })

  test('changes field by field, and no field that is not known', () => {
    const changes = decoder(ZoneChanges)({ rules: { range_m: 40 }, authority: { tether_m: 10 }, players_max: 5 })
    assert.deepEqual(withChanges(spec, changes), {
      ...spec,
      players_max: 5,
      rules: { ...spec.rules, range_m: 40 },
      authority: { ...spec.authority, tether_m: 10 },
    })
    for (const bad of [{ guild_id: 'g1' }, { rules: { rangeM: 40 } }, { authority: { speed: 1 } }]) {
      assert.throws(() => decoder(ZoneChanges)(bad), { code: 'VALIDATION_FAILED' })
    }
  })
})

test('a root takes no command of another shape', () => {
  const decodeCommand = decoder(ZoneCommand)
  assert.deepEqual(decodeCommand({ type: 'view' }), { type: 'view' })
  assert.throws(() => decodeCommand({ type: 'view', as: null }), { code: 'VALIDATION_FAILED' })
  assert.throws(() => decodeCommand({ type: 'join' }), { code: 'UNKNOWN_FRAME' })
})
