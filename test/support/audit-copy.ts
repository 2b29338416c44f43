import { inChainOrder } from '../../persistence/audit-trail/checkpoint-hash.ts'
import type { AuditTrail, ChainHead, WitnessedRow } from '../../persistence/audit-trail/port.ts'
import type { AuditLog } from './audit-forgeries.ts'

/** A copy of an audit log that somebody may have laid hands on, beside the ends of chains that checkpoints saw before. */
export function auditCopy(log: AuditLog, heads: readonly ChainHead[]): Pick<AuditTrail, 'rows' | 'witnessedEnds'> {
  const witnesses = new Map(heads.map(({ chain, seq, hash }) => [`${seq} ${chain}`, hash]))
  const chains = [...new Set([...log.keys(), ...heads.map(({ chain }) => chain)])].sort(inChainOrder)
  return {
    rows: (after, limit, only) => {
      const rows = chains
        .filter((chain) => only === null || chain === only)
        .flatMap((chain) => log.get(chain) ?? [])
        .filter((row) => after === null || (inChainOrder(after.chain, row.chain) || after.seq - row.seq) < 0)
      return Promise.resolve(
        rows.slice(0, limit).map((row): WitnessedRow => ({
          ...row,
          witness: witnesses.get(`${row.seq} ${row.chain}`) ?? null,
        })),
      )
    },
    witnessedEnds: (after, limit, only) => {
      const ends = chains
        .filter((chain) => (only ?? chain) === chain && (after === null || inChainOrder(after, chain) < 0))
        .map((chain) => {
          const seen = heads.filter((head) => head.chain === chain).map(({ seq }) => seq)
          const lastSeq = log.get(chain)?.at(-1)?.seq ?? 0
          const heldSeq = Math.max(0, ...seen.filter((seq) => seq <= lastSeq))
          return { chain, witnessedSeq: Math.max(0, ...seen), heldSeq, lastSeq }
        })
      return Promise.resolve(ends.slice(0, limit))
    },
  }
}
