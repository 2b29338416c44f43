import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pauseMs } from './back-off.ts'

test('pauses are short at first, then a tenth of the outage, and never longer than a bound', () => {
  assert.deepEqual(
    [0, 100, 500].map((ms) => [pauseMs(ms, 0, 'command'), pauseMs(ms, 0.5, 'session')]),
    [
      [20, 50],
      [20, 50],
      [20, 50],
    ],
  )
  assert.deepEqual([pauseMs(2_000, 0, 'session'), pauseMs(2_000, 0.5, 'session')], [150, 200])
  assert.deepEqual([pauseMs(3_600_000, 0.9, 'command'), pauseMs(3_600_000, 0.9, 'session')], [400, 2_000])
})
