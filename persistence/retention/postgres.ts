import type pg from 'pg'
import type { RetentionStep } from '../../protocol/workflows.ts'
import { inTransaction } from '../transaction.ts'
import { removeJournal } from './journal.ts'
import type { RetainedRecords, RetentionDays } from './port.ts'

/** Rows that one statement removes. */
const atOnce = 2_000

/** For how long the rows of a room are kept: as it says itself, else as the operator says. `$1` are the days. */
const keptSince = `now() - coalesce((room.settings ->> 'retention_days')::integer, $1) * interval '1 day'`

/** What each step removes, a batch of rows at a time: `$1` the days, `$2` the most. */
const statements: Readonly<Record<Exclude<RetentionStep, 'journal'>, string>> = {
  seats: `
    delete from voice_participants
     where id = any (array (
             select seat.id
               from voice_participants as seat
               join voice_rooms as room using (room_id)
              where seat.status = 'left' and seat.last_activity < ${keptSince}
              order by seat.last_activity
              limit $2
                for update of seat skip locked))`,
  invites: `
    delete from voice_room_invites
     where id = any (array (
             select invite.id
               from voice_room_invites as invite
               join voice_rooms as room using (room_id)
              where invite.status <> 'pending'
                and greatest(invite.expires_at, invite.accepted_at, invite.rejected_at) < ${keptSince}
              order by invite.expires_at
              limit $2
                for update of invite skip locked))`,
  // Nobody's rows but their own: a file that is a week old was fetched, or can be asked for again.
  exports: `
    delete from person_export
     where export_id = any (array (
             select export_id
               from person_export
              where requested_at < now() - interval '7 days' and $1::integer is not null
              limit $2
                for update skip locked))`,
  roles: `
    delete from voice_room_roles
     where (room_id, user_id) in (
             select given.room_id, given.user_id
               from voice_room_roles as given
               join voice_rooms as room using (room_id)
              where room.status = 'closed' and room.last_activity_at < ${keptSince}
              limit $2
                for update of given skip locked)`,
}

/** What is kept, in Postgres. */
export class PgRetainedRecords implements RetainedRecords {
  readonly #pool: pg.Pool
  readonly #days: RetentionDays

  constructor(pool: pg.Pool, days: RetentionDays) {
    this.#pool = pool
    this.#days = days
  }

  removeNext(step: RetentionStep): Promise<{ readonly removed: number; readonly done: boolean }> {
    const { journalDays, roomDays } = this.#days
    return inTransaction(this.#pool, async (client) => {
      if (step === 'journal') return removeJournal(client, journalDays)
      const { rowCount } = await client.query(statements[step], [roomDays, atOnce])
      const removed = rowCount ?? 0
      return { removed, done: removed < atOnce }
    })
  }
}
