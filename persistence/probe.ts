import type pg from 'pg'
import type { Logger } from '../protocol/ports.ts'
import { createPool } from './pool.ts'

/** Whether a Postgres takes writes, asked over a connection of its own: it must not wait behind what hangs. */
export class RecordProbe {
  readonly #pool: pg.Pool

  constructor(url: string, applicationName: string, logger: Logger) {
    this.#pool = createPool(url, { applicationName, maxConnections: 1, maxIdleConnections: 1, logger })
  }

  /** It answers, and is no standby. Rejects where it does not answer. */
  async takesWrites(): Promise<boolean> {
    const found = await this.#pool.query<{ standby: boolean }>(`select pg_is_in_recovery() as standby`)
    return found.rows[0]?.standby === false
  }

  close(): Promise<void> {
    return this.#pool.end()
  }
}
