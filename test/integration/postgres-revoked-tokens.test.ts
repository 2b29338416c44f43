import { after, before } from 'node:test'
import { createPool, PgRevokedTokens } from '../../persistence/index.ts'
import { revokedTokensContract } from '../../persistence/revoked-tokens/revoked-tokens.contract.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

revokedTokensContract('revoked tokens in Postgres', async () => {
  await database.query('truncate voice_revoked_tokens')
  const pool = createPool(database.url, { applicationName: 'revoked', maxConnections: 8, logger: silentLogger })
  return { revoked: new PgRevokedTokens(pool), close: () => pool.end() }
})
