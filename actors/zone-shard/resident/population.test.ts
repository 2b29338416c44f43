import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { UserId } from '../../../protocol/ids.ts'
import { planOf } from '../../../test/support/zone-bench.ts'
import type { Player } from './player.ts'
import { Population } from './population.ts'

const ann = 5
const masks = { speakMask: 1, party: 0 }
const state = { x: 160, y: 160, z: 0, vx: 0, vy: 0, stance: 1, speaks: false }
let population: Population

beforeEach(() => {
  population = new Population(planOf(), 1, () => undefined)
})

describe('a ghost of whom two regions speak', () => {
  beforeEach(() => {
    population.appear(ann, masks, state, 2)
    population.appear(ann, masks, state, 3)
  })

  test('stays until the one that spoke last says that they are gone; and then the other may have them', () => {
    assert.equal(population.ghosts.size, 1)
    assert.equal(population.gone(ann, 3), true)
    assert.equal(population.ghosts.size, 0)
  })

  test('is nobody else’s any more once the first has said that they are gone', () => {
    assert.equal(population.gone(ann, 2), false)
    assert.equal(population.ghosts.size, 1)
    assert.equal(population.gone(ann, 3), false)
    assert.equal(population.ghosts.size, 0)
  })

  test('may be the third’s where three spoke, and one of them says that they are gone', () => {
    population.appear(ann, masks, state, 4)
    assert.equal(population.gone(ann, 3), false)
    assert.equal(population.gone(ann, 4), true)
    assert.equal(population.ghosts.size, 0)
  })

  test('may be the other’s when nothing is heard of the last', () => {
    population.doubt(3, 1_000)
    assert.equal(population.prepare(999), false)
    assert.equal(population.prepare(1_000), true)
    assert.equal(population.ghosts.size, 0)
  })
})

describe('somebody who was handed on', () => {
  beforeEach(() => {
    const who = { player: ann, userId: 'ann' as UserId, name: 'Ann', enteredAtMs: 0, hearMask: 1, ...masks }
    const player: Player = { who, slot: -1, epoch: 1, out: 0, seq: 0, offer: null, ticksOut: 0 }
    population.seat(player, { x: 160, y: 160, z: 0, stance: 1 })
    population.demote(player, 2, 3_000)
  })

  test('may be anywhere if the region to which they went has not spoken of them', () => {
    assert.equal(population.prepare(3_000), true)
    assert.equal(population.ghosts.size, 0)
  })

  test('is that region’s as soon as it has', () => {
    population.move(ann, state, 2)
    population.doubt(2, 4_000)
    assert.equal(population.prepare(4_000), false)
    assert.equal(population.ghosts.size, 0)
  })
})
