import type { RoomId } from '../../protocol/ids.ts'

/** How long a bucket is. */
export type RollupWidth = 'minute' | 'hour'
export const widthMs: Readonly<Record<RollupWidth, number>> = { minute: 60_000, hour: 3_600_000 }

/** Buckets that begin at or behind `fromMs` and before `toMs`, Unix ms; the newest `limit` of them. */
export interface RollupWindow {
  readonly width: RollupWidth
  readonly fromMs: number
  readonly toMs: number
  readonly limit: number
}

/** What was reported within a bucket. A mean is null where no report had the figure. */
export interface QualityRollup {
  readonly bucketMs: number
  readonly samples: number
  /** Reports with issues. */
  readonly issues: number
  /** Percentiles of the score by nearest rank, in hundredths of 1: 0.05 of the reports are at or below `scoreP05`. */
  readonly scoreP05: number
  readonly scoreP50: number
  readonly scoreP95: number
  readonly lossMean: number | null
  readonly jitterMeanMs: number | null
  readonly roundTripMeanMs: number | null
}

/** `region` null: rooms that have none. */
export interface RegionRollup extends QualityRollup {
  readonly region: string | null
}

/** Quality over time, oldest first. A bucket without reports is not there. */
export interface QualityRollups {
  ofRoom(room: RoomId, window: RollupWindow): Promise<readonly QualityRollup[]>
  /** By bucket, then by region. */
  ofRegions(window: RollupWindow): Promise<readonly RegionRollup[]>
}
