import type { JournalHistory } from '../../persistence/history/port.ts'
import type { StoredEntry } from '../../persistence/journal/port.ts'
import { kindOf, type ActorKey } from '../../protocol/ids.ts'
import type { AnyDefinition } from './definition.ts'
import { replay } from './replay.ts'

/** An actor as it was. */
export interface PastState {
  readonly epoch: number
  readonly seq: number
  /** When its last entry was decided, Unix ms. */
  readonly atMs: number
  /** In the shape in which it is kept in snapshots. */
  readonly state: unknown
  /** Every entry that led there, in order. */
  readonly entries: readonly StoredEntry[]
}

/**
 * Rebuilds an actor from the first entry of its journal up to a moment, by the rules of this version. Null where nothing
 * stands in the journal by then. Throws where it cannot be read.
 */
export async function pastOf<Write>(
  key: ActorKey,
  upTo: { readonly seq: number } | { readonly atMs: number },
  { definitions, history }: { definitions: readonly AnyDefinition<Write>[]; history: Pick<JournalHistory, 'entries'> },
): Promise<PastState | null> {
  const definition = definitions.find(({ kind }) => kind === kindOf(key))
  if (!definition) throw new Error(`no actor of kind ${kindOf(key)}`)
  const entries = await history.entries(key, upTo)
  const last = entries.at(-1)
  if (!last) return null
  const { state } = replay(definition, key, { epoch: last.epoch, snapshot: null, tail: entries })
  return { epoch: last.epoch, seq: last.seq, atMs: last.atMs, state: definition.toSnapshot(state), entries }
}
