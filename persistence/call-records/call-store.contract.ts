import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import type { CallStore, LinkRow, QualityRow, SessionFacts, SignalRow } from './port.ts'

/** A store under test. Empty at first. */
export interface CallStoreBench {
  readonly store: CallStore
  /** Makes a room that the record knows. */
  addRoom(region?: string): Promise<RoomId>
  /** The statuses of sessions, by session. */
  statuses(): Promise<ReadonlyMap<string, string>>
  /** Ids of what is there. */
  signals(): Promise<readonly string[]>
  reports(): Promise<readonly string[]>
  close(): Promise<void>
}

export const startMs = Date.UTC(2026, 5, 1, 12)

/** A session of a room. */
export const sessionIn = (roomId: RoomId, userId = 'ann'): SessionFacts => ({
  sessionId: randomUUID() as SessionId,
  roomId,
  userId: userId as UserId,
})

export const signalOf = (session: SessionFacts, over: Partial<SignalRow> = {}): SignalRow => ({
  ...session,
  id: randomUUID(),
  atMs: startMs,
  toUser: 'bob' as UserId,
  toSession: '22222222-2222-4222-8222-222222222222' as SessionId,
  messageType: 'candidate',
  sdp: null,
  sdpLength: null,
  candidate: null,
  candidateLength: null,
  candidateType: 'host',
  sequence: 1,
  isReliable: true,
  ...over,
})

export const reportOf = (session: SessionFacts, over: Partial<QualityRow> = {}): QualityRow => ({
  ...session,
  id: randomUUID(),
  atMs: startMs,
  score: 0.9,
  hasIssues: false,
  report: { packet_loss_rate: 0.01, jitter_ms: 4.4, round_trip_time: 31.25, bytes_sent: 2 ** 40 },
  networkStats: { downlink: 10 },
  ...over,
})

const linkOf = (session: SessionFacts, state: LinkRow['state']): LinkRow => ({ ...session, state, atMs: startMs })

/** What every store of calls promises. */
export function callStoreContract(name: string, open: () => Promise<CallStoreBench>): void {
  describe(name, () => {
    let bench: CallStoreBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    test('writes the row of a session before its signals and reports, once', async () => {
      const [room, second] = [await bench.addRoom(), await bench.addRoom()]
      const [ann, bob] = [sessionIn(room), sessionIn(second)]
      const signals = [signalOf(ann), signalOf(ann), signalOf(bob)]
      assert.deepEqual(await bench.store.writeSignals(signals), { unknown: 0 })
      const reports = [reportOf(ann), reportOf(bob)]
      assert.deepEqual(await bench.store.writeQuality(reports), { unknown: 0 })
      assert.deepEqual([...(await bench.signals())].sort(), signals.map(({ id }) => id).sort())
      assert.deepEqual([...(await bench.reports())].sort(), reports.map(({ id }) => id).sort())
      assert.deepEqual([...(await bench.statuses()).keys()].sort(), [ann.sessionId, bob.sessionId].sort())
    })

    test('writes a batch that comes again only once', async () => {
      const session = sessionIn(await bench.addRoom())
      const [signals, reports] = [[signalOf(session)], [reportOf(session)]]
      for (let time = 0; time < 2; time += 1) {
        assert.deepEqual(await bench.store.writeSignals(signals), { unknown: 0 })
        assert.deepEqual(await bench.store.writeQuality(reports), { unknown: 0 })
      }
      assert.deepEqual([(await bench.signals()).length, (await bench.reports()).length], [1, 1])
    })

    test('leaves out rows whose room or session is not known, and writes the others', async () => {
      const room = await bench.addRoom()
      const known = sessionIn(room)
      const strange = sessionIn(randomUUID() as RoomId)
      const elsewhere = { ...known, roomId: await bench.addRoom() }
      assert.deepEqual(await bench.store.writeSignals([signalOf(known), signalOf(strange)]), { unknown: 1 })
      assert.deepEqual(await bench.store.writeQuality([reportOf(strange), reportOf(elsewhere), reportOf(known)]), {
        unknown: 2,
      })
      assert.deepEqual(await bench.store.writeLinks([linkOf(strange, 'failed')]), { unknown: 1 })
      assert.deepEqual([(await bench.signals()).length, (await bench.reports()).length], [1, 1])
      assert.deepEqual([...(await bench.statuses()).keys()], [known.sessionId])
    })

    test('keeps the latest state of the links of a session, and takes no other for it', async () => {
      const session = sessionIn(await bench.addRoom())
      await bench.store.writeSignals([signalOf(session)])
      assert.equal((await bench.statuses()).get(session.sessionId), 'new')
      await bench.store.writeLinks([linkOf(session, 'connected'), linkOf(session, 'failed')])
      assert.equal((await bench.statuses()).get(session.sessionId), 'failed')
      await bench.store.writeLinks([linkOf(session, 'connected')])
      assert.equal((await bench.statuses()).get(session.sessionId), 'connected')
    })

    test('takes no rows at all', async () => {
      assert.deepEqual(await bench.store.writeSignals([]), { unknown: 0 })
      assert.deepEqual(await bench.store.writeQuality([]), { unknown: 0 })
      assert.deepEqual(await bench.store.writeLinks([]), { unknown: 0 })
    })
  })
}
