import type pg from 'pg'
import { latestBy, timestamp, timestampOrNull, writeRecords, type WritesOf } from './rows.ts'

/** Inserts sanctions, or replaces an older generation. A younger one that is there already stays. */
export async function putSanctions(client: pg.ClientBase, writes: WritesOf<'sanction.put'>): Promise<void> {
  await writeRecords(
    client,
    'put-sanctions',
    `insert into voice_sanctions (scope, scope_id, user_id, kind, generation, until, moderator_id, reason, created_at)
     select scope, scope_id, user_id, kind, generation, until, moderator_id, reason, created_at
       from jsonb_to_recordset($1::jsonb) as sanction (
              scope text, scope_id text, user_id text, kind text, generation integer, until timestamptz,
              moderator_id text, reason text, created_at timestamptz)
         on conflict (scope, scope_id, user_id, kind) do update
        set generation = excluded.generation, until = excluded.until, moderator_id = excluded.moderator_id,
            reason = excluded.reason, created_at = excluded.created_at, lifted_at = null, lift_cause = null
      where voice_sanctions.generation < excluded.generation`,
    latestBy(writes, ({ scope, scopeId, userId, kind }) => [scope, scopeId, userId, kind].join(' ')).map(
      (sanction) => ({
        scope: sanction.scope,
        scope_id: sanction.scopeId,
        user_id: sanction.userId,
        kind: sanction.kind,
        generation: sanction.generation,
        until: timestampOrNull(sanction.untilMs),
        moderator_id: sanction.by,
        reason: sanction.reason,
        created_at: timestamp(sanction.atMs),
      }),
    ),
  )
}

/** Marks exactly that generation as lifted, once. */
export async function markLifted(client: pg.ClientBase, writes: WritesOf<'sanction.lifted'>): Promise<void> {
  await writeRecords(
    client,
    'mark-lifted',
    `update voice_sanctions as sanction
        set lifted_at = lift.lifted_at, lift_cause = lift.cause
       from jsonb_to_recordset($1::jsonb) as lift (
              scope text, scope_id text, user_id text, kind text, generation integer, lifted_at timestamptz, cause text)
      where sanction.scope = lift.scope and sanction.scope_id = lift.scope_id and sanction.user_id = lift.user_id
        and sanction.kind = lift.kind and sanction.generation = lift.generation and sanction.lifted_at is null`,
    writes.map((lift) => ({
      scope: lift.scope,
      scope_id: lift.scopeId,
      user_id: lift.userId,
      kind: lift.kind,
      generation: lift.generation,
      lifted_at: timestamp(lift.atMs),
      cause: lift.cause,
    })),
  )
}

/** The trail of moderation. */
export async function addModerationEvents(client: pg.ClientBase, writes: WritesOf<'moderation.event'>): Promise<void> {
  await writeRecords(
    client,
    'add-moderation-events',
    `insert into voice_moderation_events (
       id, room_id, moderator_id, target_user_id, action_type, reason, timestamp, expires_at, duration, is_temporary, action_data, evidence,
       scope, scope_id)
     select gen_random_uuid(), room_id, moderator_id, target_user_id, action_type, reason, happened_at, expires_at, duration,
            expires_at is not null, action_data, evidence, coalesce(scope, 'room'), scope_id
       from jsonb_to_recordset($1::jsonb) as event (
              room_id text, moderator_id text, target_user_id text, action_type text, reason text, happened_at timestamptz,
              expires_at timestamptz, duration integer, action_data jsonb, evidence text, scope text, scope_id text)`,
    writes.map((event) => ({
      room_id: event.roomId,
      moderator_id: event.moderatorId,
      target_user_id: event.targetUserId,
      action_type: event.action,
      reason: event.reason,
      happened_at: timestamp(event.atMs),
      expires_at: timestampOrNull(event.expiresAtMs),
      duration: event.durationS,
      action_data: event.data,
      evidence: event.evidence,
      scope: event.scope,
      scope_id: event.scopeId,
    })),
  )
}
