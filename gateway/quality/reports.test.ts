import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'prom-client'
import type { CallRecords, SessionFacts } from '../../persistence/call-records/port.ts'
import type { ConnectionId, RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import type { QualityReport } from '../../protocol/quality/report.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { createGatewayMetrics } from '../metrics.ts'
import { CarriedSession, SessionTable } from '../ws/session-table.ts'
import { QualityReports } from './reports.ts'

const ann: SessionFacts = {
  sessionId: '11111111-1111-4111-8111-111111111111' as SessionId,
  roomId: '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId,
  userId: 'ann' as UserId,
}
const lossy: QualityReport = { packet_loss_rate: 0.2, jitter_ms: 5, round_trip_time: 40 }

function setUp({ carried = true } = {}) {
  const time = new ManualTime()
  const sessions = new SessionTable()
  const frames: unknown[] = []
  const carrier = {
    id: 'c0000000-0000-4000-8000-000000000001' as ConnectionId,
    deliver: (message: string | Uint8Array) => void frames.push(JSON.parse(String(message))),
    sessionEnded: () => undefined,
    sessionTaken: () => undefined,
    leadTouched: () => undefined,
  }
  const ids = { id: ann.sessionId, roomId: ann.roomId, userId: ann.userId }
  if (carried) sessions.put(new CarriedSession(ids, carrier, { epoch: 1, seq: 1 }))
  const kept: [SessionFacts, QualityReport][] = []
  const calls: CallRecords = {
    signal: () => undefined,
    link: () => undefined,
    quality: (session, report) => void kept.push([session, report]),
  }
  const registry = new Registry()
  const reports = new QualityReports({ sessions, calls, metrics: createGatewayMetrics(registry), clock: time })
  return { time, reports, kept, frames, registry }
}

describe('reports of quality', () => {
  test('are counted and kept, one a second of a session at the most', async () => {
    const { time, reports, kept, registry } = setUp()
    assert.equal(reports.hear(ann, lossy).taken, true)
    await time.advance(999)
    assert.equal(reports.hear(ann, lossy).taken, false)
    const bob = { ...ann, sessionId: '22222222-2222-4222-8222-222222222222' as SessionId }
    assert.equal(reports.hear(bob, lossy).taken, true)
    await time.advance(1)
    assert.equal(reports.hear(ann, lossy).taken, true)
    assert.equal(kept.length, 3)
    const text = await registry.metrics()
    assert.match(text, /voice_chat_audio_quality_score_count 3/)
    assert.match(text, /voice_gateway_quality_too_soon_total 1/)
  })

  test('that say nothing are refused and do not count', () => {
    const { reports, kept } = setUp()
    assert.throws(() => reports.hear(ann, {}), { code: 'VALIDATION_FAILED' })
    assert.equal(reports.hear(ann, lossy).taken, true)
    assert.equal(kept.length, 1)
  })

  test('bring a hint to the socket that carries the session', async () => {
    const { time, reports, frames } = setUp()
    for (let count = 0; count < 3; count += 1) {
      reports.hear(ann, lossy)
      await time.advance(5_000)
    }
    assert.deepEqual(frames, [
      { type: 'hint', room_id: ann.roomId, session_id: ann.sessionId, hint: 'lower_bitrate', reason: 'loss' },
    ])
  })

  test('of a session that is carried elsewhere bring none', async () => {
    const { time, reports, frames } = setUp({ carried: false })
    for (let count = 0; count < 5; count += 1) {
      reports.hear(ann, lossy)
      await time.advance(5_000)
    }
    assert.deepEqual(frames, [])
    assert.equal(reports.carries(ann), false)
  })

  test('are vouched for by a session that is carried here, of that user and room', () => {
    const { reports } = setUp()
    assert.equal(reports.carries(ann), true)
    assert.equal(reports.carries({ ...ann, userId: 'bob' as UserId }), false)
    assert.equal(reports.carries({ ...ann, roomId: '99999999-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId }), false)
  })
})
