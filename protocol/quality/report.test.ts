import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decoder } from '../codec.ts'
import { judge, QualityReport } from './report.ts'

const decode = decoder(QualityReport)
const measured = { packet_loss_rate: 0.01, jitter_ms: 4, round_trip_time: 31 }

describe('a report', () => {
  test('keeps the score of the client, and has the estimate beside it', () => {
    const verdict = judge({ quality_score: 0.5, ...measured })
    assert.equal(verdict.score, 0.5)
    assert.ok(verdict.estimate !== null && verdict.estimate.score > 0.9)
  })

  test('without a score is given the estimate', () => {
    const verdict = judge(measured)
    assert.equal(verdict.score, verdict.estimate?.score)
    assert.equal(judge({ quality_score: 1 }).estimate, null)
  })

  test('that holds neither a score nor all three figures is refused', () => {
    for (const missing of ['packet_loss_rate', 'jitter_ms', 'round_trip_time'] as const) {
      const { [missing]: _, ...rest } = measured
      assert.throws(() => judge(rest), { code: 'VALIDATION_FAILED' })
    }
  })

  test('has issues from each bound on, and none just inside all of them', () => {
    const fine = { quality_score: 0.7, packet_loss_rate: 0.049, jitter_ms: 49.9, round_trip_time: 399 }
    assert.equal(judge(fine).hasIssues, false)
    for (const bad of [
      { quality_score: 0.69 },
      { packet_loss_rate: 0.05 },
      { jitter_ms: 50 },
      { round_trip_time: 400 },
    ]) {
      assert.equal(judge({ ...fine, ...bad }).hasIssues, true, JSON.stringify(bad))
    }
  })

  test('takes flat statistics of a bounded size, and nothing that cannot be stored', () => {
    assert.ok(decode({ ...measured, network_stats: { type: 'wifi', downlink: 10.5, metered: false, rtt: null } }))
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`field ${index}`, index]))
    for (const stats of [
      { nested: {} },
      { list: [] },
      { long: 'x'.repeat(201) },
      { ['n'.repeat(65)]: 1 },
      { nul: '\0' },
      many,
    ]) {
      assert.throws(() => decode({ ...measured, network_stats: stats }), { code: 'VALIDATION_FAILED' })
    }
    for (const odd of [{ packets_sent: 2 ** 31 }, { audio_level: 1.1 }, { codec_used: '' }, { codec_used: '\0' }]) {
      assert.throws(() => decode({ ...measured, ...odd }), { code: 'VALIDATION_FAILED' })
    }
  })
})
