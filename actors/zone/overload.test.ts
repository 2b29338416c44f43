import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coolDownMs, stepGrowth, type Growth } from './growth.ts'
import { ladder, noLoad, stepLoad } from './overload.ts'

const climb = (seconds: number, tickMs: number, from = noLoad, at = 0) => {
  let load = from
  for (let s = at; s < at + seconds; s++) load = stepLoad(load, tickMs, s * 1000)
  return load
}

test('a region whose ticks stay too dear climbs a rung every three seconds, to the last and no farther', () => {
  assert.equal(climb(3, 50).rung, 0)
  assert.equal(climb(4, 50).rung, 1)
  assert.equal(climb(7, 50).rung, 2)
  assert.equal(climb(200, 50).rung, ladder.length - 1)
})

test('one slow tick changes nothing, and what lies between dear and cheap holds the rung', () => {
  assert.equal(stepLoad(noLoad, 500, 0).rung, 0)
  const high = climb(4, 50)
  assert.equal(climb(600, 30, high, 4).rung, 1)
})

test('when it is cheap again it comes down, a rung every ten seconds', () => {
  const high = climb(7, 50)
  assert.equal(climb(10, 5, high, 7).rung, 2)
  assert.equal(climb(11, 5, high, 7).rung, 1)
  assert.equal(climb(60, 5, high, 7).rung, 0)
})

test('each rung sheds all that the one below it sheds, and joins are refused last', () => {
  for (const [at, { relief }] of ladder.entries()) {
    const below = ladder[at - 1]?.relief ?? relief
    assert.ok(relief.lookEvery >= below.lookEvery && relief.outerEvery >= below.outerEvery)
    assert.ok(relief.audibleMax <= below.audibleMax && relief.crowdRange <= below.crowdRange)
  }
  assert.deepEqual(ladder.map(({ refusesJoins }) => refusesJoins).indexOf(true), ladder.length - 1)
})

const quiet: Growth = { largeSinceMs: null, smallSinceMs: null, changedAtMs: -coolDownMs }
const grow = (seconds: number, load: Parameters<typeof stepGrowth>[1], from = quiet, at = 0) => {
  const wants: string[] = []
  let growth = from
  for (let s = at; s < at + seconds; s++) {
    const step = stepGrowth(growth, load, s * 1000)
    growth = step.growth
    if (step.wants) wants.push(`${step.wants} at ${s}`)
  }
  return { growth, wants }
}

test('a region is cut after ten seconds of too much, and then left alone for a minute', () => {
  const busy = { tickP95Ms: 50, players: 100, withSibling: null }
  assert.deepEqual(grow(60, busy).wants, ['cut at 10'])
  assert.deepEqual(grow(120, busy).wants, ['cut at 10', 'cut at 70'])
  assert.deepEqual(grow(20, { tickP95Ms: 5, players: 8001, withSibling: null }).wants, ['cut at 10'])
})

test('siblings merge after a minute of next to nothing', () => {
  const pair = (players: number) => ({ tickP95Ms: 2, players: 10, withSibling: { tickP95Ms: 4, players } })
  assert.deepEqual(grow(65, pair(1999)).wants, ['merge at 60'])
  assert.deepEqual(grow(300, pair(2000)).wants, [])
  assert.deepEqual(grow(300, { tickP95Ms: 2, players: 10, withSibling: null }).wants, [])
})
