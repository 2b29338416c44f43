import type pg from 'pg'
import type { RoomId } from '../../protocol/ids.ts'
import type { QualityRollup, QualityRollups, RegionRollup, RollupWindow } from './port.ts'

interface Row {
  readonly scope_id: string
  readonly bucket: Date
  readonly samples: number
  readonly issues: number
  readonly score_p05: string
  readonly score_p50: string
  readonly score_p95: string
  readonly loss_mean: number | null
  readonly jitter_mean_ms: number | null
  readonly round_trip_mean_ms: number | null
}

/** The rollups as the janitor has them: a minute shows some seconds after it is over, an hour is brought up to date every 5 min. */
export class PgQualityRollups implements QualityRollups {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async ofRoom(room: RoomId, window: RollupWindow): Promise<readonly QualityRollup[]> {
    const rows = await this.#newest(`scope = 'room' and scope_id = $5`, window, [room])
    return rows.map(toRollup)
  }

  async ofRegions(window: RollupWindow): Promise<readonly RegionRollup[]> {
    const rows = await this.#newest(`scope = 'region'`, window, [])
    return rows.map((row) => ({ region: row.scope_id === '' ? null : row.scope_id, ...toRollup(row) }))
  }

  async #newest(scope: string, { width, fromMs, toMs, limit }: RollupWindow, more: string[]): Promise<readonly Row[]> {
    const found = await this.#pool.query<Row>(
      `select scope_id, bucket, samples, issues, score_p05, score_p50, score_p95, loss_mean, jitter_mean_ms, round_trip_mean_ms
         from voice_quality_rollups
        where ${scope} and width = $1 and bucket >= to_timestamp($2::float8 / 1000) and bucket < to_timestamp($3::float8 / 1000)
        order by bucket desc, scope_id collate "C" desc
        limit $4`,
      [width, fromMs, toMs, limit, ...more],
    )
    return found.rows.reverse()
  }
}

const toRollup = (row: Row): QualityRollup => ({
  bucketMs: row.bucket.getTime(),
  samples: row.samples,
  issues: row.issues,
  scoreP05: Number(row.score_p05),
  scoreP50: Number(row.score_p50),
  scoreP95: Number(row.score_p95),
  lossMean: row.loss_mean,
  jitterMeanMs: row.jitter_mean_ms,
  roundTripMeanMs: row.round_trip_mean_ms,
})
