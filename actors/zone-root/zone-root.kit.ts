import type { Decision } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { commandId, type SessionId, type UserId } from '../../protocol/ids.ts'
import type { GuildRole, Principal } from '../../protocol/room/values.ts'
import type { WiderKind } from '../../protocol/sanctions/scope.ts'
import type { Axis } from '../../protocol/zone/region-map.ts'
import type { ZoneCommand } from '../../protocol/zone/commands.ts'
import type { ZoneEvent } from '../../protocol/zone/events.ts'
import { zoneKey, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'
import type { ZoneReplies } from '../../protocol/zone/replies.ts'
import type { PlanPush } from '../../protocol/zone/root-link.ts'
import { defaultZone } from '../../protocol/zone/spec-rules.ts'
import type { ZoneChanges, ZoneSpec } from '../../protocol/zone/spec.ts'
import { zoneDefinition as definition } from './actor.ts'
import type { ZoneState } from './state.ts'
import type { ZoneChange } from './watching.ts'

/** For tests: the root of a zone driven by hand, each command and event through JSON as on the wire and in the journal. */

export const zoneId = '0000000a-0000-4000-8000-000000000000' as ZoneId
export const user = (name: string) => name as UserId
export const session = (number: number): SessionId =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}` as SessionId

export const admin: Principal = { user_id: user('boss'), privileges: ['admin'] }
/** Somebody whose token names the guild `g1`. */
export const ofGuild = (name: string, role: GuildRole): Principal => ({
  user_id: user(name),
  privileges: [],
  guilds: [{ id: 'g1', role }],
})
export const moderator = ofGuild('mod', 'moderator')
export const owner = ofGuild('lead', 'owner')
export const outsiders = [ofGuild('ann', 'member'), { user_id: user('bob'), privileges: [] } satisfies Principal]

/** A zone of the guild `g1`, 1,024 m to 640 m. */
export const specOf = (more: Partial<ZoneSpec> = {}): ZoneSpec => ({
  ...{ name: 'Market', guild_id: 'g1', bounds: { width_m: 1_024, height_m: 640 } },
  ...defaultZone,
  ...more,
})

export const commands = {
  create: (more: Partial<ZoneSpec> = {}, by = admin) => ({ type: 'create', by, spec: specOf(more) }) as const,
  update: (changes: ZoneChanges, by = admin) => ({ type: 'update', by, changes }) as const,
  close: (by = admin) => ({ type: 'close', by, reason: 'season over' }) as const,
  sanction: (by: Principal, kind: WiderKind, target: string, durationS: number | null = null) =>
    ({
      type: 'sanction',
      ...{ by, kind, target_user_id: user(target), duration_s: durationS, reason: 'threats', evidence: 'clip-1' },
    }) as const,
  lift: (by: Principal, kind: WiderKind, target: string) =>
    ({ type: 'lift', by, kind, target_user_id: user(target), reason: 'sorry' }) as const,
  expire: (kind: WiderKind, target: string, generation: number) =>
    ({ type: 'expire', kind, target_user_id: user(target), generation, clock: 'sweep' }) as const,
  authorize: (by: Principal) => ({ type: 'authorize', by }) as const,
  view: { type: 'view' } as const,
  wake: { type: 'wake' } as const,
  watch: (number: number, gateway: number | null = null, players = 0) =>
    ({ type: 'watch', session_id: session(number), gateway, players }) as const,
  unwatch: (number: number) => ({ type: 'unwatch', session_id: session(number) }) as const,
  players: (number: number, players: number) => ({ type: 'players', session_id: session(number), players }) as const,
  cut: (version: number, region: number, axis: Axis, at: number) =>
    ({ type: 'cut', version, region, axis, at }) as const,
  merge: (version: number, region: number) => ({ type: 'merge', version, region }) as const,
}

/** The root of one zone. Time stands still until `nowMs` is set. */
export class ZoneKit {
  state: ZoneState = definition.initial(zoneKey(zoneId))
  nowMs = 1_700_000_000_000
  epoch = 1
  readonly journal: { readonly epoch: number; readonly atMs: number; readonly event: ZoneEvent }[] = []
  readonly #key = zoneKey(zoneId)

  /** Carries out one command in the runtime's order. */
  run(command: ZoneCommand) {
    const decoded = definition.decodeCommand(JSON.parse(JSON.stringify(command)))
    const decision: Decision<ZoneEvent, ZoneChange> = definition.decide(this.state, decoded, {
      ...{ key: this.#key, nowMs: this.nowMs },
      ...{ epoch: this.epoch, commandId: commandId('kit', 1) },
    })
    const { reply, events, changes } = decision
    const writes: RecordWrite[] = []
    for (const [part, event] of events.entries()) {
      const stored = definition.decodeEvent(JSON.parse(JSON.stringify(event)))
      this.journal.push({ epoch: this.epoch, atMs: this.nowMs, event: stored })
      const at = { key: this.#key, epoch: this.epoch, seq: this.journal.length, part, atMs: this.nowMs }
      this.state = definition.evolve(this.state, stored, at)
      writes.push(...definition.writes(stored, this.state, at))
    }
    for (const change of changes) this.state = definition.applyChange(this.state, change)
    const pushed = decision.pushes.map(({ body }) => (body as PlanPush).plan)
    return { reply, events, writes, pushed, plan: pushed.at(-1) ?? null }
  }

  /** The value of the answer. Throws where it was refused. */
  done<Type extends ZoneCommand['type']>(command: Extract<ZoneCommand, { type: Type }>): ZoneReplies[Type] {
    const { reply } = this.run(command)
    if ('reject' in reply) throw new Error(reply.reject)
    return reply.ok as ZoneReplies[Type]
  }

  /** The code of the refusal; null where it was carried out. */
  refusal(command: ZoneCommand): string | null {
    const { reply } = this.run(command)
    return 'reject' in reply ? reply.reject : null
  }

  /** Another node has the root now: what it knows is what the snapshot, or else the journal, tells it. */
  moved(by: 'snapshot' | 'journal' = 'snapshot'): void {
    this.state = by === 'snapshot' ? this.restored() : this.replayed()
    this.epoch += 1
  }

  /** As the snapshot alone tells it. */
  restored(): ZoneState {
    return definition.fromSnapshot(this.#key, JSON.parse(JSON.stringify(definition.toSnapshot(this.state))))
  }

  /** As the journal alone tells it. */
  replayed(): ZoneState {
    return this.journal.reduce(
      (state, { event, ...at }, index) =>
        definition.evolve(state, event, { key: this.#key, ...at, seq: index + 1, part: 0 }),
      definition.initial(this.#key),
    )
  }

  /** The first push of a session. */
  welcome(number: number): ZonePlan {
    return definition.welcome(this.state, session(number)) as ZonePlan
  }
}

/** What of a state is durable. */
export const durable = ({ zone, book, ranks, soonestEndMs }: ZoneState) => ({ zone, book, ranks, soonestEndMs })
