import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { QualityReport } from '../../protocol/quality/report.ts'
import { hintGapMs, noHints, stepHints } from './hints.ts'

const fine: QualityReport = { packet_loss_rate: 0.01, jitter_ms: 5, round_trip_time: 40 }
const lossy: QualityReport = { ...fine, packet_loss_rate: 0.1 }

/** Hears reports, one each five seconds, and tells the hints by the number of their report. */
function hear(reports: readonly QualityReport[], everyMs = 5_000) {
  let state = noHints
  const given: string[] = []
  for (const [index, report] of reports.entries()) {
    const step = stepHints(state, report, index * everyMs)
    state = step.state
    if (step.give) given.push(`${index} ${step.give.hint} ${step.give.reason}`)
  }
  return given
}
const times = (count: number, report: QualityReport) => Array.from({ length: count }, () => report)

describe('hints', () => {
  test('are not given for one or two bad reports', () => {
    assert.deepEqual(hear([lossy, lossy, fine, lossy, lossy, fine]), [])
  })

  test('are given with the third bad report in a row', () => {
    assert.deepEqual(hear(times(3, lossy)), ['2 lower_bitrate loss'])
    assert.deepEqual(hear(times(3, { ...fine, jitter_ms: 60 })), ['2 lower_bitrate jitter'])
    assert.deepEqual(hear(times(3, { ...fine, round_trip_time: 400 })), ['2 use_relay round_trip'])
    assert.deepEqual(hear(times(3, { ...fine, packet_loss_rate: 0.5 })), ['2 reconnect_audio loss'])
  })

  test('come again no sooner than after 30 s, as long as the trouble lasts', () => {
    assert.deepEqual(hear(times(16, lossy)), ['2 lower_bitrate loss', '8 lower_bitrate loss', '14 lower_bitrate loss'])
  })

  test('end only after three reports below the lower bound: what is between the bounds changes nothing', () => {
    const between = { ...fine, packet_loss_rate: 0.05 }
    assert.deepEqual(hear([...times(3, lossy), ...times(6, between)]), ['2 lower_bitrate loss', '8 lower_bitrate loss'])
    assert.deepEqual(hear([...times(3, lossy), fine, fine, between, fine, fine, between]), [
      '2 lower_bitrate loss',
      '8 lower_bitrate loss',
    ])
    assert.deepEqual(hear([...times(3, lossy), ...times(3, fine), ...times(6, between)]), ['2 lower_bitrate loss'])
  })

  test('are of the worst trouble alone', () => {
    const everything = { packet_loss_rate: 0.9, jitter_ms: 500, round_trip_time: 900 }
    assert.deepEqual(hear(times(7, everything)), ['2 reconnect_audio loss'])
  })

  test('tell nobody to use a relay who does', () => {
    const far = { ...fine, round_trip_time: 500, network_stats: { candidate_type: 'relay' } }
    assert.deepEqual(hear(times(5, far)), [])
    assert.deepEqual(hear(times(5, { ...far, jitter_ms: 90 })), ['2 lower_bitrate jitter'])
  })

  test('are not moved by reports that lack the figure', () => {
    assert.deepEqual(hear([lossy, { quality_score: 1 }, lossy, { quality_score: 0 }, lossy]), ['4 lower_bitrate loss'])
  })

  test('are never given twice within 30 s, whatever is reported and however often', () => {
    const report = fc.record({
      packet_loss_rate: fc.double({ min: 0, max: 1, noNaN: true }),
      jitter_ms: fc.double({ min: 0, max: 200, noNaN: true }),
      round_trip_time: fc.double({ min: 0, max: 1_000, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(report, { maxLength: 100 }), fc.integer({ min: 1, max: 20_000 }), (reports, everyMs) => {
        const last = new Map<string, number>()
        for (const each of hear(reports, everyMs)) {
          const [index, hint = ''] = each.split(' ')
          const atMs = Number(index) * everyMs
          assert.ok(atMs - (last.get(hint) ?? Number.NEGATIVE_INFINITY) >= hintGapMs)
          last.set(hint, atMs)
        }
      }),
    )
  })
})
