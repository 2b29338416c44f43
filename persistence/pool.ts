import pg from 'pg'
import type { Logger } from '../protocol/ports.ts'

export interface PoolOptions {
  /** Shown by Postgres beside each connection: the process's name. */
  readonly applicationName: string
  /** Connections at the most. Default 10. */
  readonly maxConnections?: number
  /** A statement that runs longer is cancelled by the server, ms. Default 5,000. */
  readonly statementTimeoutMs?: number
  readonly logger: Logger
}

// bigint columns hold epochs, seqs and row ids, all far below 2^53: numbers, not strings.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/**
 * A pool whose every wait has an end: 3 s to connect, `statementTimeoutMs` on the server, and a second more on our side, after
 * which the outcome of a write is unknown.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 5_000
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 3_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
  })
  // A broken idle connection is an event, not a crash: the pool makes a new one when it is asked.
  pool.on('error', (err) => options.logger.warn({ err }, 'postgres.connection_lost'))
  return pool
}
