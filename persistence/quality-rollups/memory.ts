import type { RoomId } from '../../protocol/ids.ts'
import type { QualityRow } from '../call-records/port.ts'
import { widthMs, type QualityRollup, type QualityRollups, type RegionRollup, type RollupWindow } from './port.ts'

/** Rollups computed from the reports themselves whenever they are asked for. */
export class MemoryQualityRollups implements QualityRollups {
  readonly #reports: () => Iterable<QualityRow>
  readonly #regionOf: (room: RoomId) => string | null

  constructor(reports: () => Iterable<QualityRow>, regionOf: (room: RoomId) => string | null) {
    this.#reports = reports
    this.#regionOf = regionOf
  }

  ofRoom(room: RoomId, window: RollupWindow): Promise<readonly QualityRollup[]> {
    const rows = [...this.#reports()].filter(({ roomId }) => roomId === room)
    return Promise.resolve(rollUp(rows, window).slice(-window.limit))
  }

  ofRegions(window: RollupWindow): Promise<readonly RegionRollup[]> {
    const byRegion = groupedBy(this.#reports(), ({ roomId }) => this.#regionOf(roomId))
    const rollups = [...byRegion].flatMap(([region, rows]) =>
      rollUp(rows, window).map((rollup) => ({ region, ...rollup })),
    )
    const inOrder = rollups.sort((a, b) => a.bucketMs - b.bucketMs || ((a.region ?? '') < (b.region ?? '') ? -1 : 1))
    return Promise.resolve(inOrder.slice(-window.limit))
  }
}

function rollUp(rows: readonly QualityRow[], { width, fromMs, toMs }: RollupWindow): QualityRollup[] {
  const buckets = groupedBy(rows, ({ atMs }) => Math.floor(atMs / widthMs[width]) * widthMs[width])
  return [...buckets]
    .filter(([bucketMs]) => bucketMs >= fromMs && bucketMs < toMs)
    .sort(([a], [b]) => a - b)
    .map(([bucketMs, reports]) => {
      // As the columns round them.
      const scores = reports.map(({ score }) => Math.round(score * 100) / 100).sort((a, b) => a - b)
      return {
        bucketMs,
        samples: reports.length,
        issues: reports.filter(({ hasIssues }) => hasIssues).length,
        scoreP05: percentile(scores, 0.05),
        scoreP50: percentile(scores, 0.5),
        scoreP95: percentile(scores, 0.95),
        lossMean: mean(reports.map(({ report }) => report.packet_loss_rate)),
        jitterMeanMs: mean(reports.map(({ report }) => report.jitter_ms && Math.round(report.jitter_ms))),
        roundTripMeanMs: mean(reports.map(({ report }) => report.round_trip_time)),
      }
    })
}

function groupedBy<Row, Key>(rows: Iterable<Row>, keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}

/** By nearest rank: the least value that so large a share of them do not exceed. */
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] ?? 0

function mean(values: readonly (number | undefined)[]): number | null {
  const there = values.filter((value) => value !== undefined)
  return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length
}
