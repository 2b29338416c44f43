import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import type { Logger } from '../protocol/ports.ts'

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url))

/**
 * Brings a database up to date and returns the names of what it applied. Safe when several processes start at once: they
 * wait for each other on an advisory lock. Each file is one transaction.
 */
export async function migrate(databaseUrl: string, logger: Logger): Promise<readonly string[]> {
  const applied = await runner({
    databaseUrl,
    dir: migrationsFolder,
    direction: 'up',
    migrationsTable: 'schema_migrations',
    advisoryLockMode: 'wait',
    checkOrder: true,
    log: () => undefined,
  })
  const names = applied.map(({ name }) => name)
  if (names.length > 0) logger.info({ names }, 'database.migrated')
  return names
}
