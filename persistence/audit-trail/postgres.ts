import type pg from 'pg'
import { rowColumns, toAuditRow, type RowColumns } from '../audit/rows.ts'
import { inTransaction } from '../transaction.ts'
import { nextCheckpoint } from './checkpoint-hash.ts'
import {
  checkpointHeadsMax,
  type AuditTrail,
  type ChainHead,
  type Checkpoint,
  type Position,
  type WitnessedEnd,
  type WitnessedRow,
} from './port.ts'

interface CheckpointColumns {
  readonly no: number
  readonly at: Date
  readonly covers_until: Date
  readonly heads: number
  readonly root: Buffer
  readonly prev_hash: Buffer
  readonly hash: Buffer
}

/** Whoever takes a checkpoint holds this advisory lock. */
const lockName = 'voice_audit_checkpoint'

/** A row may be committed so long after the moment that stands in it, ms: far longer than any statement of ours may run. */
const commitsWithinMs = 300_000

/** The audit log in Postgres, as those see it who watch over it. */
export class PgAuditTrail implements AuditTrail {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  checkpoint(): Promise<Checkpoint | null> {
    return inTransaction(this.#pool, async (client) => {
      const lock = await client.query<{ ours: boolean }>(
        `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as ours`,
        [lockName],
      )
      if (lock.rows[0]?.ours !== true) return null
      const last = await lastCheckpoint(client)
      const { heads, ...moments } = await movedHeads(client, last)
      if (heads.length === 0) return null
      const checkpoint = nextCheckpoint(last, heads, moments)
      await putCheckpoint(client, checkpoint, heads)
      return checkpoint
    })
  }

  async rows(after: Position | null, limit: number, chain: string | null): Promise<readonly WitnessedRow[]> {
    const { rows } = await this.#pool.query<RowColumns & { witness: Buffer | null }>(
      `select ${rowColumns}, row.hash, head.hash as witness
         from voice_audit as row
         left join voice_audit_checkpoint_head as head using (chain, seq)
        where ($1::text is null or (chain, seq) > ($1 collate "C", $2::bigint)) and ($3::text is null or chain = $3)
        order by chain, seq
        limit $4`,
      [after?.chain ?? null, after?.seq ?? null, chain, limit],
    )
    return rows.map((row) => ({ ...toAuditRow(row), witness: row.witness }))
  }

  async witnessedEnds(after: string | null, limit: number, chain: string | null): Promise<readonly WitnessedEnd[]> {
    const { rows } = await this.#pool.query<{
      chain: string
      witnessed_seq: number
      held_seq: number
      last_seq: number
    }>(
      `select chain, witnessed_seq, coalesce(ended.seq, 0) as last_seq,
              coalesce((select max(head.seq) from voice_audit_checkpoint_head as head
                         where head.chain = witnessed.chain and head.seq <= ended.seq), 0) as held_seq
         from (select chain, max(seq) as witnessed_seq
                 from voice_audit_checkpoint_head
                where ($1::text is null or chain > $1 collate "C") and ($2::text is null or chain = $2)
                group by chain
                order by chain
                limit $3) as witnessed
         left join lateral (
                select row.seq from voice_audit as row where row.chain = witnessed.chain order by row.seq desc limit 1
              ) as ended on true
        order by chain`,
      [after, chain, limit],
    )
    return rows.map((row) => ({
      chain: row.chain,
      witnessedSeq: row.witnessed_seq,
      heldSeq: row.held_seq,
      lastSeq: row.last_seq,
    }))
  }

  async checkpoints(afterNo: number, limit: number): Promise<readonly Checkpoint[]> {
    const { rows } = await this.#pool.query<CheckpointColumns>(
      `select no, at, covers_until, heads, root, prev_hash, hash from voice_audit_checkpoint where no > $1 order by no limit $2`,
      [afterNo, limit],
    )
    return rows.map(toCheckpoint)
  }

  async headsOf(no: number): Promise<readonly ChainHead[]> {
    const { rows } = await this.#pool.query<ChainHead>(
      `select chain, seq, hash from voice_audit_checkpoint_head where checkpoint = $1 order by chain limit $2`,
      [no, checkpointHeadsMax],
    )
    return rows
  }
}

async function lastCheckpoint(client: pg.ClientBase): Promise<Checkpoint | null> {
  const { rows } = await client.query<CheckpointColumns>(
    `select no, at, covers_until, heads, root, prev_hash, hash from voice_audit_checkpoint order by no desc limit 1`,
  )
  return rows[0] ? toCheckpoint(rows[0]) : null
}

interface MovedColumns extends ChainHead {
  /** Since when the chain waits for a checkpoint. */
  readonly since: Date
  readonly now_ms: number
}

/**
 * The ends of chains that no checkpoint saw yet, those first that are waiting longest, handed out in the order of the chains. Looked
 * for among the rows since the last checkpoint, and some minutes before: a row may have been committed after its moment.
 */
async function movedHeads(client: pg.ClientBase, last: Checkpoint | null) {
  const { rows } = await client.query<MovedColumns>(
    `select chain, seq, hash, since, now_ms
       from (select moved.chain, ended.seq, ended.hash, moved.since,
                    (extract(epoch from statement_timestamp()) * 1000)::bigint as now_ms
               from (select chain, min(recorded_at) as since
                       from voice_audit
                      where $1::timestamptz is null or recorded_at >= $1
                      group by chain) as moved
              cross join lateral (
                     select row.seq, row.hash from voice_audit as row where row.chain = moved.chain order by row.seq desc limit 1
                   ) as ended
              where not exists (
                     select from voice_audit_checkpoint_head as head where head.chain = moved.chain and head.seq >= ended.seq)
              order by since, chain
              limit $2) as head
      order by chain`,
    [last && new Date(last.coversUntilMs - commitsWithinMs), checkpointHeadsMax],
  )
  const atMs = rows[0]?.now_ms ?? 0
  // Where not all went in, the next one has to look from where this one ended.
  const isFull = rows.length === checkpointHeadsMax
  const coversUntilMs = isFull ? Math.max(...rows.map(({ since }) => since.getTime())) : atMs
  return { heads: rows.map(({ chain, seq, hash }) => ({ chain, seq, hash })), atMs, coversUntilMs }
}

async function putCheckpoint(
  client: pg.ClientBase,
  checkpoint: Checkpoint,
  heads: readonly ChainHead[],
): Promise<void> {
  const { no, atMs, coversUntilMs, root, prevHash, hash } = checkpoint
  await client.query(
    `insert into voice_audit_checkpoint (no, at, covers_until, heads, root, prev_hash, hash) values ($1, $2, $3, $4, $5, $6, $7)`,
    [no, new Date(atMs), new Date(coversUntilMs), checkpoint.heads, root, prevHash, hash],
  )
  await client.query(
    `insert into voice_audit_checkpoint_head (chain, seq, hash, checkpoint)
     select chain, seq, hash, $4 from unnest($1::text[], $2::bigint[], $3::bytea[]) as head (chain, seq, hash)`,
    [heads.map(({ chain }) => chain), heads.map(({ seq }) => seq), heads.map((head) => head.hash), no],
  )
}

const toCheckpoint = ({ at, covers_until, prev_hash, ...row }: CheckpointColumns): Checkpoint => ({
  no: row.no,
  atMs: at.getTime(),
  coversUntilMs: covers_until.getTime(),
  heads: row.heads,
  root: row.root,
  prevHash: prev_hash,
  hash: row.hash,
})
