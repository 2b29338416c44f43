import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandId, kindOf, type ActorKey } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import type { AnyDefinition } from './definition.ts'
import { replay } from './replay.ts'

export interface JournalReaderDeps<Write> {
  readonly definitions: readonly AnyDefinition<Write>[]
  readonly journal: Pick<ActorJournal<Write>, 'load'>
  readonly clock: Clock
}

/**
 * Answers a read of an actor that nobody owns from its journal, and neither wakes it nor writes anything. Volatile facts
 * are not there: nobody is connected. `at.epoch` is the last one in force, 0 for an actor that never was.
 */
export class JournalReader<Write> {
  readonly #deps: JournalReaderDeps<Write>

  constructor(deps: JournalReaderDeps<Write>) {
    this.#deps = deps
  }

  /** Throws on a command that would change something, and where the journal cannot be read. */
  async read(key: ActorKey, command: unknown): Promise<CommandResult> {
    const definition = this.#deps.definitions.find(({ kind }) => kind === kindOf(key))
    if (!definition) throw new Error(`no actor of kind ${kindOf(key)}`)
    const decoded: unknown = definition.decodeCommand(command)
    const loaded = await this.#deps.journal.load(key)
    const { state, seq } = replay(definition, key, loaded)
    const { events, reply } = definition.decide(state, decoded, {
      key,
      nowMs: this.#deps.clock.wallMs(),
      epoch: 0,
      commandId: commandId('journal', 0),
    })
    if (events.length > 0) throw new Error(`a read of ${key} would have changed it`)
    const at = { epoch: loaded.epoch, seq }
    return 'ok' in reply
      ? { status: 'ok', at, value: reply.ok }
      : { status: 'rejected', at, code: reply.reject, ...(reply.data ? { data: reply.data } : {}) }
  }
}
