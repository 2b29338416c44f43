import pg from 'pg'
import type { SessionId } from '../../protocol/ids.ts'
import { latestBy } from '../record/rows.ts'
import {
  RowsRefused,
  type CallStore,
  type LinkRow,
  type QualityRow,
  type SessionFacts,
  type SignalRow,
  type Written,
} from './port.ts'

/** Sessions whose row is known to be there; beyond it those that came first are asked for again. */
const knownMax = 50_000

/**
 * Rows of calls in Postgres: one statement a batch, behind one for the sessions that are new. Neither is part of a transaction,
 * since each may be repeated. A row's timestamp is a part of its key, so a repeated row finds itself.
 */
export class PgCallStore implements CallStore {
  readonly #pool: pg.Pool
  readonly #known = new Set<SessionId>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  writeSignals(rows: readonly SignalRow[]): Promise<Written> {
    return this.#write(rows, 'put-signals', putSignals, rows.map(signalRecord))
  }

  writeQuality(rows: readonly QualityRow[]): Promise<Written> {
    return this.#write(rows, 'put-quality', putQuality, rows.map(qualityRecord))
  }

  async writeLinks(rows: readonly LinkRow[]): Promise<Written> {
    const latest = latestBy(rows, ({ sessionId }) => sessionId)
    const { unknown } = await this.#write(latest, 'put-links', putLinks, latest.map(linkRecord))
    return { unknown }
  }

  async #write(
    sessions: readonly (SessionFacts & { readonly atMs: number })[],
    name: string,
    text: string,
    records: readonly object[],
  ): Promise<Written> {
    try {
      await this.#putSessions(sessions)
      const { rows } = await this.#pool.query<Written>({ name, text, values: [JSON.stringify(records)] })
      const unknown = rows[0]?.unknown ?? 0
      // Their rows may have been removed since: they are asked for again.
      if (unknown > 0) for (const { sessionId } of sessions) this.#known.delete(sessionId)
      return { unknown }
    } catch (error) {
      throw isRefusal(error) ? new RowsRefused(error) : error
    }
  }

  async #putSessions(sessions: readonly (SessionFacts & { readonly atMs: number })[]): Promise<void> {
    const fresh = latestBy(
      sessions.filter(({ sessionId }) => !this.#known.has(sessionId)),
      ({ sessionId }) => sessionId,
    )
    if (fresh.length === 0) return
    const values = [JSON.stringify(fresh.map(sessionRecord))]
    await this.#pool.query({ name: 'put-sessions', text: putSessions, values })
    for (const { sessionId } of fresh) this.#known.add(sessionId)
    for (const first of this.#known) {
      if (this.#known.size <= knownMax) break
      this.#known.delete(first)
    }
  }
}

/** In the order of the ids, so that two batches never wait for each other in a ring. */
const putSessions = `
  insert into webrtc_sessions (id, session_id, room_id, user_id, created_at)
  select session_id::uuid, session_id, room_id, user_id, to_timestamp(at_ms / 1000)
    from jsonb_to_recordset($1::jsonb) as session (session_id text, room_id text, user_id text, at_ms float8)
   where exists (select from voice_rooms as room where room.room_id = session.room_id)
   order by session.session_id
      on conflict (session_id) do nothing`

const putSignals = `
  with given as (
         select * from jsonb_to_recordset($1::jsonb) as signal (
           id uuid, session_id text, room_id text, from_user text, to_user text, message_type text, sdp text, candidate text,
           candidate_type text, sequence_number integer, at_ms float8, is_reliable boolean, metadata jsonb)),
       known as (
         select given.* from given join webrtc_sessions as session using (session_id, room_id)),
       put as (
         insert into signaling_messages (
           id, session_id, from_user, to_user, message_type, sdp, candidate, candidate_type, sequence_number, timestamp,
           is_reliable, metadata)
         select id, session_id, from_user, to_user, message_type, sdp, candidate, candidate_type, sequence_number,
                to_timestamp(at_ms / 1000), is_reliable, metadata
           from known
             on conflict (id, timestamp) do nothing)
  select (select count(*) from given) - (select count(*) from known) as unknown`

/** What was put is marked for the rollups in the same statement: see quality-rollups/. */
const putQuality = `
  with given as (
         select * from jsonb_to_recordset($1::jsonb) as report (
           id uuid, session_id text, room_id text, user_id text, at_ms float8, jitter_ms float8, packets_lost integer,
           packets_sent integer, bytes_sent bigint, round_trip_time float8, packet_loss_rate float8, audio_level float8,
           quality_score float8, codec_used text, network_type text, has_issues boolean, codec_stats jsonb,
           network_stats jsonb)),
       known as (
         select given.* from given join webrtc_sessions as session using (session_id, room_id)),
       put as (
         insert into voice_quality_metrics (
           id, room_id, user_id, session_id, timestamp, jitter_ms, packets_lost, packets_sent, bytes_sent, round_trip_time,
           packet_loss_rate, audio_level, quality_score, codec_used, network_type, has_issues, codec_stats, network_stats)
         select id, room_id, user_id, session_id, to_timestamp(at_ms / 1000), round(jitter_ms)::integer, packets_lost,
                packets_sent, bytes_sent, round_trip_time, packet_loss_rate, audio_level, quality_score, codec_used,
                network_type, has_issues, codec_stats, network_stats
           from known
             on conflict (id, timestamp) do nothing
         returning timestamp),
       marked as (
         insert into voice_quality_pending (width, bucket, due_at)
         select 'minute', bucket, greatest(now(), bucket + interval '65 seconds')
           from (select distinct date_trunc('minute', timestamp) as bucket from put) as minutes
          order by bucket
             on conflict (width, bucket) do update set writes = voice_quality_pending.writes + 1)
  select (select count(*) from given) - (select count(*) from known) as unknown`

const putLinks = `
  with given as (
         select * from jsonb_to_recordset($1::jsonb) as link (session_id text, room_id text, state text, at_ms float8)),
       known as (
         select given.* from given join webrtc_sessions as session using (session_id, room_id) order by session_id),
       put as (
         update webrtc_sessions as session
            set status = known.state,
                connected_at = case when known.state = 'connected'
                                    then coalesce(session.connected_at, to_timestamp(known.at_ms / 1000))
                                    else session.connected_at end
           from known
          where session.session_id = known.session_id and session.disconnected_at is null)
  select (select count(*) from given) - (select count(*) from known) as unknown`

const sessionRecord = ({ sessionId, roomId, userId, atMs }: SessionFacts & { readonly atMs: number }) => ({
  session_id: sessionId,
  room_id: roomId,
  user_id: userId,
  at_ms: atMs,
})

const signalRecord = (row: SignalRow) => ({
  id: row.id,
  session_id: row.sessionId,
  room_id: row.roomId,
  from_user: row.userId,
  to_user: row.toUser,
  message_type: row.messageType,
  sdp: row.sdp,
  candidate: row.candidate,
  candidate_type: row.candidateType,
  sequence_number: row.sequence,
  at_ms: row.atMs,
  is_reliable: row.isReliable,
  metadata: row.metadata,
})

const qualityRecord = ({ report, ...row }: QualityRow) => ({
  id: row.id,
  session_id: row.sessionId,
  room_id: row.roomId,
  user_id: row.userId,
  at_ms: row.atMs,
  jitter_ms: report.jitter_ms,
  packets_lost: report.packets_lost,
  packets_sent: report.packets_sent,
  bytes_sent: report.bytes_sent,
  round_trip_time: report.round_trip_time,
  packet_loss_rate: report.packet_loss_rate,
  audio_level: report.audio_level,
  quality_score: row.score,
  codec_used: report.codec_used,
  network_type: report.network_type,
  has_issues: row.hasIssues,
  codec_stats: report.codec_stats,
  network_stats: row.networkStats,
})

const linkRecord = ({ sessionId, roomId, state, atMs }: LinkRow) => ({
  session_id: sessionId,
  room_id: roomId,
  state,
  at_ms: atMs,
})

/** SQLSTATE classes of rows that do not fit: bad data, and broken constraints. */
const isRefusal = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code?.startsWith('22') === true || error.code?.startsWith('23') === true)
