import type { AuditRow } from '../audit/port.ts'

/** A row, and what the checkpoint that saw it at the end of its chain says its hash was; null where none did. */
export interface WitnessedRow extends AuditRow {
  readonly witness: Buffer | null
}

/** The end of a chain as a checkpoint saw it. */
export interface ChainHead {
  readonly chain: string
  readonly seq: number
  readonly hash: Buffer
}

/** The end of a chain as it stands, beside the farthest that a checkpoint saw. */
export interface WitnessedEnd {
  readonly chain: string
  readonly witnessedSeq: number
  /** The farthest that a checkpoint saw and that is still there; 0 where there is none. */
  readonly heldSeq: number
  /** 0 where nothing is left of the chain. */
  readonly lastSeq: number
}

/** The ends of all chains that had moved, under one hash. Times are Unix ms, by the clock of the record. */
export interface Checkpoint {
  /** 1, 2, 3 … */
  readonly no: number
  readonly atMs: number
  /** Whatever was written down before this moment, it or an earlier one witnesses. */
  readonly coversUntilMs: number
  /** How many ends it witnesses. */
  readonly heads: number
  readonly root: Buffer
  readonly prevHash: Buffer
  readonly hash: Buffer
}

/** The audit log as those see it who watch over it. */
export interface AuditTrail {
  /**
   * Writes down the ends of the chains that moved since the last checkpoint, at most 10,000 of them; the rest is left to the next
   * call. Null where nothing moved, or another process is at it.
   */
  checkpoint(): Promise<Checkpoint | null>
  /** Rows behind a position in the order of chain (by its bytes) and seq; of one chain only, where one is named. `limit` 1-10,000. */
  rows(after: Position | null, limit: number, chain: string | null): Promise<readonly WitnessedRow[]>
  /** The ends of the chains behind `after` that checkpoints know, in order. `limit` 1-10,000. */
  witnessedEnds(after: string | null, limit: number, chain: string | null): Promise<readonly WitnessedEnd[]>
  /** Checkpoints behind that number, in order. `limit` 1-1,000. */
  checkpoints(afterNo: number, limit: number): Promise<readonly Checkpoint[]>
  /** What a checkpoint saw, by chain in the order of their bytes; at most 10,000. */
  headsOf(no: number): Promise<readonly ChainHead[]>
}

export type Position = Pick<AuditRow, 'chain' | 'seq'>

/** Ends of chains in one checkpoint at the most. */
export const checkpointHeadsMax = 10_000
