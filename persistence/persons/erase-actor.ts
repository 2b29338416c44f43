import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { scopeKey } from '../../protocol/sanctions/scope.ts'
import { packSnapshot, unpackSnapshot } from '../journal/snapshot-packing.ts'
import { withoutPerson, type Erased } from './without-person.ts'

export interface Person {
  readonly userId: string
  readonly pseudonym: string
}

/** Where somebody is spoken of: a room, a zone, or a scope of sanctions beyond one. */
export interface ErasedActor {
  readonly scope: 'room' | 'zone' | 'guild' | 'global'
  readonly scopeId: string
}

/** Journal rows rewritten at once. */
const rowsAtOnce = 500

/** In force: neither lifted nor past its time. */
const inForce = `lifted_at is null and (until is null or until > now())`

/** Any actor in whose rows the person stands, but for sanctions on them that are in force; null for none. */
export async function actorOf(client: pg.ClientBase, userId: string): Promise<ErasedActor | null> {
  const { rows } = await client.query<{ scope: ErasedActor['scope']; scope_id: string }>(
    `(select 'room' as scope, room_id as scope_id from voice_participants where user_id = $1 limit 1)
      union all (select scope, scope_id from voice_sanctions where user_id = $1 and not (${inForce}) limit 1)
      union all (select scope, scope_id from voice_sanctions where moderator_id = $1 limit 1)
      union all (select scope, coalesce(room_id, scope_id) from voice_moderation_events where target_user_id = $1 limit 1)
      union all (select scope, coalesce(room_id, scope_id) from voice_moderation_events where moderator_id = $1 limit 1)
      union all (select 'room', room_id from voice_room_invites where invitee_id = $1 or inviter_id = $1 limit 1)
      union all (select 'room', room_id from voice_rooms where owner_id = $1 limit 1)
      union all (select 'zone', zone_id from voice_zones where created_by = $1 limit 1)
      limit 1`,
    [userId],
  )
  return rows[0] ? { scope: rows[0].scope, scopeId: rows[0].scope_id } : null
}

/**
 * Rewrites the actor's journal and rows. Its epoch is raised, as by a guest's write: whoever has it in memory is fenced at the next
 * append, and loads it anew, without the person; the snapshot goes, and with it what it said of them.
 */
export async function eraseActor(client: pg.ClientBase, actor: ErasedActor, person: Person): Promise<void> {
  const { scope, scopeId } = actor
  const key = keyOf(actor)
  await raiseEpoch(client, key)
  const { rows } = await client.query<{ kind: string; generation: number }>(
    `select kind, generation from voice_sanctions where scope = $1 and scope_id = $2 and user_id = $3 and ${inForce}`,
    [scope, scopeId, person.userId],
  )
  const standing = new Set(rows.map(({ kind, generation }) => `${kind} ${generation}`))
  const erased: Erased = {
    ...person,
    keeps: ({ kind, generation }) => standing.has(`${String(kind)} ${String(generation)}`),
  }
  await rewriteJournal(client, key, erased)
  await forgetSnapshot(client, key, erased)
  await rewriteRows(client, actor, person)
}

const keyOf = ({ scope, scopeId }: ErasedActor): string =>
  scope === 'room' || scope === 'zone' ? `${scope}:${scopeId}` : scopeKey({ scope, scopeId })

async function raiseEpoch(client: pg.ClientBase, key: string): Promise<void> {
  const { rows } = await client.query<{ epoch: number; process: string; incarnation: string }>(
    `update actor_owner
        set epoch = epoch + 1, process = 'eraser', incarnation = $2, claimed_at = now()
      where actor_key = $1
  returning epoch, process, incarnation`,
    [key, randomUUID()],
  )
  for (const { epoch, process, incarnation } of rows) {
    await client.query(
      `insert into actor_epoch (actor_key, epoch, process, incarnation, cause) values ($1, $2, $3, $4, 'guest')`,
      [key, epoch, process, incarnation],
    )
  }
}

interface JournalColumns {
  readonly seq: number
  readonly command_id: string
  readonly events: unknown
  readonly reply: unknown
}

async function rewriteJournal(client: pg.ClientBase, key: string, erased: Erased): Promise<void> {
  const { userId, pseudonym } = erased
  for (let after = 0; ;) {
    const { rows } = await client.query<JournalColumns>(
      `select seq::integer as seq, command_id, events, reply from actor_journal where actor_key = $1 and seq > $2 order by seq limit $3`,
      [key, after, rowsAtOnce],
    )
    for (const row of rows) {
      const [events, reply] = [withoutPerson(row.events, erased), withoutPerson(row.reply, erased)]
      // Ids of workflows name the user of a sanction, in front of the generation.
      const commandId = row.command_id.replace(`:${userId}/`, `:${pseudonym}/`)
      if (events === row.events && reply === row.reply && commandId === row.command_id) continue
      await client.query(
        `update actor_journal set events = $3::jsonb, reply = $4::jsonb, command_id = $5 where actor_key = $1 and seq = $2`,
        [key, row.seq, JSON.stringify(events), reply === null ? null : JSON.stringify(reply), commandId],
      )
    }
    const last = rows.at(-1)
    if (!last || rows.length < rowsAtOnce) return
    after = last.seq
  }
}

/** The journal holds all that the snapshot does, unless its beginning is gone: then it is rewritten as well. */
async function forgetSnapshot(client: pg.ClientBase, key: string, erased: Erased): Promise<void> {
  const { rows } = await client.query<{ body: unknown; packed: Buffer | null; is_needed: boolean }>(
    `select body, packed, not exists (select from actor_journal where actor_key = $1 and seq = 1) as is_needed
       from actor_snapshot
      where actor_key = $1
        for update`,
    [key],
  )
  const [snapshot] = rows
  if (!snapshot?.is_needed) {
    await client.query(`delete from actor_snapshot where actor_key = $1`, [key])
    return
  }
  const body = snapshot.packed ? await unpackSnapshot(snapshot.packed) : snapshot.body
  await client.query(`update actor_snapshot set body = null, packed = $2 where actor_key = $1`, [
    key,
    await packSnapshot(withoutPerson(body, erased)),
  ])
}

async function rewriteRows(client: pg.ClientBase, { scope, scopeId }: ErasedActor, person: Person): Promise<void> {
  const change = (text: string) => client.query(text, [person.userId, person.pseudonym, scopeId])
  if (scope === 'room') {
    await change(
      `update voice_participants
          set user_id = $2, username = 'erased', user_agent = null, ip_address = null, capabilities = null, stats = null,
              x = null, y = null, z = null
        where room_id = $3 and user_id = $1`,
    )
    await change(
      `update voice_room_invites
          set message = '', inviter_id = case inviter_id when $1 then $2 else inviter_id end,
              invitee_id = case invitee_id when $1 then $2 else invitee_id end
        where room_id = $3 and (inviter_id = $1 or invitee_id = $1)`,
    )
    await change(`update voice_rooms set owner_id = $2 where room_id = $3 and owner_id = $1`)
  }
  if (scope === 'zone') await change(`update voice_zones set created_by = $2 where zone_id = $3 and created_by = $1`)
  const inScope = `scope = '${scope}' and scope_id = $3`
  const ofScope = scope === 'room' ? `room_id = $3` : inScope
  await change(
    `update voice_moderation_events
        set reason = '', evidence = null, target_user_id = case target_user_id when $1 then $2 else target_user_id end,
            moderator_id = case moderator_id when $1 then $2 else moderator_id end
      where ${ofScope} and (target_user_id = $1 or moderator_id = $1)`,
  )
  await change(
    `update voice_sanctions set user_id = $2, reason = '' where ${inScope} and user_id = $1 and not (${inForce})`,
  )
  await change(`update voice_sanctions set reason = '' where ${inScope} and user_id = $1 and $2 <> ''`)
  await change(`update voice_sanctions set moderator_id = $2, reason = '' where ${inScope} and moderator_id = $1`)
}
