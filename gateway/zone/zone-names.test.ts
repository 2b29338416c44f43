import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { user } from '../../test/support/zone-bench.ts'
import { namesInFrame, ZoneNames } from './zone-names.ts'

const named = (player: number) => ({ player, userId: user(`u${player}`), name: `U${player}` })

function hearing() {
  const told: (readonly number[])[] = []
  const hearer = { introduced: new Set<number>() }
  const names = new ZoneNames<typeof hearer>((_, players) => told.push(players.map(({ player }) => player)))
  return { told, hearer, names }
}

describe('names', () => {
  test('are told once, before the frame that has the number', () => {
    const { names, hearer, told } = hearing()
    names.learn([named(1), named(2)])
    names.introduce(hearer, [1])
    names.introduce(hearer, [1, 2])
    names.introduce(hearer, [2])
    assert.deepEqual(told, [[1], [2]])
  })

  test('that come behind the frame are told when they come, to whoever waits', () => {
    const { names, hearer, told } = hearing()
    names.introduce(hearer, [1, 2])
    names.learn([named(1), named(3)])
    names.learn([named(1), named(2)])
    assert.deepEqual(told, [[1], [2]])
  })

  test('are told to nobody who left meanwhile', () => {
    const { names, hearer, told } = hearing()
    names.introduce(hearer, [1])
    names.forget(hearer)
    names.learn([named(1)])
    assert.deepEqual(told, [])
  })

  test('of many go in several frames', () => {
    const { names, hearer, told } = hearing()
    const many = Array.from({ length: namesInFrame + 1 }, (_, n) => n + 1)
    names.learn(many.map(named))
    names.introduce(hearer, many)
    assert.deepEqual(
      told.map((each) => each.length),
      [namesInFrame, 1],
    )
  })
})
