import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { WaitingRows } from './waiting-rows.ts'

describe('rows that wait', () => {
  test('are taken in the order they came', () => {
    const waiting = new WaitingRows<string>({ rows: 10, bytes: 1_000 })
    for (const row of ['a', 'b', 'c']) assert.equal(waiting.add(row, 10), 0)
    assert.deepEqual(waiting.take(2).rows, ['a', 'b'])
    assert.deepEqual(waiting.take(2).rows, ['c'])
    assert.deepEqual([waiting.size, waiting.bytes], [0, 0])
  })

  test('are dropped, the oldest first, for one too many and for one byte too many', () => {
    const waiting = new WaitingRows<string>({ rows: 3, bytes: 100 })
    for (const row of ['a', 'b', 'c']) waiting.add(row, 10)
    assert.equal(waiting.add('d', 10), 1)
    assert.equal(waiting.add('e', 81), 2)
    assert.deepEqual(waiting.take(9).rows, ['d', 'e'])
  })

  test('that are over the bound alone are not kept, and cost no other its place', () => {
    const waiting = new WaitingRows<string>({ rows: 3, bytes: 100 })
    waiting.add('a', 10)
    assert.equal(waiting.add('huge', 101), 1)
    assert.deepEqual(waiting.take(9).rows, ['a'])
  })

  test('that come back stand in front, and are the first to go where there is no room', () => {
    const waiting = new WaitingRows<string>({ rows: 3, bytes: 100 })
    for (const row of ['a', 'b', 'c']) waiting.add(row, 10)
    const taken = waiting.take(2)
    waiting.add('d', 10)
    assert.equal(waiting.putBack(taken), 1)
    assert.deepEqual(waiting.take(9).rows, ['b', 'c', 'd'])
  })

  test('are never more than the bounds, and none is lost without being counted', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 2_000 }), back: fc.boolean() }),
      fc.record({ burst: fc.integer({ min: 1, max: 1_500 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bounds = { rows: 1_200, bytes: 9_000 }
        const waiting = new WaitingRows<number>(bounds)
        let [added, dropped, gone, lastTaken] = [0, 0, 0, -1]
        for (const each of steps) {
          if ('add' in each) dropped += waiting.add(added++, each.add)
          else if ('burst' in each) for (let n = 0; n < each.burst; n += 1) dropped += waiting.add(added++, 1)
          else {
            const taken = waiting.take(each.take)
            if (each.back) dropped += waiting.putBack(taken)
            else {
              for (const row of taken.rows) {
                assert.ok(row > lastTaken)
                lastTaken = row
              }
              gone += taken.rows.length
            }
          }
          assert.ok(waiting.size <= bounds.rows && waiting.bytes <= bounds.bytes)
          assert.equal(added, dropped + gone + waiting.size)
        }
      }),
    )
  })
})
