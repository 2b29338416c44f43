import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shrink } from './shrink.ts'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id)
const needs =
  (...needed: number[]) =>
  (ids: readonly number[]): Promise<boolean> =>
    Promise.resolve(needed.every((id) => ids.includes(id)))

describe('shrinking a list of faults', () => {
  test('keeps those that it takes, and no other', async () => {
    assert.deepEqual(await shrink(upTo(12), needs(3, 7, 9)), [3, 7, 9])
    assert.deepEqual(await shrink(upTo(12), needs(11)), [11])
    assert.deepEqual(await shrink(upTo(5), needs(0, 1, 2, 3, 4)), upTo(5))
  })

  test('keeps none where it fails without any', async () => {
    assert.deepEqual(await shrink(upTo(9), needs()), [])
  })

  test('ends after as many questions as it may ask', async () => {
    let questions = 0
    const kept = await shrink(
      upTo(64),
      (ids) => {
        questions += 1
        return needs(1, 62)(ids)
      },
      10,
    )
    assert.ok(questions <= 10)
    assert.ok(kept.includes(1) && kept.includes(62))
  })
})
