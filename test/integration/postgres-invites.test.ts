import { after, before } from 'node:test'
import { createPool, PgInviteRecords, writeRecord } from '../../persistence/index.ts'
import { inviteContract } from '../../persistence/invites/invites.contract.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

inviteContract('invites in Postgres', async () => {
  await database.query('truncate voice_room_invites')
  const pool = createPool(database.url, { applicationName: 'invites', maxConnections: 2, logger: silentLogger })
  return {
    apply: async (...writes) => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await writeRecord(client, writes)
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    invites: new PgInviteRecords(pool),
    close: () => pool.end(),
  }
})
