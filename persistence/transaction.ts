import pg from 'pg'
import { AppError } from '../protocol/errors.ts'

/** Our own reason to roll back, behind which the connection is as good as before. */
export abstract class RolledBack extends Error {}

export interface TransactionOptions<Value> {
  /** Whether what `work` came to is kept; otherwise it is rolled back, and its value returned all the same. Default: always. */
  readonly keepIf?: (value: Value) => boolean
  /** Default read committed, writing. */
  readonly mode?: 'isolation level repeatable read, read only'
}

/**
 * Runs `work` in one transaction, which is rolled back where `work` or the commit fails. After any failure other than
 * Postgres's own answer, or a refusal of ours, the connection is thrown away: it may be half dead, and asking it to roll back would wait for it.
 * Postgres rolls back what a lost connection had begun.
 */
export async function inTransaction<Value>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Value>,
  { keepIf = () => true, mode }: TransactionOptions<Value> = {},
): Promise<Value> {
  const client = await pool.connect()
  let healthy = false
  try {
    // The first statements of `work` do not wait for the answer to `begin`, and leave with it.
    const [begun, working] = inOneWrite(client, () => [client.query(mode ? `begin ${mode}` : 'begin'), work(client)])
    const [value] = await Promise.all([working, begun])
    await client.query(keepIf(value) ? 'commit' : 'rollback')
    healthy = true
    return value
  } catch (error) {
    const isAnswer = error instanceof pg.DatabaseError || error instanceof AppError || error instanceof RolledBack
    healthy = isAnswer && (await rollsBack(client))
    throw error
  } finally {
    client.release(!healthy)
  }
}

/** What is sent before `send` returns leaves in one write to the socket, in the place of one for each statement. */
function inOneWrite<Sent>({ connection: { stream } }: pg.PoolClient, send: () => Sent): Sent {
  stream.cork()
  try {
    return send()
  } finally {
    stream.uncork()
  }
}

const rollsBack = (client: pg.PoolClient): Promise<boolean> =>
  client.query('rollback').then(
    () => true,
    () => false,
  )
