import { chainCheck, type AuditFinding, type ChainCheck } from './chain-check.ts'
import { checkpointHash, firstCheckpointFollows, rootOf } from './checkpoint-hash.ts'
import type { AuditTrail, Checkpoint, Position, WitnessedEnd, WitnessedRow } from './port.ts'

/** What is asked of the audit log. */
export type ReadTrail = Pick<AuditTrail, 'rows' | 'witnessedEnds' | 'checkpoints' | 'headsOf'>

/** A checkpoint as it stands outside the record, in a line of a relay's log. */
export interface SeenCheckpoint {
  readonly no: number
  /** In hex. */
  readonly hash: string
}

export interface VerifyOptions {
  /** One chain, and not the checkpoints themselves; null for everything. */
  readonly chain: string | null
  /** What is known of the checkpoints from outside. */
  readonly seen?: readonly SeenCheckpoint[]
}

/** What a look at the whole audit log came to. */
export interface AuditVerdict {
  readonly chains: number
  readonly rows: number
  /** Rows whose body was erased. */
  readonly erased: number
  readonly checkpoints: number
  /** The first fault of each chain, at most 1,000; the chain `checkpoints` is that of the checkpoints. */
  readonly findings: readonly AuditFinding[]
  /** More chains are bad than are told. */
  readonly hasMore: boolean
}

/** Rows and checkpoints in memory at once. */
const pageRows = 2_000
const pageCheckpoints = 500
/** Findings that are told; the rest is only counted as more. */
export const findingsMax = 1_000
/** What the chain of checkpoints is called in findings. */
export const checkpointsChain = 'checkpoints'

/** Recomputes every hash of the audit log, and compares it with what the checkpoints saw. Reads page by page. */
export async function verifyAudit(trail: ReadTrail, { chain, seen = [] }: VerifyOptions): Promise<AuditVerdict> {
  const findings = new Map<string, AuditFinding>()
  let hasMore = false
  const tell = (finding: AuditFinding | null) => {
    if (!finding || findings.has(finding.chain)) return
    if (findings.size < findingsMax) findings.set(finding.chain, finding)
    else hasMore = true
  }
  const counts = await verifyRows(trail, chain, tell)
  await verifyEnds(trail, chain, tell)
  const checkpoints = chain === null ? await verifyCheckpoints(trail, seen, tell) : 0
  return { ...counts, checkpoints, findings: [...findings.values()], hasMore }
}

type Tell = (finding: AuditFinding | null) => void

async function verifyRows(trail: ReadTrail, only: string | null, tell: Tell) {
  const counts = { chains: 0, rows: 0, erased: 0 }
  let after: Position | null = null
  let open = null as { readonly chain: string; readonly check: ChainCheck } | null
  for (;;) {
    const rows: readonly WitnessedRow[] = await trail.rows(after, pageRows, only)
    for (const row of rows) {
      if (row.chain !== open?.chain) {
        tell(open?.check.end() ?? null)
        open = { chain: row.chain, check: chainCheck(row.chain) }
        counts.chains += 1
      }
      open.check.take(row)
      counts.rows += 1
      if (row.body === null) counts.erased += 1
    }
    after = rows.at(-1) ?? null
    if (rows.length < pageRows) break
  }
  tell(open?.check.end() ?? null)
  return counts
}

async function verifyEnds(trail: ReadTrail, only: string | null, tell: Tell): Promise<void> {
  let after: string | null = null
  for (;;) {
    const ends: readonly WitnessedEnd[] = await trail.witnessedEnds(after, pageRows, only)
    for (const { chain, witnessedSeq, heldSeq, lastSeq } of ends) {
      if (lastSeq < witnessedSeq) tell({ chain, seq: lastSeq + 1, fault: 'truncated', vouchedUpTo: heldSeq })
      after = chain
    }
    if (ends.length < pageRows) return
  }
}

/** The checkpoints are a chain themselves; that their end is there, only those know who saw it elsewhere. */
async function verifyCheckpoints(trail: ReadTrail, seen: readonly SeenCheckpoint[], tell: Tell): Promise<number> {
  const seenHash = new Map(seen.map(({ no, hash }) => [no, hash.toLowerCase()]))
  const bad = (no: number, fault: AuditFinding['fault']) =>
    tell({ chain: checkpointsChain, seq: no, fault, vouchedUpTo: no - 1 })
  let last: Pick<Checkpoint, 'no' | 'hash'> = { no: 0, hash: firstCheckpointFollows }
  for (;;) {
    const page: readonly Checkpoint[] = await trail.checkpoints(last.no, pageCheckpoints)
    for (const checkpoint of page) {
      if (checkpoint.no !== last.no + 1) bad(last.no + 1, 'deleted')
      else if (!checkpoint.prevHash.equals(last.hash)) bad(checkpoint.no, 'forked')
      else if (!(await isWholeCheckpoint(trail, checkpoint))) bad(checkpoint.no, 'edited')
      else if ((seenHash.get(checkpoint.no) ?? checkpoint.hash.toString('hex')) !== checkpoint.hash.toString('hex')) {
        bad(checkpoint.no, 'forked')
      }
      last = checkpoint
    }
    if (page.length < pageCheckpoints) break
  }
  if (Math.max(0, ...seenHash.keys()) > last.no) bad(last.no + 1, 'truncated')
  return last.no
}

async function isWholeCheckpoint(trail: ReadTrail, checkpoint: Checkpoint): Promise<boolean> {
  if (!checkpointHash(checkpoint).equals(checkpoint.hash)) return false
  const heads = await trail.headsOf(checkpoint.no)
  return heads.length === checkpoint.heads && rootOf(heads).equals(checkpoint.root)
}
