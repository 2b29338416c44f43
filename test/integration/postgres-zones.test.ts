import { after, before } from 'node:test'
import { createPool, PgZoneRecords, writeRecord } from '../../persistence/index.ts'
import { zoneRecordsContract } from '../../persistence/zones/zones.contract.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

zoneRecordsContract('zones in Postgres', async () => {
  await database.query('truncate voice_zones')
  const pool = createPool(database.url, { applicationName: 'zones', maxConnections: 2, logger: silentLogger })
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
    zones: new PgZoneRecords(pool),
    close: () => pool.end(),
  }
})
