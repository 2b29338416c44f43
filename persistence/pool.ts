import pg from 'pg'
import type { Logger } from '../protocol/ports.ts'

export interface PoolOptions {
  /** Shown by Postgres beside each connection: the process's name. */
  readonly applicationName: string
  /** Connections at the most; who finds all busy waits up to 3 s and is then refused. Default 10. */
  readonly maxConnections?: number
  /** Connections kept while nobody needs them; others are closed after 10 s of rest. Default 2. */
  readonly maxIdleConnections?: number
  /** A connection is replaced when it is so old, ms. Default: never. */
  readonly connectionLifetimeMs?: number
  /** A statement that runs longer is cancelled by the server, ms. Default 5,000. */
  readonly statementTimeoutMs?: number
  readonly logger: Logger
}

/** How long it may take to get a connection, new or from the pool, ms. */
export const connectTimeoutMs = 3_000

// bigint columns hold epochs, seqs and row ids, all far below 2^53: numbers, not strings.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/**
 * A pool whose every wait has an end: 3 s to connect, `statementTimeoutMs` on the server, and a second more on our side, after
 * which the outcome of a write is unknown. A transaction in which we say nothing for `statementTimeoutMs` is ended by the server.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 5_000
  const max = options.maxConnections ?? 10
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max,
    min: Math.min(options.maxIdleConnections ?? 2, max),
    idleTimeoutMillis: 10_000,
    maxLifetimeSeconds: Math.ceil((options.connectionLifetimeMs ?? 0) / 1_000),
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    // What is sent without waiting for the answer before leaves at once; Postgres takes it in order.
    pipeline: true,
  })
  // A broken idle connection is an event, not a crash: the pool makes a new one when it is asked.
  pool.on('error', (err) => options.logger.warn({ err }, 'postgres.connection_lost'))
  // One that breaks in use tells it by its failing query; without this listener it would end the process besides.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
