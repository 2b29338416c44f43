import type { AuditRow } from '../audit/port.ts'
import type { MemoryRecord } from '../record/memory-record.ts'
import { inChainOrder, nextCheckpoint } from './checkpoint-hash.ts'
import {
  checkpointHeadsMax,
  type AuditTrail,
  type ChainHead,
  type Checkpoint,
  type Position,
  type WitnessedEnd,
  type WitnessedRow,
} from './port.ts'

/** The trail of a record in memory. Checkpoints are kept here. */
export class MemoryAuditTrail implements AuditTrail {
  readonly #record: MemoryRecord
  readonly #checkpoints: { readonly checkpoint: Checkpoint; readonly heads: readonly ChainHead[] }[] = []

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  checkpoint(): Promise<Checkpoint | null> {
    const heads = this.#moved().slice(0, checkpointHeadsMax)
    if (heads.length === 0) return Promise.resolve(null)
    const last = this.#checkpoints.at(-1)?.checkpoint ?? null
    const atMs = this.#record.clock.wallMs()
    const checkpoint = nextCheckpoint(last, heads, { atMs, coversUntilMs: atMs })
    this.#checkpoints.push({ checkpoint, heads })
    return Promise.resolve(checkpoint)
  }

  rows(after: Position | null, limit: number, chain: string | null): Promise<readonly WitnessedRow[]> {
    const witnesses = new Map(this.#heads().map(({ chain, seq, hash }) => [`${seq} ${chain}`, hash]))
    const found = this.#record.tables.audit
      .filter((row) => (chain === null || row.chain === chain) && (after === null || inOrder(after, row) < 0))
      .sort(inOrder)
    return Promise.resolve(
      found.slice(0, limit).map((row) => ({ ...row, witness: witnesses.get(`${row.seq} ${row.chain}`) ?? null })),
    )
  }

  witnessedEnds(after: string | null, limit: number, chain: string | null): Promise<readonly WitnessedEnd[]> {
    const ends = lastOf(this.#record.tables.audit)
    const heads = this.#heads()
    const known = [...lastOf(heads).values()]
      .filter((head) => (chain ?? head.chain) === head.chain && (after === null || inChainOrder(after, head.chain) < 0))
      .sort((a, b) => inChainOrder(a.chain, b.chain))
      .slice(0, limit)
    return Promise.resolve(
      known.map((head) => {
        const lastSeq = ends.get(head.chain)?.seq ?? 0
        const held = heads.filter(({ chain, seq }) => chain === head.chain && seq <= lastSeq)
        return { chain: head.chain, witnessedSeq: head.seq, heldSeq: held.at(-1)?.seq ?? 0, lastSeq }
      }),
    )
  }

  checkpoints(afterNo: number, limit: number): Promise<readonly Checkpoint[]> {
    const found = this.#checkpoints.map(({ checkpoint }) => checkpoint).filter(({ no }) => no > afterNo)
    return Promise.resolve(found.slice(0, limit))
  }

  headsOf(no: number): Promise<readonly ChainHead[]> {
    return Promise.resolve(this.#checkpoints.find(({ checkpoint }) => checkpoint.no === no)?.heads ?? [])
  }

  #heads(): readonly ChainHead[] {
    return this.#checkpoints.flatMap(({ heads }) => heads)
  }

  /** Ends of chains that stand in no checkpoint yet. */
  #moved(): readonly ChainHead[] {
    const seen = lastOf(this.#heads())
    return [...lastOf(this.#record.tables.audit).values()]
      .filter(({ chain, seq }) => seq > (seen.get(chain)?.seq ?? 0))
      .map(({ chain, seq, hash }) => ({ chain, seq, hash }))
      .sort((a, b) => inChainOrder(a.chain, b.chain))
  }
}

/** Of each chain the entry with the highest seq. */
function lastOf<Entry extends AuditRow | ChainHead>(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const last = new Map<string, Entry>()
  for (const entry of entries) if (entry.seq > (last.get(entry.chain)?.seq ?? 0)) last.set(entry.chain, entry)
  return last
}

const inOrder = (a: Position, b: Position): number => inChainOrder(a.chain, b.chain) || a.seq - b.seq
