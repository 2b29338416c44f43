import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { RoomId } from '../../protocol/ids.ts'
import { SeededRandom } from '../../test/support/seeded-random.ts'
import { reportOf, sessionIn, startMs } from '../call-records/call-store.contract.ts'
import type { QualityRow } from '../call-records/port.ts'
import type { QualityRollup, QualityRollups, RollupWidth } from './port.ts'

/** Rollups under test. Empty at first. */
export interface RollupsBench {
  readonly rollups: QualityRollups
  addRoom(region?: string): Promise<RoomId>
  addReports(rows: readonly QualityRow[]): Promise<void>
  /** Brings everything up to date. */
  refresh(): Promise<void>
  close(): Promise<void>
}

const hourMs = 3_600_000
const whole = (width: RollupWidth) => ({
  width,
  fromMs: startMs - 24 * hourMs,
  toMs: startMs + 24 * hourMs,
  limit: 1_000,
})

/** The same figures, means up to what adding in another order may change. */
function assertSame(actual: readonly QualityRollup[], expected: readonly QualityRollup[]): void {
  const rounded = (rollups: readonly QualityRollup[]) =>
    rollups.map((rollup) =>
      Object.fromEntries(
        Object.entries(rollup).map(([name, value]) => [
          name,
          typeof value === 'number' && name.includes('Mean') ? value.toFixed(9) : (value as unknown),
        ]),
      ),
    )
  assert.deepEqual(rounded(actual), rounded(expected))
}

/** Straight from the definition. */
function bruteForce(rows: readonly QualityRow[], sizeMs: number): QualityRollup[] {
  const starts = [...new Set(rows.map(({ atMs }) => atMs - (atMs % sizeMs)))].sort((a, b) => a - b)
  return starts.map((bucketMs) => {
    const inside = rows.filter(({ atMs }) => atMs >= bucketMs && atMs < bucketMs + sizeMs)
    const scores = inside.map(({ score }) => score).sort((a, b) => a - b)
    const at = (percent: number) => scores[Math.ceil((percent * scores.length) / 100) - 1]!
    const meanOf = (pick: (row: QualityRow) => number | undefined) => {
      const values = inside.map(pick).filter((value) => value !== undefined)
      return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
    }
    return {
      bucketMs,
      samples: inside.length,
      issues: inside.filter(({ hasIssues }) => hasIssues).length,
      ...{ scoreP05: at(5), scoreP50: at(50), scoreP95: at(95) },
      lossMean: meanOf(({ report }) => report.packet_loss_rate),
      jitterMeanMs: meanOf(({ report }) => report.jitter_ms),
      roundTripMeanMs: meanOf(({ report }) => report.round_trip_time),
    }
  })
}

/** What every kind of rollups promises. */
export function rollupsContract(name: string, open: () => Promise<RollupsBench>): void {
  describe(name, () => {
    let bench: RollupsBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    test('say of every minute and hour, room and region what its reports say', async () => {
      const random = new SeededRandom(7)
      const draw = (end: number) => random.below(end)
      const rooms = [
        await bench.addRoom('eu'),
        await bench.addRoom('eu'),
        await bench.addRoom('us'),
        await bench.addRoom(),
      ]
      const regions = ['eu', 'eu', 'us', null]
      const sessions = rooms.flatMap((room) => [sessionIn(room), sessionIn(room)])
      const rows = Array.from({ length: 1_500 }, () => {
        const report = {
          ...(draw(10) === 0 ? {} : { packet_loss_rate: draw(10_000) / 10_000 }),
          ...(draw(10) === 0 ? {} : { jitter_ms: draw(200) }),
          ...(draw(10) === 0 ? {} : { round_trip_time: draw(900_000) / 1_000 }),
        }
        const over = { atMs: startMs + draw(3 * hourMs), score: draw(101) / 100, hasIssues: draw(3) === 0, report }
        return reportOf(sessions[draw(sessions.length)]!, over)
      })
      await bench.addReports(rows)
      await bench.refresh()
      for (const width of ['minute', 'hour'] as const) {
        const sizeMs = width === 'minute' ? 60_000 : hourMs
        for (const room of rooms) {
          const expected = bruteForce(
            rows.filter(({ roomId }) => roomId === room),
            sizeMs,
          )
          assertSame(await bench.rollups.ofRoom(room, whole(width)), expected)
        }
        const all = await bench.rollups.ofRegions(whole(width))
        for (const region of ['eu', 'us', null]) {
          const ofRegion = rows.filter(({ roomId }) => regions[rooms.indexOf(roomId)] === region)
          const found = all.filter((rollup) => rollup.region === region).map(({ region: _, ...rest }) => rest)
          assertSame(found, bruteForce(ofRegion, sizeMs))
        }
        const order = all.map(({ bucketMs, region }) => `${bucketMs} ${region ?? ''}`)
        assert.deepEqual(order, [...order].sort())
      }
    })

    test('take in what comes late', async () => {
      const session = sessionIn(await bench.addRoom('eu'))
      await bench.addReports([reportOf(session, { score: 1 })])
      await bench.refresh()
      await bench.addReports([reportOf(session, { score: 0, atMs: startMs + 59_999 })])
      await bench.refresh()
      const [minute] = await bench.rollups.ofRoom(session.roomId, whole('minute'))
      const [hour] = await bench.rollups.ofRegions(whole('hour'))
      assert.deepEqual([minute?.samples, minute?.scoreP05, minute?.scoreP95], [2, 0, 1])
      assert.deepEqual([hour?.region, hour?.samples, hour?.scoreP50], ['eu', 2, 0])
    })

    test('are cut to the window, and to the newest of it', async () => {
      const session = sessionIn(await bench.addRoom())
      await bench.addReports([0, 1, 2, 3].map((minute) => reportOf(session, { atMs: startMs + minute * 60_000 })))
      await bench.refresh()
      const starts = async (fromMs: number, toMs: number, limit: number) => {
        const found = await bench.rollups.ofRoom(session.roomId, { width: 'minute', fromMs, toMs, limit })
        return found.map(({ bucketMs }) => (bucketMs - startMs) / 60_000)
      }
      assert.deepEqual(await starts(startMs + 60_000, startMs + 180_000, 10), [1, 2])
      assert.deepEqual(await starts(startMs, startMs + hourMs, 3), [1, 2, 3])
      assert.deepEqual(await starts(startMs + hourMs, startMs + 2 * hourMs, 10), [])
    })
  })
}
