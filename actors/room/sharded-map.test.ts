import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ShardedMap } from './sharded-map.ts'

test('a sharded map is a map, and what was made before stays as it was', () => {
  const steps = fc.array(fc.record({ key: fc.uuid(), value: fc.nat(), isGone: fc.boolean() }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (list) => {
      const made: { sharded: ShardedMap<string, number>; plain: ReadonlyMap<string, number> }[] = []
      let sharded = ShardedMap.empty<string, number>()
      const plain = new Map<string, number>()
      for (const { key, value, isGone } of list) {
        sharded = sharded.with(key, value)
        plain.set(key, value)
        if (isGone) {
          const [first = ''] = plain.keys()
          sharded = sharded.without(first)
          plain.delete(first)
        }
        made.push({ sharded, plain: new Map(plain) })
      }
      for (const { sharded: one, plain: other } of made) {
        assert.equal(one.size, other.size)
        for (const { key } of list) assert.equal(one.get(key), other.get(key))
      }
    }),
    { numRuns: 100 },
  )
})

test('taking out what is not there makes nothing new', () => {
  const map = ShardedMap.empty<string, number>().with('a0', 1)
  assert.equal(map.without('b0'), map)
})
