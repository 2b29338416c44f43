import type { JournalEntry } from '../../persistence/journal/port.ts'
import type { ActorKey, CommandId } from '../../protocol/ids.ts'
import type { AnyDefinition, EventContext, Push, Reply } from './definition.ts'

/** What one command comes to, before anything of it is written or sent. */
export interface Turn<Write> {
  /** The state after it: durable and volatile facts applied. */
  readonly state: unknown
  /** As it was decided; the definition's `tell` makes of it what the asker hears. */
  readonly reply: Reply
  /** The row for the journal; null where there is nothing durable. */
  readonly entry: JournalEntry<Write> | null
  /** Told to every attached session once the entry is committed. */
  readonly published: readonly unknown[]
  readonly pushes: readonly Push[]
  /** Something changed in memory, or something is pushed, that no journal holds. */
  readonly volatile: boolean
  readonly counts: readonly string[]
}

export interface TurnInput {
  readonly key: ActorKey
  readonly epoch: number
  /** Of the last entry, committed or not. */
  readonly seq: number
  readonly commandId: CommandId
  readonly nowMs: number
}

/** Decides a command and carries the decision through evolve and projection. Pure. */
export function takeTurn<Write>(
  definition: AnyDefinition<Write>,
  before: unknown,
  command: unknown,
  input: TurnInput,
): Turn<Write> {
  const decision = definition.decide(before, command, {
    key: input.key,
    nowMs: input.nowMs,
    epoch: input.epoch,
    commandId: input.commandId,
  })
  const at = { key: input.key, epoch: input.epoch, seq: input.seq + 1, atMs: input.nowMs }
  const writes: Write[] = []
  const published: unknown[] = []
  const counts: string[] = []
  let state: unknown = before
  for (const [part, event] of decision.events.entries()) {
    const context: EventContext = { ...at, part }
    state = definition.evolve(state, event, context)
    writes.push(...definition.writes(event, state, context))
    counts.push(...definition.counts(event))
    const told = definition.publish(event, state, context)
    if (told !== null) published.push(told)
  }
  for (const change of decision.changes) state = definition.applyChange(state, change)
  const entry =
    decision.events.length === 0
      ? null
      : {
          key: input.key,
          epoch: input.epoch,
          seq: at.seq,
          commandId: input.commandId,
          atMs: input.nowMs,
          events: decision.events,
          reply: 'ok' in decision.reply ? decision.reply.ok : null,
          writes,
        }
  const volatile = decision.changes.length > 0 || decision.pushes.length > 0
  return { state, reply: decision.reply, entry, published, pushes: decision.pushes, volatile, counts }
}
