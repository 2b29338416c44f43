import pg from 'pg'
import { AppError } from '../../protocol/errors.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import type { PersistenceMetrics } from '../metrics.ts'
import { inTransaction } from '../transaction.ts'
import { appendEntries, appendFresh, isDuplicateCommand, NotAllFresh } from './append.ts'
import { loadActor } from './load.ts'
import type {
  ActorJournal,
  AppendOutcome,
  Claimant,
  FenceResult,
  JournalEntry,
  LoadedActor,
  StoredSnapshot,
} from './port.ts'
import { packSnapshot } from './snapshot-packing.ts'

/** Writes the rows that go with journaled entries, in the entries' transaction. */
export type WriteRecord<Write> = (client: pg.ClientBase, writes: readonly Write[]) => Promise<void>

/** So many grants of an actor are kept. */
const grantsKept = 64

/** The journal in Postgres. See the port for what it promises. */
export class PgActorJournal<Write> implements ActorJournal<Write> {
  readonly #pool: pg.Pool
  readonly #writeRecord: WriteRecord<Write>
  readonly #metrics: PersistenceMetrics

  constructor(pool: pg.Pool, writeRecord: WriteRecord<Write>, metrics: PersistenceMetrics) {
    this.#pool = pool
    this.#writeRecord = writeRecord
    this.#metrics = metrics
  }

  fence(key: ActorKey, epoch: number, claimant: Claimant, handed = false): Promise<FenceResult> {
    return inTransaction(this.#pool, async (client): Promise<FenceResult> => {
      const raise = client.query({
        name: 'fence',
        text: `with raised as (
           insert into actor_owner (actor_key, epoch, process, incarnation)
           values ($1, $2, $3, $4)
               on conflict (actor_key) do update
              set epoch = excluded.epoch, process = excluded.process, incarnation = excluded.incarnation, claimed_at = now()
            where actor_owner.epoch < excluded.epoch and ($5 or not exists (
                    select from node_lease as lease
                     where lease.incarnation = actor_owner.incarnation and lease.incarnation <> excluded.incarnation
                       and lease.expires_at > now()))
           returning *),
         forgotten as (
           delete from actor_epoch as old
            using raised
            where old.actor_key = raised.actor_key and old.epoch <= raised.epoch - ${grantsKept})
         insert into actor_epoch (actor_key, epoch, process, incarnation, cause)
         select actor_key, epoch, process, incarnation, case when $5 then 'handed' else 'claimed' end
           from raised`,
        values: [key, epoch, claimant.process, claimant.incarnation, handed],
      })
      // What is read leaves with it, and is read behind it: where it is granted, its lock keeps the actor as it is.
      const [raised, loaded] = await Promise.all([raise, this.#load(client, key, epoch)])
      if (raised.rowCount === 1) return { granted: true, loaded }
      return { granted: false, ...(await ownershipOf(client, key, epoch)) }
    })
  }

  async append(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]> {
    if (entries.length === 0) return []
    const startedMs = performance.now()
    let outcomes: readonly AppendOutcome[]
    try {
      outcomes = await this.#appendIsolated(entries)
    } catch (error) {
      this.#metrics.appendUnknown.inc()
      throw error
    }
    this.#metrics.appendSeconds.observe((performance.now() - startedMs) / 1_000)
    this.#metrics.appendBatch.observe(entries.length)
    this.#metrics.fenceRejections.inc(outcomes.filter((outcome, index) => isStale(entries[index], outcome)).length)
    return outcomes
  }

  async saveSnapshot(key: ActorKey, snapshot: StoredSnapshot): Promise<boolean> {
    const packed = await packSnapshot(snapshot.body)
    const saved = await this.#pool.query(
      `insert into actor_snapshot (actor_key, seq, epoch, packed)
       select owner.actor_key, $2, $3, $4
         from actor_owner as owner
        where owner.actor_key = $1 and owner.epoch = $3
          for share
           on conflict (actor_key) do update
          set seq = excluded.seq, epoch = excluded.epoch, body = null, packed = excluded.packed, taken_at = now(),
              is_damaged = false
        where actor_snapshot.seq < excluded.seq`,
      [key, snapshot.seq, snapshot.epoch, packed],
    )
    return saved.rowCount === 1
  }

  load(key: ActorKey): Promise<LoadedActor> {
    return inTransaction(this.#pool, async (client) => this.#load(client, key, await epochOf(client, key)), {
      mode: 'isolation level repeatable read, read only',
    })
  }

  async epochOf(key: ActorKey): Promise<number> {
    return epochOf(this.#pool, key)
  }

  async guestAppend(
    key: ActorKey,
    claimant: Claimant,
    decide: (loaded: LoadedActor, epoch: number) => JournalEntry<Write> | null,
  ): Promise<AppendOutcome | { readonly outcome: 'nothing' }> {
    try {
      return await inTransaction(
        this.#pool,
        async (client) => {
          const { epoch: current, isHeld } = await takeOwnerRow(client, key, claimant)
          if (isHeld) return { outcome: 'fenced', currentEpoch: current } as const
          const entry = decide(await this.#load(client, key, current), current + 1)
          if (!entry) return { outcome: 'nothing' } as const
          await client.query(
            `update actor_owner
                set epoch = $2, process = $3, incarnation = $4, claimed_at = now()
              where actor_key = $1`,
            [key, current + 1, claimant.process, claimant.incarnation],
          )
          await client.query(
            `insert into actor_epoch (actor_key, epoch, process, incarnation, cause)
             values ($1, $2, $3, $4, 'guest')`,
            [key, current + 1, claimant.process, claimant.incarnation],
          )
          const [outcome] = await this.#appendAndWrite(client, [entry])
          if (!outcome) throw new Error('an append without an outcome')
          return outcome
        },
        // What appends nothing raises no epoch either: a living owner is not fenced for it.
        { keepIf: ({ outcome }) => outcome === 'committed' },
      )
    } catch (error) {
      if (isRefusal(error)) return { outcome: 'refused', error }
      throw error
    }
  }

  #load(client: pg.ClientBase, key: ActorKey, epoch: number): Promise<LoadedActor> {
    return loadActor(client, key, epoch, () => this.#metrics.snapshotsDamaged.inc())
  }

  async #appendIsolated(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]> {
    try {
      return await this.#appendAllFresh(entries)
    } catch (error) {
      if (!(error instanceof NotAllFresh) && !isRefusal(error)) throw error
      const isOfTheJournal = error instanceof NotAllFresh || isDuplicateCommand(error)
      // Otherwise one entry breaks a rule of the tables. It must not take the others with it.
      return await (isOfTheJournal ? this.#appendWhatMay(entries) : this.#appendOneByOne(entries))
    }
  }

  async #appendWhatMay(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]> {
    try {
      return await this.#appendTogether(entries)
    } catch (error) {
      if (!isRefusal(error)) throw error
      // One entry breaks a rule of the tables. It must not take the others with it: each gets a transaction of its own.
      return this.#appendOneByOne(entries)
    }
  }

  /** Two round trips: everything, then the commit. */
  async #appendAllFresh(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]> {
    await inTransaction(this.#pool, (client) =>
      Promise.all([
        appendFresh(client, entries),
        this.#writeRecord(
          client,
          entries.flatMap(({ writes }) => writes),
        ),
      ]),
    )
    return entries.map(() => ({ outcome: 'committed' }))
  }

  #appendTogether(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]> {
    return inTransaction(this.#pool, (client) => this.#appendAndWrite(client, entries))
  }

  async #appendAndWrite(
    client: pg.ClientBase,
    entries: readonly JournalEntry<Write>[],
  ): Promise<readonly AppendOutcome[]> {
    const outcomes = await appendEntries(client, entries)
    const committed = entries.filter((_, index) => outcomes[index]?.outcome === 'committed')
    await this.#writeRecord(
      client,
      committed.flatMap(({ writes }) => writes),
    )
    return outcomes
  }

  async #appendOneByOne(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]> {
    const outcomes: AppendOutcome[] = []
    const failed = new Set<ActorKey>()
    for (const entry of entries) {
      const outcome: AppendOutcome = failed.has(entry.key)
        ? { outcome: 'fenced', currentEpoch: entry.epoch }
        : await this.#appendAlone(entry)
      if (outcome.outcome !== 'committed') failed.add(entry.key)
      outcomes.push(outcome)
    }
    return outcomes
  }

  async #appendAlone(entry: JournalEntry<Write>): Promise<AppendOutcome> {
    try {
      const [outcome] = await this.#appendTogether([entry])
      if (!outcome) throw new Error('an append without an outcome')
      return outcome
    } catch (error) {
      if (isRefusal(error)) return { outcome: 'refused', error }
      throw error
    }
  }
}

/** What stands in the way of a claim at that epoch: a higher one, or an owner with a lease in the record. */
async function ownershipOf(
  client: pg.ClientBase,
  key: ActorKey,
  epoch: number,
): Promise<{ currentEpoch: number; heldBy: Claimant | null }> {
  const found = await client.query<Claimant & { epoch: number }>(
    `select epoch, process, incarnation from actor_owner where actor_key = $1`,
    [key],
  )
  const owner = found.rows[0]
  if (!owner || owner.epoch >= epoch) return { currentEpoch: owner?.epoch ?? 0, heldBy: null }
  return { currentEpoch: owner.epoch, heldBy: { process: owner.process, incarnation: owner.incarnation } }
}

async function epochOf(client: pg.ClientBase | pg.Pool, key: ActorKey): Promise<number> {
  const owner = await client.query<{ epoch: number }>(`select epoch from actor_owner where actor_key = $1`, [key])
  return owner.rows[0]?.epoch ?? 0
}

/**
 * Takes the actor's owner row for this transaction alone, and returns the epoch in force, 0 where nobody ever owned it, and
 * whether another process that owns it holds a lease in the record. The row is made first where there is none, so that of two who come to a new actor one waits for the other.
 */
async function takeOwnerRow(
  client: pg.ClientBase,
  key: ActorKey,
  claimant: Claimant,
): Promise<{ readonly epoch: number; readonly isHeld: boolean }> {
  const made = await client.query(
    `insert into actor_owner (actor_key, epoch, process, incarnation)
     values ($1, 1, $2, $3)
         on conflict (actor_key) do nothing`,
    [key, claimant.process, claimant.incarnation],
  )
  if (made.rowCount === 1) return { epoch: 0, isHeld: false }
  const owner = await client.query<{ epoch: number; isHeld: boolean }>(
    `select epoch, exists (
              select from node_lease as lease
               where lease.incarnation = actor_owner.incarnation and lease.incarnation <> $2 and lease.expires_at > now()) as "isHeld"
       from actor_owner
      where actor_key = $1
        for update`,
    [key, claimant.incarnation],
  )
  return owner.rows[0] ?? { epoch: 0, isHeld: false }
}

/** Refused for its epoch, and not only for standing behind an entry that failed. */
const isStale = (entry: JournalEntry<unknown> | undefined, outcome: AppendOutcome): boolean =>
  outcome.outcome === 'fenced' && outcome.currentEpoch !== entry?.epoch

/**
 * Nothing was written, and nothing ever will be. An AppError is the record's own rule. SQLSTATE classes 22 (bad data), 23 (integrity), 42 (a wrong statement) and
 * 54 (a limit of Postgres); a RangeError is a time that no calendar has. Everything else leaves the outcome unknown.
 */
const isRefusal = (error: unknown): error is Error =>
  error instanceof RangeError ||
  error instanceof AppError ||
  (error instanceof pg.DatabaseError && /^(22|23|42|54)/.test(error.code ?? ''))
