import type { RecordWrite } from '../../persistence/record-writes.ts'
import { commandId, type UserId } from '../../protocol/ids.ts'
import type { GuildRole, Principal } from '../../protocol/room/values.ts'
import type { ScopeCommand } from '../../protocol/sanctions/commands.ts'
import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { scopeKey, type Scope, type WiderKind } from '../../protocol/sanctions/scope.ts'
import { scopeDefinition as definition } from './actor.ts'
import type { ScopeState } from './state.ts'

/** For tests: the sanctions of a scope driven by hand, each command and event through JSON as on the wire and in the journal. */

export const guild: Scope = { scope: 'guild', scopeId: 'g1' }
export const user = (name: string) => name as UserId

export const admin: Principal = { user_id: user('boss'), privileges: ['admin'] }
/** Somebody whose token names the guild `g1`. */
export const ofGuild = (name: string, role: GuildRole): Principal => ({
  user_id: user(name),
  privileges: [],
  guilds: [
    { id: 'g2', role: 'member' },
    { id: 'g1', role },
  ],
})
export const moderator = ofGuild('mod', 'moderator')
export const owner = ofGuild('lead', 'owner')

export const commands = {
  apply: (by: Principal, kind: WiderKind, target: string, durationS: number | null = null): ScopeCommand => ({
    type: 'apply',
    ...{ by, kind, target_user_id: user(target), duration_s: durationS, reason: 'threats', evidence: 'clip-1' },
  }),
  lift: (by: Principal, kind: WiderKind, target: string): ScopeCommand => ({
    type: 'lift',
    ...{ by, kind, target_user_id: user(target), reason: 'sorry' },
  }),
  expire: (kind: WiderKind, target: string, generation: number): ScopeCommand => ({
    type: 'expire',
    ...{ kind, target_user_id: user(target), generation, clock: 'sweep' },
  }),
  authorize: (by: Principal): ScopeCommand => ({ type: 'authorize', by }),
  wake: { type: 'wake' } as ScopeCommand,
}

/** The sanctions of one scope. Time stands still until `nowMs` is set. */
export class ScopeKit {
  state: ScopeState
  nowMs = 1_700_000_000_000
  readonly journal: { readonly atMs: number; readonly event: ScopeEvent }[] = []
  /** Everything that webhooks might be told of. */
  readonly webhooks: Extract<RecordWrite, { write: 'webhook' }>[] = []
  readonly #key: ReturnType<typeof scopeKey>
  #seq = 0

  constructor(scope: Scope = guild) {
    this.#key = scopeKey(scope)
    this.state = definition.initial(this.#key)
  }

  /** Carries out one command in the runtime's order. */
  run(command: ScopeCommand) {
    const decoded = definition.decodeCommand(JSON.parse(JSON.stringify(command)))
    const { reply, events } = definition.decide(this.state, decoded, {
      ...{ key: this.#key, nowMs: this.nowMs },
      ...{ epoch: 1, commandId: commandId('kit', 1) },
    })
    const writes: RecordWrite[] = []
    for (const [part, event] of events.entries()) {
      const stored = definition.decodeEvent(JSON.parse(JSON.stringify(event)))
      this.journal.push({ atMs: this.nowMs, event: stored })
      const at = { key: this.#key, epoch: 1, seq: (this.#seq += 1), part, atMs: this.nowMs }
      this.state = definition.evolve(this.state, stored, at)
      writes.push(...definition.writes(stored, this.state, at))
    }
    this.webhooks.push(...writes.filter((write) => write.write === 'webhook'))
    return { reply, events, writes: writes.filter(({ write }) => write !== 'webhook') }
  }

  /** The code of the refusal; null where it was carried out. */
  refusal(command: ScopeCommand): string | null {
    const { reply } = this.run(command)
    return 'reject' in reply ? reply.reject : null
  }

  /** As the snapshot alone tells it. */
  restored(): ScopeState {
    return definition.fromSnapshot(this.#key, JSON.parse(JSON.stringify(definition.toSnapshot(this.state))))
  }

  /** As the journal alone tells it. */
  replayed(): ScopeState {
    return this.journal.reduce(
      (state, { event, atMs }, index) =>
        definition.evolve(state, event, { key: this.#key, epoch: 1, seq: index + 1, part: 0, atMs }),
      definition.initial(this.#key),
    )
  }
}
