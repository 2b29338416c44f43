import { sha256 } from '../audit/chain.ts'
import type { ChainHead, Checkpoint } from './port.ts'

/* FROZEN, as audit/chain.ts is: another form needs another version number in front. */
const version = '1'

/** What the first checkpoint follows. */
export const firstCheckpointFollows = sha256('voice_audit_checkpoint')

/** One hash over the ends of chains, in the order of the chains' bytes. */
export const rootOf = (heads: readonly ChainHead[]): Buffer =>
  sha256(...heads.flatMap(({ chain, seq, hash }) => [sha256(chain), `${seq}\n`, hash]))

/** The hash that a checkpoint with these fields has to carry. */
export const checkpointHash = ({ no, atMs, coversUntilMs, heads, root, prevHash }: Omit<Checkpoint, 'hash'>): Buffer =>
  sha256(prevHash, root, [version, no, atMs, coversUntilMs, heads].join('\n'))

/** The checkpoint that follows `last`. */
export function nextCheckpoint(
  last: Checkpoint | null,
  heads: readonly ChainHead[],
  moments: Pick<Checkpoint, 'atMs' | 'coversUntilMs'>,
): Checkpoint {
  const fields = {
    ...moments,
    no: (last?.no ?? 0) + 1,
    heads: heads.length,
    root: rootOf(heads),
    prevHash: last?.hash ?? firstCheckpointFollows,
  }
  return { ...fields, hash: checkpointHash(fields) }
}

/** The order in which chains are walked and hashed: by their bytes. */
export const inChainOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
