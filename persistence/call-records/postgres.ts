import pg from 'pg'
import type { SessionId } from '../../protocol/ids.ts'
import { latestBy } from '../record/rows.ts'
import { batchOf, readBatch, type Column } from './columns.ts'
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
    return this.#write(rows, 'put-signals', putSignals, batchOf(signalColumns, rows))
  }

  writeQuality(rows: readonly QualityRow[]): Promise<Written> {
    return this.#write(rows, 'put-quality', putQuality, batchOf(qualityColumns, rows))
  }

  writeLinks(rows: readonly LinkRow[]): Promise<Written> {
    const latest = latestBy(rows, ({ sessionId }) => sessionId)
    return this.#write(latest, 'put-links', putLinks, batchOf(linkColumns, latest))
  }

  async #write(sessions: readonly OfSession[], name: string, text: string, batch: string): Promise<Written> {
    try {
      await this.#putSessions(sessions)
      const { rows } = await this.#pool.query<Written>({ name, text, values: [batch] })
      const unknown = rows[0]?.unknown ?? 0
      // Their rows may have been removed since: they are asked for again.
      if (unknown > 0) for (const { sessionId } of sessions) this.#known.delete(sessionId)
      return { unknown }
    } catch (error) {
      throw isRefusal(error) ? new RowsRefused(error) : error
    }
  }

  async #putSessions(sessions: readonly OfSession[]): Promise<void> {
    const fresh = latestBy(
      sessions.filter(({ sessionId }) => !this.#known.has(sessionId)),
      ({ sessionId }) => sessionId,
    )
    if (fresh.length === 0) return
    await this.#pool.query({ name: 'put-sessions', text: putSessions, values: [batchOf(sessionColumns, fresh)] })
    for (const { sessionId } of fresh) this.#known.add(sessionId)
    for (const first of this.#known) {
      if (this.#known.size <= knownMax) break
      this.#known.delete(first)
    }
  }
}

type OfSession = SessionFacts & { readonly atMs: number }

const sessionColumns: readonly Column<OfSession>[] = [
  ['session_id', 'text', ({ sessionId }) => sessionId],
  ['room_id', 'text', ({ roomId }) => roomId],
  ['user_id', 'text', ({ userId }) => userId],
  ['at_ms', 'float8', ({ atMs }) => atMs],
]

const signalColumns: readonly Column<SignalRow>[] = [
  ...sessionColumns,
  ['id', 'uuid', ({ id }) => id],
  ['to_user', 'text', ({ toUser }) => toUser],
  ['to_session', 'text', ({ toSession }) => toSession],
  ['message_type', 'text', ({ messageType }) => messageType],
  ['sdp', 'text', ({ sdp }) => sdp],
  ['sdp_length', 'integer', ({ sdpLength }) => sdpLength],
  ['candidate', 'text', ({ candidate }) => candidate],
  ['candidate_length', 'integer', ({ candidateLength }) => candidateLength],
  ['candidate_type', 'text', ({ candidateType }) => candidateType],
  ['sequence_number', 'integer', ({ sequence }) => sequence],
  ['is_reliable', 'boolean', ({ isReliable }) => isReliable],
]

const qualityColumns: readonly Column<QualityRow>[] = [
  ...sessionColumns,
  ['id', 'uuid', ({ id }) => id],
  ['jitter_ms', 'float8', ({ report }) => report.jitter_ms],
  ['packets_lost', 'integer', ({ report }) => report.packets_lost],
  ['packets_sent', 'integer', ({ report }) => report.packets_sent],
  ['bytes_sent', 'bigint', ({ report }) => report.bytes_sent],
  ['round_trip_time', 'float8', ({ report }) => report.round_trip_time],
  ['packet_loss_rate', 'float8', ({ report }) => report.packet_loss_rate],
  ['audio_level', 'float8', ({ report }) => report.audio_level],
  ['quality_score', 'float8', ({ score }) => score],
  ['codec_used', 'text', ({ report }) => report.codec_used],
  ['network_type', 'text', ({ report }) => report.network_type],
  ['has_issues', 'boolean', ({ hasIssues }) => hasIssues],
  ['codec_stats', 'jsonb', ({ report }) => report.codec_stats],
  ['network_stats', 'jsonb', ({ networkStats }) => networkStats],
]

const linkColumns: readonly Column<LinkRow>[] = [...sessionColumns, ['state', 'text', ({ state }) => state]]

/** In the order of the ids, so that two batches never wait for each other in a ring. */
const putSessions = `
  insert into webrtc_sessions (id, session_id, room_id, user_id, created_at)
  select session_id::uuid, session_id, room_id, user_id, to_timestamp(at_ms / 1000)
    from (${readBatch(sessionColumns)}) as session
   where exists (select from voice_rooms as room where room.room_id = session.room_id)
   order by session.session_id
      on conflict (session_id) do nothing`

const putSignals = `
  with given as (
         ${readBatch(signalColumns)}),
       known as (
         select given.* from given join webrtc_sessions as session using (session_id, room_id)),
       put as (
         insert into signaling_messages (
           id, session_id, from_user, to_user, message_type, sdp, candidate, candidate_type, sequence_number, timestamp,
           is_reliable, metadata)
         select id, session_id, user_id, to_user, message_type, sdp, candidate, candidate_type, sequence_number,
                to_timestamp(at_ms / 1000), is_reliable,
                jsonb_strip_nulls(jsonb_build_object(
                  'to_session', to_session, 'sdp_length', sdp_length, 'candidate_length', candidate_length))
           from known
             on conflict (id, timestamp) do nothing)
  select (select count(*) from given) - (select count(*) from known) as unknown`

/** What was put is marked for the rollups in the same statement: see quality-rollups/. */
const putQuality = `
  with given as (
         ${readBatch(qualityColumns)}),
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
         ${readBatch(linkColumns)}),
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

/** SQLSTATE classes of rows that do not fit: bad data, and broken constraints. */
const isRefusal = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code?.startsWith('22') === true || error.code?.startsWith('23') === true)
