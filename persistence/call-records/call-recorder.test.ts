import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import { judge, type QualityReport } from '../../protocol/quality/report.ts'
import { countingRandom, ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { CallRecorder, type StoreSignaling } from './call-recorder.ts'
import { MemoryCallStore } from './memory.ts'
import type { SignalFacts } from './port.ts'

const candidate = 'candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host'

function setUp(keep: StoreSignaling) {
  const time = new ManualTime()
  const store = new MemoryCallStore(() => true)
  const silent = { watch: () => {}, written: () => {}, dropped: () => {}, failed: () => {} }
  const recorder = new CallRecorder({
    ...{ store, keep, clock: time, timers: time, random: countingRandom(), logger: silentLogger },
    observe: () => silent,
  })
  const session = {
    sessionId: randomUUID() as SessionId,
    roomId: randomUUID() as RoomId,
    userId: 'ann' as UserId,
  }
  const signal = (over: Partial<SignalFacts> = {}): SignalFacts => ({
    from: session,
    toUser: 'bob' as UserId,
    toSession: '22222222-2222-4222-8222-222222222222' as SessionId,
    messageType: 'candidate',
    sdp: undefined,
    candidate,
    isReliable: true,
    ...over,
  })
  const written = async () => {
    await time.advance(1_000)
    return [...store.signals.values()]
  }
  return { time, store, recorder, session, signal, written }
}

describe('what is kept of signals', () => {
  test('is by default who, whom, what, and how much, but no body', async () => {
    const { recorder, signal, written } = setUp('types')
    recorder.signal(signal())
    recorder.signal(signal({ messageType: 'offer', sdp: 'v=0\r\nc=IN IP4 192.0.2.7', candidate: undefined }))
    const rows = await written()
    assert.deepEqual(
      rows.map(({ messageType, sequence, candidateType, sdp, candidate: body }) => [
        ...[messageType, sequence, candidateType, sdp, body],
      ]),
      [
        ['candidate', 1, 'host', null, null],
        ['offer', 2, null, null, null],
      ],
    )
    assert.equal(JSON.stringify(rows).includes('192.0.2.7'), false)
    assert.deepEqual(
      [rows[0]?.toSession, rows[0]?.sdpLength, rows[0]?.candidateLength],
      ['22222222-2222-4222-8222-222222222222', null, candidate.length],
    )
  })

  test('holds the bodies only where that was asked for, and leaves out one that cannot be stored', async () => {
    const { recorder, signal, written } = setUp('full')
    recorder.signal(signal())
    recorder.signal(signal({ messageType: 'offer', sdp: 'v=0\0', candidate: undefined }))
    const rows = await written()
    assert.deepEqual([rows[0]?.candidate, rows[1]?.sdp, rows[1]?.sdpLength], [candidate, null, 4])
  })

  test('is nothing where nothing is to be kept', async () => {
    const { recorder, signal, written, store } = setUp('none')
    recorder.signal(signal())
    assert.deepEqual([await written(), store.sessions.size], [[], 0])
  })
})

describe('what is kept of quality', () => {
  const report: QualityReport = { packet_loss_rate: 0.01, jitter_ms: 4, round_trip_time: 31 }

  test('has the estimate beside what the client tells of its network', async () => {
    const { recorder, session, store, written } = setUp('types')
    const told = { ...report, network_stats: { downlink: 10, e_model: 'mine' } }
    recorder.quality(session, told, judge(told))
    recorder.quality(session, { quality_score: 0.4 }, judge({ quality_score: 0.4 }))
    await written()
    const [first, second] = [...store.reports.values()]
    assert.equal(first?.networkStats?.['downlink'], 10)
    assert.deepEqual(Object.keys(first.networkStats['e_model'] as object), ['rating', 'mos'])
    assert.deepEqual([second?.score, second?.hasIssues, second?.networkStats], [0.4, true, null])
  })
})

describe('what is kept of links', () => {
  test('is the latest state of a session, written when it is news', async () => {
    const { recorder, session, store, written } = setUp('types')
    recorder.link(session, 'connected')
    await written()
    const connected = store.sessions.get(session.sessionId)
    assert.equal(connected?.status, 'connected')
    recorder.link(session, 'connected')
    recorder.link(session, 'failed')
    await written()
    const failed = store.sessions.get(session.sessionId)
    assert.deepEqual([failed?.status, failed?.connectedAtMs], ['failed', connected.connectedAtMs])
  })
})
