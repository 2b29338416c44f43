import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closeAfterMs, freeOutflow, outflowBounds, outletOf, parchedMaxMs, type Outflow } from './outflow.ts'

/** What may be sent at each of these moments, with so much waiting. */
function outlets(...moments: readonly (readonly [atMs: number, waitingBytes: number])[]): readonly string[] {
  let outflow: Outflow = freeOutflow
  return moments.map(([atMs, waitingBytes]) => {
    const step = outletOf(outflow, waitingBytes, atMs)
    outflow = step.outflow
    return step.outlet
  })
}
const { sets, nothing, close } = outflowBounds

describe('a client that does not read', () => {
  test('is told everything, then no places, then nothing, by what waits', () => {
    assert.deepEqual(outlets([0, 0], [1, sets], [2, sets + 1], [3, nothing], [4, nothing + 1], [5, 0]), [
      ...['all', 'all', 'sets', 'sets', 'nothing', 'all'],
    ])
  })

  test('is let go of when it has had far too much waiting for a second, and not for one large message', () => {
    assert.deepEqual(outlets([0, close + 1], [closeAfterMs - 1, close + 1], [closeAfterMs, close + 1]), [
      ...['nothing', 'nothing', 'close'],
    ])
    assert.deepEqual(outlets([0, close + 1], [closeAfterMs - 1, close], [closeAfterMs + 1, close + 1]), [
      ...['nothing', 'nothing', 'nothing'],
    ])
  })

  test('is let go of when it has had too much waiting for ten seconds without a moment of less', () => {
    assert.deepEqual(outlets([0, nothing + 1], [parchedMaxMs - 1, nothing + 1], [parchedMaxMs, nothing + 1]), [
      ...['nothing', 'nothing', 'close'],
    ])
    assert.deepEqual(outlets([0, nothing + 1], [5_000, sets], [parchedMaxMs, nothing + 1]), [
      'nothing',
      'all',
      'nothing',
    ])
  })
})
