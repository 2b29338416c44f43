import type pg from 'pg'
import type { Person } from './erase-actor.ts'

/** Takes the person out of what belongs to no actor, and what speaks of them out of the audit log, whose chains hold all the same. */
export async function eraseElsewhere(client: pg.ClientBase, { userId, pseudonym }: Person): Promise<void> {
  const change = (text: string) => client.query(text, [userId, pseudonym])
  await change(
    `update webrtc_sessions
        set user_id = $2, local_sdp = null, remote_sdp = null, ice_candidates = null, connection_stats = null
      where user_id = $1`,
  )
  await change(
    `update signaling_messages
        set sdp = null, candidate = null, metadata = null, from_user = case from_user when $1 then $2 else from_user end,
            to_user = case to_user when $1 then $2 else to_user end
      where from_user = $1 or to_user = $1`,
  )
  await change(`update voice_quality_metrics set user_id = $2 where user_id = $1`)
  await change(
    `update voice_recordings set title = null, participants = null, initiator_id = $2 where initiator_id = $1`,
  )
  await change(`update voice_raids set creator_id = $2 where creator_id = $1`)
  await client.query(`delete from person_export where user_id = $1`, [userId])
  await client.query(`delete from voice_raid_signups where user_id = $1`, [userId])
  await client.query(`update voice_raid_occurrences set given = given - $1 where given ? $1`, [userId])
  await client.query(`delete from outbox where sent_at is not null and message->'ref'->>'userId' = $1`, [userId])
  await client.query(`update voice_audit set body = null, salt = null where actor_user = $1 or target_user = $1`, [
    userId,
  ])
}
