import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { isWalkingKey, Walk } from './zone-walk.js'

let walk: Walk
let nowMs: number

beforeEach(() => {
  nowMs = 1_000
  walk = new Walk({ x: 50, y: 50, width: 100, height: 100, nowMs })
})

/** Looks every 50 ms, as the page does; gives what the region was told. */
function look(forMs: number) {
  const told = []
  for (const untilMs = nowMs + forMs; nowMs < untilMs;) {
    nowMs += 50
    walk.step(nowMs)
    const news = walk.news(nowMs)
    if (news) told.push(news)
  }
  return told
}
const place = () => [walk.x, walk.y].map((metres) => Math.round(metres * 100) / 100)

describe('walking by keys', () => {
  test('goes 5 m in a second, 10 with Shift, and no faster askew', () => {
    walk.key('KeyW', true)
    look(1_000)
    assert.deepEqual(place(), [50, 55])
    walk.run(true)
    walk.key('KeyW', false)
    walk.key('ArrowLeft', true)
    look(1_000)
    assert.deepEqual(place(), [40, 55])
    walk.run(false)
    walk.key('KeyS', true)
    look(1_000)
    assert.ok(Math.abs(Math.hypot(walk.x - 40, walk.y - 55) - 5) < 0.01)
  })

  test('ends at the sides, with no speed into them', () => {
    walk.key('KeyD', true)
    walk.key('KeyW', true)
    const told = look(20_000)
    assert.deepEqual(place(), [99.9, 99.9])
    assert.deepEqual([walk.vx, walk.vy], [0, 0])
    assert.equal(told.at(-1)?.still, true)
  })

  test('ends when the page is not looked at any more, and does not leap when it is again', () => {
    walk.key('KeyD', true)
    walk.rest()
    look(1_000)
    assert.deepEqual(place(), [50, 50])
    walk.key('KeyD', true)
    nowMs += 60_000
    walk.step(nowMs)
    assert.ok(walk.x <= 50 + 5 * 0.25)
  })

  test('knows its keys', () => {
    assert.deepEqual(['KeyW', 'ArrowUp', 'Space', 'KeyX'].map(isWalkingKey), [true, true, false, false])
    walk.key('Space', true)
    look(200)
    assert.deepEqual(place(), [50, 50])
  })
})

describe('walking to a point', () => {
  test('gets there on the straight way and stays', () => {
    walk.to(53, 54)
    look(500)
    assert.deepEqual(place(), [51.5, 52])
    look(1_000)
    assert.deepEqual(place(), [53, 54])
    assert.deepEqual([walk.vx, walk.vy], [0, 0])
  })

  test('is given up for a key', () => {
    walk.to(90, 50)
    walk.key('KeyS', true)
    look(1_000)
    assert.deepEqual(place(), [50, 45])
  })
})

describe('the region', () => {
  test('is told ten times a second at most, and nothing that it knows', () => {
    walk.key('KeyD', true)
    assert.equal(look(1_000).length, 10)
    walk.key('KeyD', false)
    const [stop, ...rest] = look(1_000)
    assert.deepEqual([stop?.still, stop?.vx, rest.length], [true, 0, 0])
  })

  test('is told of speech and of another stance, and of everything to whom it is new', () => {
    look(200)
    walk.speaks = true
    assert.deepEqual(
      look(200).map(({ speaks }) => speaks),
      [true],
    )
    walk.stance = 'shout'
    assert.deepEqual(
      look(200).map(({ stance }) => stance),
      ['shout'],
    )
    assert.equal(look(500).length, 0)
    walk.forget()
    assert.equal(look(200).length, 1)
  })
})
