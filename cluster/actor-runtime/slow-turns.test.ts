import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actorKey } from '../../protocol/ids.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { SlowTurns } from './slow-turns.ts'

const key = actorKey('tally', 'one')

test('a command that keeps the loop for more than 5 ms is counted each time, and logged every 10 s', () => {
  let nowMs = 0
  const counted: number[] = []
  const logged: object[] = []
  const logger = { ...silentLogger, warn: (fields: object) => void logged.push(fields) }
  const turns = new SlowTurns({ monotonicMs: () => nowMs, wallMs: () => 0 }, logger, (tookMs) => counted.push(tookMs))
  for (const tookMs of [5, 6, 7, 9_990, 8]) turns.watch(key, () => void (nowMs += tookMs))
  assert.deepEqual(counted, [6, 7, 9_990, 8])
  assert.deepEqual(logged, [
    { key, tookMs: 6, unlogged: 0 },
    { key, tookMs: 8, unlogged: 2 },
  ])
})
