import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import type { MessageType } from '../../protocol/room/values.ts'
import type { QualityReport, Verdict } from '../../protocol/quality/report.ts'

/** A session as its rows name it. */
export interface SessionFacts {
  readonly sessionId: SessionId
  readonly roomId: RoomId
  readonly userId: UserId
}

/** A signal that a room has taken. */
export interface SignalFacts {
  readonly from: SessionFacts
  readonly toUser: UserId
  readonly toSession: SessionId
  readonly messageType: MessageType
  readonly sdp: string | undefined
  readonly candidate: string | undefined
  /** Somebody carried the receiving seat, so the message was on its way to a socket. */
  readonly isReliable: boolean
}

/** A peer connection of a session, as its client tells. */
export type LinkState = 'connected' | 'failed'

/**
 * What is kept of calls beside the record of rooms. Returns at once and never throws: rows wait in memory and are written in
 * batches; where too many wait, the oldest are dropped and counted.
 */
export interface CallRecords {
  signal(signal: SignalFacts): void
  quality(session: SessionFacts, report: QualityReport, verdict: Verdict): void
  link(session: SessionFacts, state: LinkState): void
}

/** One row of `signaling_messages`. Times are Unix ms. */
export interface SignalRow extends SessionFacts {
  readonly id: string
  readonly atMs: number
  readonly toUser: UserId
  readonly toSession: SessionId
  readonly messageType: MessageType
  readonly sdp: string | null
  /** Characters it had, kept or not; null where there was none. So is the next. */
  readonly sdpLength: number | null
  readonly candidate: string | null
  readonly candidateLength: number | null
  readonly candidateType: string | null
  /** Counts up over what one gateway has of the session. */
  readonly sequence: number
  readonly isReliable: boolean
}

/** One row of `voice_quality_metrics`. */
export interface QualityRow extends SessionFacts {
  readonly id: string
  readonly atMs: number
  readonly score: number
  readonly hasIssues: boolean
  readonly report: QualityReport
  readonly networkStats: Readonly<Record<string, unknown>> | null
}

/** The latest that is known of the peer connections of a session. */
export interface LinkRow extends SessionFacts {
  readonly atMs: number
  readonly state: LinkState
}

/** How many rows of a batch were left out, since their session or its room is not in the record. */
export interface Written {
  readonly unknown: number
}

/**
 * Where the rows go. Each call writes one batch whole, the row of every session before its children, and may be repeated:
 * a row that is there is not written again. Rejects with RowsRefused where the rows themselves are at fault, and with
 * anything else where the batch may be tried again as it is.
 */
export interface CallStore {
  writeSignals(rows: readonly SignalRow[]): Promise<Written>
  writeQuality(rows: readonly QualityRow[]): Promise<Written>
  writeLinks(rows: readonly LinkRow[]): Promise<Written>
}

/** A rule of the tables refuses a row of this batch: trying again as it is will not help. */
export class RowsRefused extends Error {
  constructor(cause: unknown) {
    super('the tables refuse a row of the batch', { cause })
    this.name = 'RowsRefused'
  }
}
