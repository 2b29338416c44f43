import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scaleOf, wayTo } from './zone-scale.js'

test('a map has its place in the middle and north above, and a click leads back to where it was', () => {
  const scale = scaleOf({ x: 500, y: 300 }, { width: 800, height: 600 }, 60)
  assert.deepEqual(scale.toMap({ x: 500, y: 300 }), { x: 400, y: 300 })
  assert.deepEqual(scale.toMap({ x: 520, y: 310 }), { x: 500, y: 250 })
  assert.deepEqual(scale.toZone(scale.toMap({ x: 461, y: 333 })), { x: 461, y: 333 })
})

test('the way to somebody is told in eighths', () => {
  const ways = [
    [9, 1],
    [5, 5],
    [0, 3],
    [-4, -4],
    [-9, 1],
    [2, -9],
  ].map(([x = 0, y = 0]) => wayTo({ x: 0, y: 0 }, { x, y }))
  assert.deepEqual(ways, ['east', 'north-east', 'north', 'south-west', 'west', 'south'])
})
