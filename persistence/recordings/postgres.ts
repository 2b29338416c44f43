import type pg from 'pg'
import { AppError } from '../../protocol/errors.ts'
import { recordingWorkflowId, type RecordingOutcome } from '../../protocol/recordings/workflow.ts'
import { putOutbox } from '../record/put-outbox.ts'
import { inTransaction } from '../transaction.ts'
import type { EndedRecording, RecordingBook, RecordingRow } from './port.ts'

/** Recordings in Postgres. */
export class PgRecordingBook implements RecordingBook {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async end({ recordingId, roomId, initiatorId, title, isPublic, startedAtMs, endedAtMs, queue }: EndedRecording) {
    await inTransaction(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        `insert into voice_recordings (id, recording_id, room_id, initiator_id, title, is_public, started_at, ended_at, duration, status)
         values ($1::uuid, $1::text, $2, $3, $4, $5, $6, $7, $7::timestamptz - $6::timestamptz, 'finalising')
             on conflict (recording_id) do update
            set ended_at = excluded.ended_at, duration = excluded.duration, status = 'finalising'
          where voice_recordings.status = 'recording'`,
        [recordingId, roomId, initiatorId, title, isPublic, new Date(startedAtMs), new Date(endedAtMs)],
      )
      if (rowCount === 0) return
      const lengthMs = Math.max(0, endedAtMs - startedAtMs)
      const message = { kind: 'recording.finalise', generation: 1, recordingId, lengthMs, queue } as const
      await putOutbox(client, [{ write: 'outbox', key: recordingWorkflowId(recordingId), message, atMs: endedAtMs }])
    })
  }

  async conclude(recordingId: string, outcome: RecordingOutcome): Promise<RecordingOutcome['status']> {
    const ready = outcome.status === 'ready' ? outcome : null
    const { rows } = await this.#pool.query<{ status: RecordingOutcome['status'] }>(
      `with concluded as (
         update voice_recordings
            set status = $2, file_path = $3, checksum = $4, file_size = $5, failure = $6, concluded_at = now(),
                duration = coalesce($7 * interval '1 millisecond', duration)
          where recording_id = $1 and status = 'finalising'
      returning status)
       select status from concluded
        union all
       select status
         from voice_recordings
        where recording_id = $1 and status <> 'finalising' and not exists (select from concluded)`,
      [
        ...[
          recordingId,
          outcome.status,
          ready?.key ?? null,
          ready?.checksum.sha256 ?? null,
          ready?.checksum.bytes ?? null,
        ],
        ...[outcome.status === 'failed' ? outcome.reason.slice(0, 500) : null, ready?.lengthMs ?? null],
      ],
    )
    const [row] = rows
    if (!row) throw new AppError('NOT_FOUND')
    return row.status
  }

  async read(recordingId: string): Promise<RecordingRow | null> {
    const { rows } = await this.#pool.query<RecordingRow>(
      `select status, file_path as key, checksum as sha256, file_size::float8 as bytes, failure
         from voice_recordings
        where recording_id = $1`,
      [recordingId],
    )
    return rows[0] ?? null
  }
}
