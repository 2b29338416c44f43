import type { BeginResident, Resident, ResidentContext } from '../../../cluster/actor-runtime/resident.ts'
import { idOf } from '../../../protocol/ids.ts'
import type { ZoneId } from '../../../protocol/zone/plan.ts'
import type { ShardState } from '../state.ts'
import { Metronome } from './metronome.ts'
import { Shard } from './shard.ts'
import type { ShardDeps } from './ways.ts'

/** What lives beside each region's actor: its players, from the first plan that a gateway told. */
export const zoneShardResident =
  (deps: ShardDeps): BeginResident =>
  (context) =>
    new ShardResident(deps, context)

/** Waits for a plan; from then on there is a region, and it beats. */
class ShardResident implements Resident {
  readonly #deps: ShardDeps
  readonly #context: ResidentContext
  readonly #metronome: Metronome
  #shard: Shard | null = null

  constructor(deps: ShardDeps, context: ResidentContext) {
    this.#deps = deps
    this.#context = context
    this.#metronome = new Metronome(deps, () => this.#beat())
  }

  onDatagram(payload: Uint8Array): void {
    this.#shard?.hear(payload)
  }

  onState(state: unknown): void {
    const { plan, gateways } = state as ShardState
    if (!plan) return
    if (!this.#shard) {
      const [zoneId = '', region = ''] = idOf(this.#context.key).split(':')
      this.#shard = new Shard(this.#deps, this.#context, zoneId as ZoneId, Number(region), plan)
    }
    this.#shard.changed(plan, gateways)
    this.#metronome.set(this.#shard.tickHz)
  }

  /**
   * A region that throws begins anew with the next beat and with nobody, since whatever it knew may be wrong: gateways that hear nothing of their players have it take them again.
   */
  #beat(): void {
    try {
      if (this.#shard) this.#shard.tick()
      else this.onState(this.#context.state())
    } catch (err) {
      this.#deps.logger.error({ key: this.#context.key, err }, 'zone.region_failed')
      this.#shard = null
    }
  }

  end(): void {
    this.#metronome.stop()
    this.#shard = null
  }

  gauges(): Readonly<Record<string, number>> {
    return this.#shard?.gauges ?? {}
  }
}
