import type pg from 'pg'
import {
  clockKeyOf,
  clockKinds,
  sanctionsOfWorkflowId,
  type ClockKind,
  type OutboxMessage,
} from '../../protocol/workflows.ts'
import type { AwaitedClock, ClockCount, ClockPage, ClockRecords } from './port.ts'

/** What is told a workflow of which the record knows nothing: above every generation. */
const beyondEveryGeneration = 2_147_483_647

interface Query {
  /** The message that starts the workflow, as JSON; what names the row; when it is due, and when it last changed. */
  readonly awaited: string
}

/** Each kind as a table of one shape: `message`, `id` (which orders rows of one moment), `due`, `changed`, `room_id`. */
const awaitedOf: Readonly<Record<ClockKind, Query>> = {
  sanction: {
    awaited: `select jsonb_build_object(
                       'kind', 'sanction.set', 'generation', generation, 'untilMs', (extract(epoch from until) * 1000)::bigint,
                       'ref', jsonb_build_object('kind', kind, 'scope', scope, 'scopeId', scope_id, 'userId', user_id)) as message,
                     concat_ws(' ', scope, scope_id, user_id, kind) as id, until as due, created_at as changed,
                     case scope when 'room' then scope_id end as room_id
                from voice_sanctions
               where lifted_at is null and until is not null`,
  },
  room: {
    awaited: `select jsonb_build_object(
                       'kind', 'room_end.set', 'roomId', room_id, 'generation', end_generation,
                       'atMs', (extract(epoch from closes_at) * 1000)::bigint,
                       'warns', closes_at is not distinct from scheduled_end_at) as message,
                     room_id as id, closes_at as due, last_activity_at as changed, room_id
                from voice_rooms
               where status = 'active' and closes_at is not null and end_generation > 0`,
  },
  invite: {
    awaited: `select jsonb_build_object(
                       'kind', 'invite.set', 'inviteId', invite_id, 'roomId', room_id, 'generation', 1,
                       'atMs', (extract(epoch from expires_at) * 1000)::bigint) as message,
                     invite_id as id, expires_at as due, created_at as changed, room_id
                from voice_room_invites
               where status = 'pending'`,
  },
}

interface AwaitedRow {
  readonly message: OutboxMessage
  readonly id: string
  readonly due: Date
}

const toClock = (kind: ClockKind, { message, due }: AwaitedRow): AwaitedClock => ({
  ...{ kind, key: clockKeyOf(message), message },
  dueMs: due.getTime(),
})

/** What the record in Postgres awaits. */
export class PgClockRecords implements ClockRecords {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async awaited(kind: ClockKind, after: string | null, limit: number): Promise<ClockPage> {
    const [dueMs, id] = after === null ? [null, null] : readCursor(after)
    const found = await this.#pool.query<AwaitedRow & { readonly settled: boolean }>(
      `select message, id, due, changed < now() - interval '1 minute' as settled
         from (${awaitedOf[kind].awaited}) as awaited
        where $1::timestamptz is null or (due, id) > ($1, $2::text)
        order by due, id
        limit $3`,
      [dueMs === null ? null : new Date(dueMs), id, limit],
    )
    const last = found.rows.at(-1)
    const settled = found.rows.filter((row) => row.settled).map((row) => toClock(kind, row))
    const busy = await this.#inOutbox(settled.map(({ key }) => key))
    return {
      clocks: settled.filter(({ key }) => !busy.has(key)),
      next: last && found.rows.length === limit ? `${last.due.getTime()} ${last.id}` : null,
    }
  }

  async inVain(kind: ClockKind, keys: readonly string[]): Promise<readonly OutboxMessage[]> {
    const busy = await this.#inOutbox(keys)
    const asked = keys.filter((key) => !busy.has(key))
    switch (kind) {
      case 'sanction':
        return this.#sanctionsInVain(asked)
      case 'room':
        return this.#roomsInVain(asked.map((key) => key.slice('room-expiry:'.length)))
      case 'invite':
        return this.#invitesInVain(asked.map((key) => key.slice('invite:'.length)))
    }
  }

  async ofRoom(roomId: string): Promise<readonly AwaitedClock[]> {
    const found = await Promise.all(
      clockKinds.map(async (kind) => {
        const { rows } = await this.#pool.query<AwaitedRow>(
          `select message, id, due from (${awaitedOf[kind].awaited}) as awaited where room_id = $1 order by due, id limit 1000`,
          [roomId],
        )
        return rows.map((row) => toClock(kind, row))
      }),
    )
    return found.flat().sort((a, b) => a.dueMs - b.dueMs)
  }

  async count(): Promise<readonly ClockCount[]> {
    return Promise.all(
      clockKinds.map(async (kind) => {
        const { rows } = await this.#pool.query<{ awaited: number; overdue: number }>(
          `select count(*)::integer as awaited, (count(*) filter (where due < now() - interval '30 seconds'))::integer as overdue
             from (${awaitedOf[kind].awaited}) as awaited`,
        )
        return { kind, awaited: rows[0]?.awaited ?? 0, overdue: rows[0]?.overdue ?? 0 }
      }),
    )
  }

  async #inOutbox(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.#pool.query<{ key: string }>(
      `select distinct key from outbox where sent_at is null and key = any($1)`,
      [keys],
    )
    return new Set(rows.map(({ key }) => key))
  }

  /** An id with colons may be of several sanctions: it waits in vain when it does so for each of them. */
  async #sanctionsInVain(keys: readonly string[]): Promise<readonly OutboxMessage[]> {
    const refs = keys.flatMap((key, of) => sanctionsOfWorkflowId(key).map((ref) => ({ of, ref })))
    const { rows } = await this.#pool.query<{ of: number; generation: number | null; over: boolean | null }>(
      `select asked.of, generation, lifted_at < now() - interval '1 minute' or (lifted_at is null and until is null) as over
         from unnest($1::integer[], $2::text[], $3::text[], $4::text[], $5::text[]) as asked (of, scope, scope_id, user_id, kind)
         left join voice_sanctions using (scope, scope_id, user_id, kind)`,
      [
        refs.map(({ of }) => of),
        refs.map(({ ref }) => ref.scope),
        refs.map(({ ref }) => ref.scopeId),
        refs.map(({ ref }) => ref.userId),
        refs.map(({ ref }) => ref.kind),
      ],
    )
    return keys.flatMap((key, of): OutboxMessage[] => {
      const [ref] = sanctionsOfWorkflowId(key)
      const known = rows.filter((row) => row.of === of && row.generation !== null)
      if (!ref || known.some(({ over }) => over !== true)) return []
      const generation = Math.max(...known.map((row) => row.generation ?? 0), 0) || beyondEveryGeneration
      return [{ kind: 'sanction.ended', ref, generation }]
    })
  }

  async #roomsInVain(ids: readonly string[]): Promise<readonly OutboxMessage[]> {
    const { rows } = await this.#pool.query<{ room_id: string; end_generation: number; over: boolean }>(
      `select room_id, end_generation,
              (status = 'closed' or closes_at is null) and last_activity_at < now() - interval '1 minute' as over
         from voice_rooms
        where room_id = any($1)`,
      [ids],
    )
    const known = new Map(rows.map((row) => [row.room_id, row]))
    return ids.flatMap((roomId): OutboxMessage[] => {
      const row = known.get(roomId)
      if (row && !row.over) return []
      const generation = row?.end_generation ?? beyondEveryGeneration
      return [{ kind: 'room_end.set', roomId, generation, atMs: null, warns: false }]
    })
  }

  async #invitesInVain(ids: readonly string[]): Promise<readonly OutboxMessage[]> {
    const { rows } = await this.#pool.query<{ invite_id: string }>(
      `select invite_id
         from voice_room_invites
        where invite_id = any($1) and (status = 'pending' or expires_at > now() - interval '1 minute' and status = 'expired')`,
      [ids],
    )
    const awaited = new Set(rows.map((row) => row.invite_id))
    return ids
      .filter((inviteId) => !awaited.has(inviteId))
      .map((inviteId) => ({ kind: 'invite.ended', inviteId, generation: 1 }))
  }
}

/** Cursors stay within Temporal's own histories: nobody else makes them. */
function readCursor(cursor: string): [dueMs: number, id: string] {
  const space = cursor.indexOf(' ')
  return [Number(cursor.slice(0, space)), cursor.slice(space + 1)]
}
