import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { AppError } from '../../protocol/errors.ts'
import { kindOf, type ActorKey, type CommandId, type Incarnation, type ProcessId } from '../../protocol/ids.ts'
import type { Clock, Logger } from '../../protocol/ports.ts'
import type { AnyDefinition } from './definition.ts'
import { tellOwnership } from './ownership.ts'
import { replay } from './replay.ts'
import { takeTurn } from './turn.ts'

export interface GuestDeps<Write> {
  readonly self: { readonly process: ProcessId; readonly incarnation: Incarnation }
  readonly definitions: readonly AnyDefinition<Write>[]
  readonly journal: ActorJournal<Write>
  readonly clock: Clock
  readonly logger: Logger
}

const retryLater: CommandResult = { status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 }

/**
 * Carries out one durable command of an actor that nobody owns, without waking it: the same rules, run inside the journal's
 * guest append. An owner that appears meanwhile waits for the transaction and reads its result; an owner that believed
 * itself alive is fenced at its next append, and answers from what it has until then: see `write` for how none is passed by.
 * Rejects when the outcome is unknown; the same command id may then be sent again.
 */
export class GuestWriter<Write> {
  readonly #deps: GuestDeps<Write>

  constructor(deps: GuestDeps<Write>) {
    this.#deps = deps
  }

  /** The epoch in force. Rejects when the record does not answer. */
  epochOf(key: ActorKey): Promise<number> {
    return this.#deps.journal.epochOf(key)
  }

  /**
   * `asOf`: the epoch that was in force before it was last heard that nobody owns the actor. Where it is another one by now, an
   * owner may have loaded the actor since: then nothing is written, and the answer is RETRY_LATER. An owner's claim stands in
   * front of its epoch, so that none is missed that could be heard of. Without it a living owner may be fenced.
   */
  async write(key: ActorKey, id: CommandId, command: unknown, asOf?: number): Promise<CommandResult> {
    const definition = this.#deps.definitions.find(({ kind }) => kind === kindOf(key))
    if (!definition) throw new Error(`no actor of kind ${kindOf(key)}`)
    const decoded: unknown = definition.decodeCommand(command)
    let result: CommandResult = { status: 'unknown' }
    let raisedTo = 0
    let before: unknown = null
    const told = (reply: unknown, state: unknown): unknown => (definition.tell ? definition.tell(reply, state) : reply)
    const outcome = await this.#deps.journal.guestAppend(key, this.#deps.self, (loaded, epoch) => {
      const { state, seq, dedup } = replay(definition, key, loaded)
      before = state
      const remembered = dedup.get(id)
      if (remembered) {
        result = {
          status: 'ok',
          at: { epoch: loaded.epoch, seq: remembered.seq },
          value: told(remembered.reply, state),
        }
        return null
      }
      if (asOf !== undefined && loaded.epoch !== asOf) {
        result = retryLater
        return null
      }
      const input = { key, epoch, seq, commandId: id, nowMs: this.#deps.clock.wallMs() }
      raisedTo = epoch
      const turn = takeTurn(definition, state, decoded, input)
      const at = { epoch, seq: turn.entry?.seq ?? seq }
      result =
        'ok' in turn.reply
          ? { status: 'ok', at, value: told(turn.reply.ok, turn.state) }
          : { status: 'rejected', at, code: turn.reply.reject, ...(turn.reply.data ? { data: turn.reply.data } : {}) }
      return turn.entry
    })
    if (outcome.outcome === 'duplicate') {
      const { epoch, seq, reply } = outcome.stored
      return { status: 'ok', at: { epoch, seq }, value: told(reply, before) }
    }
    if (outcome.outcome === 'refused') {
      const { error } = outcome
      if (!(error instanceof AppError)) throw error
      return {
        status: 'rejected',
        at: { epoch: raisedTo - 1, seq: 0 },
        code: error.code,
        ...(error.data ? { data: error.data } : {}),
      }
    }
    if (outcome.outcome === 'fenced') return retryLater
    if (outcome.outcome === 'committed') {
      const by = { from: null, to: null }
      const besides = { command: id, writer: this.#deps.self.process }
      tellOwnership(
        this.#deps.logger,
        { change: 'guest_wrote', cause: 'nobody_owned', key, epoch: raisedTo, ...by },
        besides,
      )
    }
    return result
  }
}
