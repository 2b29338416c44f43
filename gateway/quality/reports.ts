import type { CallRecords, SessionFacts } from '../../persistence/call-records/port.ts'
import type { ServerFrame } from '../../protocol/client/frames.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import { judge, type QualityReport, type Verdict } from '../../protocol/quality/report.ts'
import type { GatewayMetrics } from '../metrics.ts'
import type { CarriedSession, SessionTable } from '../ws/session-table.ts'
import { noHints, stepHints, type HintState } from './hints.ts'

export interface QualityReportsDeps {
  readonly sessions: SessionTable
  readonly calls: CallRecords
  readonly metrics: GatewayMetrics
  readonly clock: Clock
}

/** Of one session, reports that come sooner after another are not counted and not kept, ms. */
export const reportGapMs = 1_000
/** Sessions whose last reports are remembered; beyond it those that came first begin anew. */
const rememberedMax = 50_000

interface Remembered {
  heardAtMs: number
  hints: HintState
}

/** What becomes of the reports that clients send, over either way. */
export class QualityReports {
  readonly #deps: QualityReportsDeps
  readonly #remembered = new Map<SessionId, Remembered>()

  constructor(deps: QualityReportsDeps) {
    this.#deps = deps
  }

  /**
   * Counts a report, has it kept, and gives a hint to the socket that carries the session, if there is one here. The caller has
   * made sure that the session is the user's. `taken` false: too soon after the one before, and nothing was done. Throws
   * VALIDATION_FAILED.
   */
  hear(session: SessionFacts, report: QualityReport): Verdict & { readonly taken: boolean } {
    const { clock, calls, metrics } = this.#deps
    const verdict = judge(report)
    const nowMs = clock.monotonicMs()
    const remembered = this.#remember(session.sessionId)
    if (nowMs - remembered.heardAtMs < reportGapMs) {
      metrics.qualityTooSoon()
      return { ...verdict, taken: false }
    }
    remembered.heardAtMs = nowMs
    metrics.qualityHeard(verdict.score)
    calls.quality(session, report, verdict)
    this.#hint(session, remembered, report, nowMs)
    return { ...verdict, taken: true }
  }

  /** Whether a socket of this gateway carries just that session: the room has vouched for it. */
  carries({ sessionId, roomId, userId }: SessionFacts): boolean {
    const carried = this.#deps.sessions.get(sessionId)
    return carried?.roomId === roomId && carried.userId === userId
  }

  #hint(session: SessionFacts, remembered: Remembered, report: QualityReport, nowMs: number): void {
    const { state, give } = stepHints(remembered.hints, report, nowMs)
    remembered.hints = state
    const carried = this.#deps.sessions.get(session.sessionId)
    if (!give || !carried) return
    const frame: ServerFrame = { type: 'hint', room_id: session.roomId, session_id: session.sessionId, ...give }
    this.#deps.metrics.hintGiven(give.hint)
    carried.carrier.deliver(JSON.stringify(frame))
  }

  #remember(session: SessionId): Remembered {
    const known = this.#remembered.get(session)
    if (known) return known
    const fresh: Remembered = { heardAtMs: Number.NEGATIVE_INFINITY, hints: noHints }
    this.#remembered.set(session, fresh)
    if (this.#remembered.size > rememberedMax) {
      const first = this.#remembered.keys().next()
      if (!first.done) this.#remembered.delete(first.value)
    }
    return fresh
  }
}

/** A carried session as records name it. */
export const factsOf = ({ id, roomId, userId }: CarriedSession): SessionFacts => ({ sessionId: id, roomId, userId })
