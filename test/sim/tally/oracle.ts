import { isDeepStrictEqual } from 'node:util'
import type { AnyDefinition } from '../../../cluster/actor-runtime/definition.ts'
import type { Position } from '../../../protocol/cluster/results.ts'
import type { ActorKey, CommandId } from '../../../protocol/ids.ts'
import { tallyDefinition, type TallyEvent, type TallyState, type TallyWrite } from '../../support/tally-actor.ts'
import { Oracle, type Done, type Entry } from '../oracle.ts'

/** What tallies must be. */
export class TallyOracle extends Oracle {
  override known(key: ActorKey) {
    return super.known(key) as { readonly state: TallyState; readonly seq: number }
  }

  protected override definitionOf(): AnyDefinition<TallyWrite> {
    return tallyDefinition
  }

  protected override checkEntry(
    { key, epoch, seq, commandId, events, reply }: Entry,
    before: TallyState,
    after: TallyState,
  ) {
    if (commandId.startsWith('own:') && before.dueMs === null) {
      this.broken('I1', `${key} ${epoch}/${seq}: an alarm went off that was not set`)
    }
    const right = (events as TallyEvent[])[0]?.type === 'added' && !commandId.startsWith('own:') ? after.total : null
    if (reply !== right)
      this.broken('I1', `${key} ${epoch}/${seq} was decided on another past: ${String(reply)}, not ${right}`)
  }

  protected override checkRead(key: ActorKey, id: CommandId, { at, value }: Done): void {
    const { total } = value as TallyState
    const state = this.of(key).states[at.seq] as TallyState | undefined
    if (!state) this.broken('I4', `${id} read ${key} ${at.epoch}/${at.seq}, which is not committed`)
    else if (state.total !== total)
      this.broken('I4', `${id} read ${total} in ${key} ${at.seq}, which is ${state.total}`)
  }

  protected override checkPush(key: ActorKey, { epoch, seq }: Position, body: unknown): void {
    const { snapshot, events } = body as { snapshot?: { total: number }; events?: unknown[] }
    const { states, entries } = this.of(key)
    const where = `${key} ${epoch}/${seq}`
    if (snapshot && snapshot.total !== (states[seq] as TallyState | undefined)?.total) {
      this.broken('I4', `${where} was shown wrong`)
    } else if (events && !isDeepStrictEqual(events, entries[seq - 1]?.events)) {
      this.broken('I4', `${where} told of something else`)
    }
  }
}
