import type { CallRecords, LinkState, SessionFacts, SignalFacts } from '../../persistence/call-records/port.ts'
import type { QualityReport, Verdict } from '../../protocol/quality/report.ts'

/** Records of calls that a test looks at. */
export class KeptCalls implements CallRecords {
  readonly signals: SignalFacts[] = []
  readonly reports: { session: SessionFacts; report: QualityReport; verdict: Verdict }[] = []
  readonly links: { session: SessionFacts; state: LinkState }[] = []

  signal(signal: SignalFacts): void {
    this.signals.push(signal)
  }

  quality(session: SessionFacts, report: QualityReport, verdict: Verdict): void {
    this.reports.push({ session, report, verdict })
  }

  link(session: SessionFacts, state: LinkState): void {
    this.links.push({ session, state })
  }
}
