import type pg from 'pg'
import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Audited, EpochGrant, Finding, JournalHistory } from './port.ts'
import type { StoredEntry } from '../journal/port.ts'
import { toStoredEntry, type JournalRow } from '../journal/rows.ts'

interface GrantRow {
  readonly actor_key: ActorKey
  readonly epoch: number
  readonly process: ProcessId
  readonly incarnation: Incarnation
  readonly cause: EpochGrant['cause']
  readonly claimed_at: Date
  readonly entries: number
}

type FindingRow = Omit<Finding, 'key'> & { readonly actor_key: ActorKey }

/** The past of actors as Postgres holds it. */
export class PgJournalHistory implements JournalHistory {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async grants(key: ActorKey): Promise<readonly EpochGrant[]> {
    const { rows } = await this.#pool.query<GrantRow>(
      `select grants.*, count(entry.seq)::int as entries
         from actor_epoch as grants
         left join actor_journal as entry using (actor_key, epoch)
        where grants.actor_key = $1
        group by grants.actor_key, grants.epoch, grants.incarnation
        order by grants.epoch, grants.claimed_at`,
      [key],
    )
    return rows.map((row) => ({
      key: row.actor_key,
      epoch: row.epoch,
      process: row.process,
      incarnation: row.incarnation,
      cause: row.cause,
      atMs: row.claimed_at.getTime(),
      entries: row.entries,
    }))
  }

  async audit(key: ActorKey | null) {
    const [owners, order, ahead, counts] = await Promise.all([
      this.#pool.query<FindingRow>(
        `select actor_key, epoch, null as seq, 'two_owners' as fault
           from actor_epoch
          where $1::text is null or actor_key = $1
          group by actor_key, epoch
         having count(*) > 1
          order by actor_key, epoch
          limit 1000`,
        [key],
      ),
      // What retention took away in front of the first entry, a snapshot stands for.
      this.#pool.query<FindingRow>(
        `select entry.actor_key, entry.epoch, entry.seq,
                case when entry.epoch < epoch_before then 'epoch_falls' else 'seq_jumps' end as fault
           from (select actor_key, epoch, seq,
                        lag(epoch, 1, epoch) over entries as epoch_before,
                        lag(seq) over entries as seq_before
                   from actor_journal
                  where $1::text is null or actor_key = $1
                 window entries as (partition by actor_key order by seq)) as entry
           left join actor_snapshot as snapshot using (actor_key)
          where entry.epoch < epoch_before
             or entry.seq <> coalesce(seq_before, least(entry.seq - 1, coalesce(snapshot.seq, 0))) + 1
          order by actor_key, seq
          limit 1000`,
        [key],
      ),
      this.#pool.query<FindingRow>(
        `select entry.actor_key, entry.epoch, entry.seq, 'epoch_ahead' as fault
           from actor_journal as entry
           left join actor_owner as owner using (actor_key)
          where ($1::text is null or entry.actor_key = $1) and entry.epoch > coalesce(owner.epoch, 0)
          order by entry.actor_key, entry.seq
          limit 1000`,
        [key],
      ),
      this.#pool.query<Audited>(
        `select (select count(*)::int from actor_owner where $1::text is null or actor_key = $1) as actors,
                (select count(*)::int from actor_epoch where $1::text is null or actor_key = $1) as grants,
                (select count(*)::int from actor_journal where $1::text is null or actor_key = $1) as entries`,
        [key],
      ),
    ])
    const findings = [...owners.rows, ...order.rows, ...ahead.rows].map(({ actor_key, ...finding }) => ({
      key: actor_key,
      ...finding,
    }))
    return { findings, audited: counts.rows[0] ?? { actors: 0, grants: 0, entries: 0 } }
  }

  async entries(key: ActorKey, upTo: { seq: number } | { atMs: number }): Promise<readonly StoredEntry[]> {
    const [column, value] = 'seq' in upTo ? (['seq', upTo.seq] as const) : (['at', new Date(upTo.atMs)] as const)
    const { rows } = await this.#pool.query<JournalRow>(
      `select actor_key, seq, epoch, command_id, at, events, reply
         from actor_journal
        where actor_key = $1 and ${column} <= $2
        order by seq`,
      [key, value],
    )
    return rows.map(toStoredEntry)
  }
}
