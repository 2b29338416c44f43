import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { QualityFrame } from '../../../protocol/client/frames.ts'
import { decoder } from '../../../protocol/codec.ts'
import { judge, QualityReport } from '../../../protocol/quality/report.ts'
import { qualityBetween } from './quality.js'
import { SpeakingGate } from './speaking-gate.js'
import { timeLeft } from './time-left.js'

describe('a quality report', () => {
  const before = { received: 1_000, lost: 10, jitterMs: 3, roundTripMs: 20 }

  test('speaks of the time since the last one', () => {
    const report = qualityBetween(before, { received: 1_090, lost: 20, jitterMs: 4, roundTripMs: 30 })
    assert.equal(report?.packet_loss_rate, 0.1)
    assert.equal(report.jitter_ms, 4)
    assert.equal(report.round_trip_time, 30)
  })

  test('starts over where a link has gone and taken its packets along', () => {
    assert.equal(qualityBetween(before, { ...before, received: 100, lost: 0 })?.packet_loss_rate, 0)
  })

  test('is one that a gateway takes, and can make a score of', () => {
    const report = qualityBetween(null, { received: 90, lost: -2, jitterMs: 1e9, roundTripMs: 31.23456 })
    const frame = decoder(QualityFrame)({ type: 'quality', room_id: '7b0c7a4e-7f0c-4a52-9d39-6a5a3b9d0c11', ...report })
    assert.deepEqual([frame.packet_loss_rate, frame.jitter_ms, frame.round_trip_time], [0, 60_000, 31.235])
    assert.equal(judge(decoder(QualityReport)(report)).score, 0)
  })

  test('is not made where nothing was to come', () => {
    assert.equal(qualityBetween(before, before), null)
    assert.equal(qualityBetween(null, { received: 0, lost: 0, jitterMs: 0, roundTripMs: 0 }), null)
  })
})

describe('speaking', () => {
  /** What is announced, looking every 50 ms: levels given as [level, from ms]. */
  const announced = (levels: [number, number][], untilMs: number) => {
    const gate = new SpeakingGate()
    const told: [boolean, number][] = []
    for (let nowMs = 0; nowMs < untilMs; nowMs += 50) {
      const level = levels.findLast(([, fromMs]) => fromMs <= nowMs)?.[0] ?? 0
      const change = gate.update(level, nowMs)
      if (change !== null) told.push([change, nowMs])
    }
    return told
  }

  test('begins at once and ends after a pause longer than those between words', () => {
    assert.deepEqual(
      announced(
        [
          [0.1, 100],
          [0, 500],
        ],
        3_000,
      ),
      [
        [true, 100],
        [false, 1_050],
      ],
    )
    assert.deepEqual(
      announced(
        [
          [0.1, 100],
          [0, 500],
          [0.1, 900],
          [0, 1_000],
        ],
        3_000,
      ),
      [
        [true, 100],
        [false, 1_550],
      ],
    )
  })

  test('is announced at most every 400 ms', () => {
    const flicker = Array.from({ length: 40 }, (_, index): [number, number] => [index % 2 ? 0 : 0.1, index * 700])
    const times = announced(flicker, 28_000).map(([, ms]) => ms)
    assert.ok(times.length > 10)
    for (let index = 1; index < times.length; index += 1) assert.ok(times[index]! - times[index - 1]! >= 400)
  })

  test('is not heard in the noise of a quiet room', () => {
    assert.deepEqual(announced([[0.003, 0]], 3_000), [])
  })
})

test('the time left is shown in words that fit its length', () => {
  const at = (seconds: number) => timeLeft(new Date(seconds * 1_000).toISOString(), 0)
  assert.deepEqual([-5, 0, 9, 60, 3_599, 3_600 + 300, 90_000].map(at), [
    '0:00',
    '0:00',
    '0:09',
    '1:00',
    '59:59',
    '1 h 05 min',
    '1 d 1 h',
  ])
})
