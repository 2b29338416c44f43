import type { RedisClient } from './redis-connection.ts'
import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { HoldResult, LeaseState, LeaseStore } from './lease-store.ts'
import { LuaScript } from './lua-script.ts'
import type { MemberFacts } from './port.ts'
import type { RedisKeys } from './redis-keys.ts'
import { tombstoneMs } from './redis-membership.ts'

const scripts = { hold: new LuaScript('hold'), leave: new LuaScript('leave') }

/** Leases in Redis. Its connection should be its own: a renewal must not wait behind other traffic. */
export class RedisLeaseStore implements LeaseStore {
  readonly #redis: RedisClient
  readonly #keys: RedisKeys

  constructor(redis: RedisClient, keys: RedisKeys) {
    this.#redis = redis
    this.#keys = keys
  }

  async hold(
    facts: MemberFacts,
    { state, load }: LeaseState,
    { leaseMs, takeOver }: { leaseMs: number; takeOver: boolean },
  ): Promise<HoldResult> {
    const { members, ring, tombstones } = this.#keys
    const { process, incarnation } = facts
    const places = [members, this.#keys.node(process), this.#keys.tombstone(incarnation), ring, tombstones]
    const takes = takeOver ? '1' : '0'
    const said = [process, incarnation, JSON.stringify(facts), state, load, leaseMs, takes, tombstoneMs]
    return (await scripts.hold.run(this.#redis, places, said)) as HoldResult
  }

  async leave(process: ProcessId, incarnation: Incarnation): Promise<boolean> {
    const { members, ring } = this.#keys
    const places = [members, this.#keys.node(process), this.#keys.tombstone(incarnation), ring]
    return (await scripts.leave.run(this.#redis, places, [process, incarnation, 0])) === 1
  }
}
