import { isDeepStrictEqual } from 'node:util'
import { planOf } from '../../../actors/zone-root/plan.ts'
import { zoneDefinition } from '../../../actors/zone-root/index.ts'
import type { ZoneState } from '../../../actors/zone-root/state.ts'
import { viewOf } from '../../../actors/zone-root/view.ts'
import { shardDefinition } from '../../../actors/zone-shard/index.ts'
import type { AnyDefinition } from '../../../cluster/actor-runtime/definition.ts'
import type { Position } from '../../../protocol/cluster/results.ts'
import { kindOf, type ActorKey, type CommandId, type UserId } from '../../../protocol/ids.ts'
import type { Clock } from '../../../protocol/ports.ts'
import type { ZonePlan } from '../../../protocol/zone/plan.ts'
import { Emitters } from '../../support/emitters.ts'
import type { TallyWrite } from '../../support/tally-actor.ts'
import { Oracle, type Done, type Entry } from '../oracle.ts'

/** What a zone must be. */
export class ZoneOracle extends Oracle {
  readonly emitters = new Emitters((problem) => this.broken('Z1', problem))
  /** Everybody who was ever banned. */
  readonly banned = new Set<UserId>()
  readonly root: ActorKey
  /** By a clock that is wrong a sanction ends early or late, and nobody can know. */
  readonly areClocksRight: boolean

  constructor(clock: Clock, root: ActorKey, areClocksRight: boolean) {
    super(clock)
    this.root = root
    this.areClocksRight = areClocksRight
  }

  /** The zone as the journal tells it. */
  get zone(): ZoneState {
    return this.known(this.root).state as ZoneState
  }

  /** A client was told that they are out of the zone. */
  left(name: string, user: UserId, reason: string): void {
    this.trace.note(`left ${name} ${reason}`)
    // Which of two entries is the later, the clocks of two gateways tell.
    if (reason === 'replaced' && !this.areClocksRight) return
    if (reason !== 'banned' || !this.banned.has(user)) this.broken('I7', `${name} was put out of the zone: ${reason}`)
  }

  protected override definitionOf(key: ActorKey): AnyDefinition<TallyWrite> {
    const definition = kindOf(key) === zoneDefinition.kind ? zoneDefinition : shardDefinition
    return definition as unknown as AnyDefinition<TallyWrite>
  }

  protected override checkEntry(_entry: Entry, _before: unknown, after: ZoneState): void {
    for (const { kind, userId } of after.book.sanctions.values()) if (kind === 'ban') this.banned.add(userId)
  }

  protected override checkRead(key: ActorKey, id: CommandId, { at, value }: Done): void {
    const state = this.of(key).states[at.seq] as ZoneState | undefined
    if (!state?.zone) this.broken('I4', `${id} read ${key} ${at.epoch}/${at.seq}, which is not committed`)
    else if (!isDeepStrictEqual(value, viewOf({ ...state, zone: state.zone })))
      this.broken('I4', `${id} read ${key} ${at.epoch}/${at.seq} as it is not`)
  }

  protected override checkPush(key: ActorKey, { epoch, seq }: Position, body: unknown): void {
    const told = body as { readonly snapshot?: ZonePlan | null; readonly plan?: ZonePlan }
    const plan = told.plan ?? told.snapshot
    const state = this.of(key).states[seq] as ZoneState | undefined
    if (!plan || !state?.zone) return
    if (!isDeepStrictEqual(durableOf(plan), durableOf(planOf({ ...state, zone: state.zone })))) {
      this.broken('I4', `${key} ${epoch}/${seq} was shown wrong`)
    }
  }
}

/** What of a plan stands in the journal. */
const durableOf = ({ version: _version, isFull: _isFull, ...durable }: ZonePlan) => durable
