import { commitmentOf, genesisOf, linkHash } from '../audit/chain.ts'
import type { AuditRow } from '../audit/port.ts'
import type { WitnessedRow } from './port.ts'

/**
 * What was done to a chain, as far as it can be told:
 * - `edited`: the row says something else than it did.
 * - `deleted`: the row is gone, and others behind it are there.
 * - `swapped`: the row stands where another one stood.
 * - `forked`: another history was put in the place of the one that a checkpoint, or the rows behind, remember.
 * - `truncated`: the end is gone.
 */
export type AuditFault = 'edited' | 'deleted' | 'swapped' | 'forked' | 'truncated'

/** The first bad row of a chain. */
export interface AuditFinding {
  readonly chain: string
  readonly seq: number
  readonly fault: AuditFault
  /**
   * Up to here nothing was done to the chain. The row in front of `seq`, but where a checkpoint alone shows that something is
   * wrong: then the first bad row is one between the two.
   */
  readonly vouchedUpTo: number
}

/** The rows of one chain go through it in their order. Once something is wrong it asks no further. */
export interface ChainCheck {
  take(row: WitnessedRow): void
  /** Behind the last row. Null where all is well. */
  end(): AuditFinding | null
}

/** How far away the place is looked for from which a row was moved. One from farther away is told as edited. */
const movedMax = 10_000

/** So many rows that were put in between are told from others that were moved. */
const behindMax = 64

/** A row that is wrong, or the one in front of it; which, and how, is told by the one behind it and by the chain's length. */
interface Suspicion {
  readonly row: WitnessedRow
  readonly isWhole: boolean
  next: WitnessedRow | null
}

/** Checks a chain row by row, and remembers no more than two rows and some hashes of it. */
export function chainCheck(chain: string): ChainCheck {
  let last: Pick<AuditRow, 'seq' | 'hash'> = { seq: 0, hash: genesisOf(chain) }
  /** Hashes in front of the last one, the nearest first. */
  let behind: readonly Buffer[] = []
  let witnessedSeq = 0
  let endSeq = 0
  let suspicion: Suspicion | null = null
  let found: AuditFinding | null = null
  const finding = (seq: number, fault: AuditFault, vouchedUpTo = seq - 1): AuditFinding => ({
    ...{ chain, seq, fault, vouchedUpTo },
  })

  /** Its own fields and its own hash do not belong together. */
  const broken = (row: WitnessedRow, next: WitnessedRow | null): AuditFinding => {
    const within = Math.min(movedMax, 2 * endSeq)
    const moved = movedBy(row, within)
    if (moved === 0) return finding(row.seq, 'edited')
    // It stood farther in front, and follows what stands there: the rows in between were put in.
    if (behind[-moved - 1]?.equals(row.prevHash) === true) return finding(row.seq + moved, 'forked')
    if (moved < 0) return finding(row.seq, 'swapped')
    // It comes from farther back. If all do, what stood here is gone; if not, two rows have changed places.
    return finding(row.seq, next === null || movedBy(next, within) === moved ? 'deleted' : 'swapped')
  }

  /** It is whole, but follows another row than the one in front of it. One of the two is not the one that stood there. */
  const unlinked = (row: WitnessedRow, next: WitnessedRow | null): AuditFinding => {
    const isRemembered = row.witness?.equals(row.hash) === true || next?.prevHash.equals(row.hash) === true
    if (!isRemembered || row.seq === 1) return finding(row.seq, 'swapped')
    return witnessedSeq === last.seq ? finding(row.seq, 'forked') : finding(last.seq, 'edited')
  }

  return {
    take(row) {
      endSeq = row.seq
      if (found) return
      if (suspicion) {
        suspicion.next ??= row
      } else if (row.seq !== last.seq + 1) {
        found = finding(last.seq + 1, 'deleted')
      } else if (!isWhole(row) || !row.prevHash.equals(last.hash)) {
        suspicion = { row, isWhole: isWhole(row), next: null }
      } else if (row.witness?.equals(row.hash) === false) {
        found = finding(row.seq, 'forked', witnessedSeq)
      } else {
        if (row.witness) witnessedSeq = row.seq
        behind = [last.hash, ...behind.slice(0, behindMax - 1)]
        last = { seq: row.seq, hash: row.hash }
      }
    },
    end() {
      if (suspicion) {
        const { row, isWhole, next } = suspicion
        found ??= isWhole ? unlinked(row, next) : broken(row, next)
      }
      return found
    },
  }
}

/** The hash fits the fields, and the commitment the body, where that is still there. */
const isWhole = (row: AuditRow): boolean =>
  linkHash(row).equals(row.hash) &&
  (row.body === null ? row.salt === null : row.salt !== null && commitmentOf(row.salt, row.body).equals(row.commitment))

/** How much farther back a row stood when it was linked; 0 where it fits no place. */
function movedBy(row: AuditRow, within: number): number {
  const fits = (seq: number) => seq >= 1 && linkHash({ ...row, seq }).equals(row.hash)
  for (let by = 1; by <= within; by += 1) {
    if (fits(row.seq + by)) return by
    if (fits(row.seq - by)) return -by
  }
  return 0
}
