import { commandSource, type CommandId } from '../../protocol/ids.ts'

/** What a command came to, remembered so that sending it again gets the same answer. */
export interface Remembered {
  readonly seq: number
  readonly reply: unknown
}

interface Source {
  readonly answers: Map<CommandId, Remembered>
}

/** Shape in a snapshot: the answers in the order they were given. FROZEN: snapshots carry it. */
export type StoredDedup = readonly (readonly [CommandId, number, unknown])[]

/**
 * The last 64 durable answers of each command source (a connection, an idempotency key, a workflow), of the 1,024 sources
 * heard last. What falls out is still refused twice by the journal's unique (actor, command id).
 */
export class DedupTable {
  readonly #sources = new Map<string, Source>()
  readonly #perSource: number
  readonly #maxSources: number

  constructor(perSource = 64, maxSources = 1_024) {
    this.#perSource = perSource
    this.#maxSources = maxSources
  }

  get(id: CommandId): Remembered | undefined {
    return this.#sources.get(commandSource(id))?.answers.get(id)
  }

  remember(id: CommandId, answer: Remembered): void {
    const name = commandSource(id)
    const source = this.#sources.get(name) ?? { answers: new Map<CommandId, Remembered>() }
    // Taking the source out and putting it in again moves it to the young end of the map's insertion order.
    this.#sources.delete(name)
    this.#sources.set(name, source)
    source.answers.set(id, answer)
    dropOldest(source.answers, this.#perSource)
    dropOldest(this.#sources, this.#maxSources)
  }

  /** Everything remembered up to `seq`, for a snapshot taken at `seq`. */
  upTo(seq: number): StoredDedup {
    const stored: [CommandId, number, unknown][] = []
    for (const { answers } of this.#sources.values()) {
      for (const [id, answer] of answers) if (answer.seq <= seq) stored.push([id, answer.seq, answer.reply])
    }
    return stored
  }

  restore(stored: StoredDedup): void {
    for (const [id, seq, reply] of stored) this.remember(id, { seq, reply })
  }
}

function dropOldest(map: Map<unknown, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return
    map.delete(key)
  }
}
