import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { systemClock } from '../../bin/system-ports.ts'
import type { RegionRollup } from '../../persistence/quality-rollups/port.ts'
import type { RoomId, SessionId } from '../../protocol/ids.ts'
import { edgeSecret, startEdge } from '../support/edge.ts'
import { ok, rejected } from '../support/scripted-router.ts'
import { signTestToken } from '../support/tokens.ts'
import { VoiceSocket } from '../support/voice-socket.ts'

const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId
const session = '11111111-1111-4111-8111-111111111111' as SessionId
const metrics = `/api/v1/rooms/${roomId}/metrics`
const regions = '/api/v1/quality/regions'
const measured = { packet_loss_rate: 0.01, jitter_ms: 4, round_trip_time: 31 }
const seat = { sessionId: session, roomId, userId: 'ann' }

/** The machine's clock, moved on by a test. */
let aheadMs = 0
const clock = { wallMs: () => systemClock.wallMs(), monotonicMs: () => systemClock.monotonicMs() + aheadMs }

let edge: Awaited<ReturnType<typeof startEdge>>
beforeEach(async () => {
  aheadMs = 0
  edge = await startEdge({}, { clock })
})
afterEach(() => edge.gateway.stop())

const asAdmin = { authorization: `Bearer ${signTestToken(edgeSecret, 'root', ['admin'])}` }
const asService = { authorization: `Bearer ${signTestToken(edgeSecret, 'game', ['service'])}` }

describe('reports over REST', () => {
  test('are taken from who holds the seat, as the room says', async () => {
    edge.router.on('use_seat', () => ok(null))
    const told = await edge.call('POST', metrics, { session_id: session, ...measured, codec_used: 'opus' })
    assert.equal(told.status, 202)
    assert.deepEqual(told.body, { quality_score: 0.935, mos: 4.272, has_issues: false })
    assert.deepEqual(edge.router.ofType('use_seat')[0]?.command, {
      ...{ type: 'use_seat', user_id: 'ann', session_id: session },
    })
    assert.deepEqual(
      edge.calls.reports.map(({ session: of, report }) => [of, report]),
      [[seat, { ...measured, codec_used: 'opus' }]],
    )
    const { body: text } = await edge.call('GET', '/metrics')
    assert.match(text, /voice_chat_audio_quality_score_bucket\{le="0.7"\} 0/)
    assert.match(text, /voice_chat_audio_quality_score_count 1/)
  })

  test('are refused of a seat that is not theirs, for another user, and when they say nothing', async () => {
    edge.router.on('use_seat', () => rejected('SESSION_NOT_FOUND'))
    const strange = await edge.call('POST', metrics, { session_id: session, ...measured })
    assert.deepEqual([strange.status, strange.body.error.code], [404, 'SESSION_NOT_FOUND'])
    const forBob = await edge.call('POST', metrics, { session_id: session, user_id: 'bob', ...measured })
    assert.deepEqual([forBob.status, forBob.body.error.code], [403, 'ACTING_USER_MISMATCH'])
    edge.router.on('use_seat', () => ok(null))
    const empty = await edge.call('POST', metrics, { session_id: session, jitter_ms: 4 })
    assert.deepEqual([empty.status, empty.body.error.details.field], [400, 'quality_score'])
    assert.deepEqual(edge.calls.reports, [])
  })

  test('may be told by a service for a user', async () => {
    edge.router.on('use_seat', () => ok(null))
    const told = await edge.call('POST', metrics, { session_id: session, user_id: 'bob', quality_score: 1 }, asService)
    assert.deepEqual([told.status, told.body], [202, { quality_score: 1, mos: null, has_issues: false }])
    assert.equal(edge.calls.reports[0]?.session.userId, 'bob')
  })

  test('that come within a second of another are refused', async () => {
    edge.router.on('use_seat', () => ok(null))
    await edge.call('POST', metrics, { session_id: session, ...measured })
    const again = await edge.call('POST', metrics, { session_id: session, ...measured })
    assert.deepEqual([again.status, again.body.error.code], [429, 'RATE_LIMITED'])
    assert.ok(Number(again.headers.get('retry-after')) >= 1)
    assert.equal(edge.calls.reports.length, 1)
  })

  test('of a session that a socket here carries cost no command, and bring hints to it', async () => {
    const snapshot = {
      room: { room_id: roomId, effective_settings: { ice_policy: 'all' } },
      participants: [],
      sanctions: [],
    }
    edge.router
      .on('join', () => ok({ session_id: session, role: 'member', snapshot }))
      .on('attach', () => ok({ session_id: session, role: 'member' }))
    const socket = await VoiceSocket.connect(edge.ws, edge.token)
    await socket.command({ type: 'join', room_id: roomId })
    const bad = { session_id: session, packet_loss_rate: 0.7, jitter_ms: 90, round_trip_time: 700 }
    for (let report = 0; report < 3; report += 1) {
      assert.equal((await edge.call('POST', metrics, bad)).status, 202)
      aheadMs += 5_000
    }
    assert.equal(edge.router.ofType('use_seat').length, 0)
    const hint = await socket.heard('hint')
    assert.deepEqual([hint['hint'], hint['reason']], ['reconnect_audio', 'loss'])
    socket.close()
  })
})

const rollup: RegionRollup = {
  ...{ region: 'eu', bucketMs: Date.UTC(2026, 0, 1, 20), samples: 3, issues: 1 },
  ...{ scoreP05: 0.7, scoreP50: 0.9, scoreP95: 1, lossMean: 0.01, jitterMeanMs: null, roundTripMeanMs: 40 },
}

describe('quality of a room', () => {
  test('is shown to whom the room lets read its history', async () => {
    edge.rollups.rows = [rollup]
    edge.router.on('authorize', () => ok(null))
    const shown = await edge.call('GET', `/api/v1/rooms/${roomId}/quality?bucket=hour`)
    assert.equal(shown.status, 200)
    assert.deepEqual(
      [shown.body.bucket, shown.body.rollups.length, shown.body.rollups[0].score_p50, shown.body.rollups[0].start],
      ['hour', 1, 0.9, '2026-01-01T20:00:00.000Z'],
    )
    assert.deepEqual(
      edge.router.ofType('authorize').map(({ command }) => [command.by.user_id, command.permission]),
      [['ann', 'read_history']],
    )
    assert.equal(edge.rollups.asked[0]?.room, roomId)
  })

  test('is not even read for others', async () => {
    edge.router.on('authorize', () => rejected('FORBIDDEN'))
    const refused = await edge.call('GET', `/api/v1/rooms/${roomId}/quality`)
    assert.deepEqual([refused.status, refused.body.error.code], [403, 'FORBIDDEN'])
    assert.deepEqual(edge.rollups.asked, [])
  })
})

describe('quality by region', () => {
  test('is shown to services and admins alone', async () => {
    edge.rollups.rows = [rollup]
    const stranger = await edge.call('GET', regions)
    assert.deepEqual([stranger.status, stranger.body.error.code], [403, 'FORBIDDEN'])
    for (const who of [asAdmin, asService]) {
      const { status, body } = await edge.call('GET', regions, undefined, who)
      assert.equal(status, 200)
      assert.deepEqual(body.rollups, [
        {
          ...{ region: 'eu', start: '2026-01-01T20:00:00.000Z', samples: 3, issues: 1 },
          ...{ score_p05: 0.7, score_p50: 0.9, score_p95: 1 },
          ...{ packet_loss_rate: 0.01, jitter_ms: null, round_trip_time: 40 },
        },
      ])
      assert.equal(body.truncated, false)
    }
  })

  test('spans the last hour by the minute, the last day by the hour, or what was asked for', async () => {
    const asked = async (query: string) => {
      const { body } = await edge.call('GET', `${regions}${query}`, undefined, asAdmin)
      return [body.bucket, Date.parse(body.until) - Date.parse(body.since)]
    }
    assert.deepEqual(await asked(''), ['minute', 3_600_000])
    assert.deepEqual(await asked('?bucket=hour'), ['hour', 86_400_000])
    const exact = '?since=2026-01-01T00:00:00Z&until=2026-01-01T01:00:00%2B01:00'
    assert.deepEqual(await asked(exact), ['minute', 0])
    assert.equal(edge.rollups.asked.at(-1)?.window.fromMs, Date.UTC(2026, 0, 1))
  })

  test('is refused for windows that are too wide, end before they begin, or are no moments', async () => {
    for (const query of [
      'since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:01Z',
      'bucket=hour&since=2025-01-01T00:00:00Z&until=2026-01-01T00:00:00Z',
      'since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z',
      'since=2016-12-31T23:59:60Z',
      'since=yesterday',
      'bucket=day',
    ]) {
      const { status, body } = await edge.call('GET', `${regions}?${query}`, undefined, asAdmin)
      assert.deepEqual([status, body.error.code], [400, 'VALIDATION_FAILED'], query)
    }
    assert.deepEqual(edge.rollups.asked, [])
  })
})
