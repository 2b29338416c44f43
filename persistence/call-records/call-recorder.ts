import type { SessionId } from '../../protocol/ids.ts'
import type { Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import type { QualityReport, Verdict } from '../../protocol/quality/report.ts'
import { candidateTypeOf } from '../../protocol/signaling/candidate-type.ts'
import { isStorableText } from '../../protocol/storable.ts'
import { BatchWriter, type BatchObserver } from './batch-writer.ts'
import type {
  CallRecords,
  CallStore,
  LinkRow,
  LinkState,
  QualityRow,
  SessionFacts,
  SignalFacts,
  SignalRow,
} from './port.ts'

/**
 * What of a signal is kept. `types`: its type, pair, sequence, the candidate's type and sizes. `full`: the SDP and the candidate
 * besides, which hold the addresses of people's machines. `none`: nothing.
 */
export type StoreSignaling = 'none' | 'types' | 'full'

/** The tables that are written in batches. */
export const recordTables = ['signaling_messages', 'voice_quality_metrics', 'webrtc_sessions'] as const
export type RecordTable = (typeof recordTables)[number]

export interface CallRecorderDeps {
  readonly store: CallStore
  readonly keep: StoreSignaling
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Pick<Random, 'uuid'>
  readonly logger: Logger
  readonly observe: (table: RecordTable) => BatchObserver
}

/** Sessions whose count of signals and state of links is remembered; beyond it those that came first are forgotten. */
const rememberedSessions = 50_000
/** About what a row without texts of clients holds in memory, bytes. */
const rowBytes = 600

interface Remembered {
  sequence: number
  link: LinkState | null
}

/** What is kept of calls, in batches: the CallRecords of a gateway. */
export class CallRecorder implements CallRecords {
  readonly #deps: CallRecorderDeps
  readonly #signals: BatchWriter<SignalRow>
  readonly #quality: BatchWriter<QualityRow>
  readonly #links: BatchWriter<LinkRow>
  readonly #sessions = new Map<SessionId, Remembered>()

  constructor(deps: CallRecorderDeps) {
    this.#deps = deps
    const { store } = deps
    this.#signals = writer(deps, 'signaling_messages', (rows) => store.writeSignals(rows))
    this.#quality = writer(deps, 'voice_quality_metrics', (rows) => store.writeQuality(rows))
    this.#links = writer(deps, 'webrtc_sessions', (rows) => store.writeLinks(rows))
  }

  signal({ from, toUser, toSession, messageType, sdp, candidate, isReliable }: SignalFacts): void {
    const { keep, clock, random } = this.#deps
    if (keep === 'none') return
    const remembered = this.#remember(from.sessionId)
    remembered.sequence += 1
    const isFull = keep === 'full'
    this.#signals.add(
      {
        id: random.uuid(),
        atMs: clock.wallMs(),
        sessionId: from.sessionId,
        roomId: from.roomId,
        userId: from.userId,
        toUser,
        toSession,
        messageType,
        sdp: isFull ? storable(sdp) : null,
        sdpLength: sdp?.length ?? null,
        candidate: isFull ? storable(candidate) : null,
        candidateLength: candidate?.length ?? null,
        candidateType: candidateTypeOf(candidate),
        sequence: remembered.sequence,
        isReliable,
      },
      isFull ? rowBytes + (sdp?.length ?? 0) + (candidate?.length ?? 0) : rowBytes,
    )
  }

  quality({ sessionId, roomId, userId }: SessionFacts, report: QualityReport, verdict: Verdict): void {
    const { clock, random } = this.#deps
    const { estimate } = verdict
    const networkStats = estimate
      ? { ...report.network_stats, e_model: { rating: round(estimate.rating), mos: round(estimate.mos) } }
      : (report.network_stats ?? null)
    const row = {
      ...{ id: random.uuid(), atMs: clock.wallMs(), sessionId, roomId, userId },
      ...{ score: verdict.score, hasIssues: verdict.hasIssues, report, networkStats },
    }
    this.#quality.add(row, rowBytes + sizeOf(report.codec_stats) + sizeOf(report.network_stats))
  }

  /** Only what is news of the session. */
  link({ sessionId, roomId, userId }: SessionFacts, state: LinkState): void {
    const remembered = this.#remember(sessionId)
    if (remembered.link === state) return
    remembered.link = state
    this.#links.add({ sessionId, roomId, userId, state, atMs: this.#deps.clock.wallMs() }, rowBytes)
  }

  /** Writes what waits, and gives up on what is left after `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    await Promise.all([this.#signals, this.#quality, this.#links].map((writer) => writer.stop(withinMs)))
  }

  #remember(session: SessionId): Remembered {
    const known = this.#sessions.get(session)
    if (known) return known
    const fresh: Remembered = { sequence: 0, link: null }
    this.#sessions.set(session, fresh)
    if (this.#sessions.size > rememberedSessions) {
      const first = this.#sessions.keys().next()
      if (!first.done) this.#sessions.delete(first.value)
    }
    return fresh
  }
}

const writer = <Row>(
  { clock, timers, logger, observe }: CallRecorderDeps,
  table: RecordTable,
  write: (rows: readonly Row[]) => Promise<{ unknown: number }>,
) => new BatchWriter<Row>({ name: table, write, clock, timers, logger, observe: observe(table) })

/** A client may send what Postgres cannot keep: then the body is left out, its length stays. */
const storable = (text: string | undefined): string | null => (text !== undefined && isStorableText(text) ? text : null)

/** An upper bound of what flat statistics hold, by their schema, without walking through them. */
const sizeOf = (stats: object | undefined): number => (stats === undefined ? 0 : Object.keys(stats).length * 300)

const round = (value: number): number => Math.round(value * 1_000) / 1_000
