import type pg from 'pg'

/**
 * Runs `work` in one transaction. A failed one is rolled back; a connection that cannot even do that is thrown away, so that
 * nobody gets one with a transaction still open.
 */
export async function inTransaction<Value>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Value>,
): Promise<Value> {
  const client = await pool.connect()
  let broken = true
  try {
    await client.query('begin')
    const value = await work(client)
    await client.query('commit')
    broken = false
    return value
  } catch (error) {
    broken = !(await client.query('rollback').then(
      () => true,
      () => false,
    ))
    throw error
  } finally {
    client.release(broken)
  }
}
