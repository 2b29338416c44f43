import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate } from '../../persistence/index.ts'
import { services } from './services.ts'
import { silentLogger } from './silent-logger.ts'

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string
  /** Runs one statement over a connection of the test's own. */
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>
}

/** Makes a database with a random name, migrated unless told otherwise. */
export async function createTestDatabase(options: { readonly migrated?: boolean } = {}): Promise<TestDatabase> {
  const name = `vr_${randomBytes(6).toString('hex')}`
  const url = new URL(services.databaseUrl())
  url.pathname = `/${name}`
  await asAdmin(`create database ${name}`)
  if (options.migrated !== false) await migrate(url.href, silentLogger)
  const pool = new pg.Pool({ connectionString: url.href, max: 2 })
  pool.on('error', () => undefined)
  return {
    url: url.href,
    query: async (sql, values) => (await pool.query<Record<string, unknown>>(sql, values)).rows,
    drop: async () => {
      await pool.end()
      await asAdmin(`drop database if exists ${name} with (force)`)
    },
  }
}

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: services.databaseUrl() })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
