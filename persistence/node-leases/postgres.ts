import type pg from 'pg'
import type { Claimant } from '../journal/port.ts'
import type { NodeLeases } from './port.ts'

/** Leases of nodes in Postgres. */
export class PgNodeLeases implements NodeLeases {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async hold({ process, incarnation }: Claimant, leaseMs: number): Promise<void> {
    await this.#pool.query(
      `insert into node_lease (incarnation, process, expires_at)
       values ($1, $2, now() + $3 * interval '1 millisecond')
           on conflict (incarnation) do update
          set expires_at = excluded.expires_at`,
      [incarnation, process, leaseMs],
    )
  }

  async release({ incarnation }: Claimant): Promise<void> {
    // Those that ran out go along: a node that ended without a word leaves its row behind.
    await this.#pool.query(`delete from node_lease where incarnation = $1 or expires_at < now() - interval '1 hour'`, [
      incarnation,
    ])
  }
}
