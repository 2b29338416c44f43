import type { RedisClient } from './redis-connection.ts'
import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import { LuaScript } from './lua-script.ts'
import type { ClaimResult, Directory, OwnerRef, Restored } from './port.ts'
import type { RedisKeys } from './redis-keys.ts'

/** How long the epoch of a released actor stays in Redis as a floor, ms. */
const floorKeptMs = 3_600_000
const maxKeys = 512

const scripts = {
  claim: new LuaScript('claim'),
  transfer: new LuaScript('transfer'),
  release: new LuaScript('release'),
  restore: new LuaScript('restore'),
  yield: new LuaScript('yield'),
  resolve: new LuaScript('resolve'),
}

/** Who owns what, in Redis: one small hash for each actor that was ever claimed and not released for an hour. */
export class RedisDirectory implements Directory {
  readonly #redis: RedisClient
  readonly #keys: RedisKeys

  constructor(redis: RedisClient, keys: RedisKeys) {
    this.#redis = redis
    this.#keys = keys
  }

  async claim(
    key: ActorKey,
    claimant: { process: ProcessId; incarnation: Incarnation },
    floor: number,
  ): Promise<ClaimResult> {
    const places = [this.#keys.owner(key), this.#keys.members, this.#keys.nodes]
    const answer = await scripts.claim.run(this.#redis, places, [claimant.process, claimant.incarnation, floor])
    const [verdict, ...rest] = answer as [number, ...string[]]
    if (verdict === -1) throw new Error(`${claimant.process} holds no lease and cannot claim`)
    if (verdict !== 1) return { granted: false, owner: ownerOf(rest) }
    const [epoch, process = '', incarnation = ''] = rest
    const from = process === '' ? null : { process: process as ProcessId, incarnation: incarnation as Incarnation }
    return { granted: true, epoch: Number(epoch), from }
  }

  async transfer(
    key: ActorKey,
    { process, incarnation, epoch }: OwnerRef,
    heir: { readonly process: ProcessId; readonly incarnation: Incarnation },
  ): Promise<number | null> {
    const places = [this.#keys.owner(key), this.#keys.members, this.#keys.nodes]
    const said = [process, incarnation, epoch, heir.process, heir.incarnation]
    const granted = (await scripts.transfer.run(this.#redis, places, said)) as number
    return granted === 0 ? null : granted
  }

  async release(key: ActorKey, { process, incarnation, epoch }: OwnerRef): Promise<boolean> {
    const said = [process, incarnation, epoch, floorKeptMs]
    return (await scripts.release.run(this.#redis, [this.#keys.owner(key)], said)) === 1
  }

  async yieldTo(key: ActorKey, claim: OwnerRef, owner: OwnerRef): Promise<boolean> {
    const said = [claim.process, claim.incarnation, claim.epoch, owner.process, owner.incarnation, owner.epoch]
    return (await scripts.yield.run(this.#redis, [this.#keys.owner(key)], said)) === 1
  }

  async restore(
    { process, incarnation }: { readonly process: ProcessId; readonly incarnation: Incarnation },
    owned: readonly { readonly key: ActorKey; readonly epoch: number }[],
  ): Promise<Restored> {
    if (owned.length > maxKeys) throw new RangeError(`at most ${maxKeys} actors at once`)
    if (owned.length === 0) return { ours: 0, restored: [], lost: [] }
    const places = owned.map(({ key }) => this.#keys.owner(key))
    const said = [process, incarnation, ...owned.map(({ epoch }) => epoch)]
    const [ours = 0, ...told] = (await scripts.restore.run(this.#redis, places, said)) as number[]
    const isTold = new Set(told)
    const keysOf = (sign: 1 | -1) => owned.filter((_, index) => isTold.has(sign * (index + 1))).map(({ key }) => key)
    return { ours, restored: keysOf(1), lost: keysOf(-1) }
  }

  async resolveMany(keys: readonly ActorKey[]): Promise<readonly (OwnerRef | null)[]> {
    if (keys.length > maxKeys) throw new RangeError(`at most ${maxKeys} actors at once`)
    if (keys.length === 0) return []
    const places = [this.#keys.members, this.#keys.nodes, ...keys.map((key) => this.#keys.owner(key))]
    const answer = (await scripts.resolve.run(this.#redis, places, [])) as string[][]
    return answer.map((row) => (row.length === 0 ? null : ownerOf(row)))
  }
}

const ownerOf = ([process = '', incarnation = '', epoch = '0']: readonly string[]): OwnerRef => ({
  process: process as ProcessId,
  incarnation: incarnation as Incarnation,
  epoch: Number(epoch),
})
