import type pg from 'pg'
import { inTransaction } from '../transaction.ts'
import type { NewRevocation, Revocation, RevokedTokens } from './port.ts'

interface Row {
  /** A bigint, as text. */
  readonly no: string
  readonly kind: 'token' | 'user'
  readonly value: string
  readonly issued_before: Date
  readonly until: Date
}

/** One lock for all: numbers are to be readable in their order, and a sequence alone gives them before their rows can be read. */
const lockName = 'voice_revoked_tokens'

/** Revoked tokens in Postgres. */
export class PgRevokedTokens implements RevokedTokens {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  revoke({ kind, value, issuedBeforeMs, untilMs, by, atMs }: NewRevocation): Promise<Revocation> {
    return inTransaction(this.#pool, async (client) => {
      await client.query(`select pg_advisory_xact_lock(hashtext($1))`, [lockName])
      const inserted = await client.query<Row>(
        `insert into voice_revoked_tokens (kind, value, issued_before, until, revoked_by, revoked_at)
         values ($1, $2, $3, $4, $5, $6)
         returning no, kind, value, issued_before, until`,
        [kind, value, new Date(issuedBeforeMs), new Date(untilMs), by, new Date(atMs)],
      )
      const [row] = inserted.rows
      if (!row) throw new Error('an insert gave no row')
      return toRevocation(row)
    })
  }

  async above(no: number, nowMs: number, limit: number): Promise<readonly Revocation[]> {
    const found = await this.#pool.query<Row>({
      name: 'revoked-tokens-above',
      text: `select no, kind, value, issued_before, until
               from voice_revoked_tokens
              where no > $1 and until > $2
              order by no
              limit $3`,
      values: [no, new Date(nowMs), limit],
    })
    return found.rows.map(toRevocation)
  }
}

const toRevocation = (row: Row): Revocation => ({
  no: Number(row.no),
  kind: row.kind,
  value: row.value,
  issuedBeforeMs: row.issued_before.getTime(),
  untilMs: row.until.getTime(),
})
