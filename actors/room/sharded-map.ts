/** A power of two: so many that a shard of a room of hundreds holds a handful. */
const shards = 64

/** Keys and their values by turns. */
type Shard = readonly unknown[]
const emptyShard: Shard = []

/**
 * A map that nobody changes: `with` and `without` make another one and share the rest with it. Every signal makes new ones, and copying
 * a plain map of the sessions costs what that has entries; here it is two short arrays. Keys are UUIDs, whose last digits are evenly
 * spread.
 */
export class ShardedMap<Key extends string, Value> {
  static readonly #empty = new ShardedMap<string, never>(Array<Shard>(shards).fill(emptyShard), 0)
  readonly size: number
  readonly #shards: readonly Shard[]

  private constructor(list: readonly Shard[], size: number) {
    this.#shards = list
    this.size = size
  }

  static empty<Key extends string, Value>(): ShardedMap<Key, Value> {
    return ShardedMap.#empty
  }

  get(key: Key): Value | undefined {
    const shard = this.#shards[shardOf(key)] ?? emptyShard
    const at = placeOf(shard, key)
    return at < 0 ? undefined : (shard[at + 1] as Value)
  }

  with(key: Key, value: Value): ShardedMap<Key, Value> {
    const index = shardOf(key)
    const shard = (this.#shards[index] ?? emptyShard).slice()
    const at = placeOf(shard, key)
    if (at < 0) shard.push(key, value)
    else shard[at + 1] = value
    return this.#replaced(index, shard, at < 0 ? 1 : 0)
  }

  without(key: Key): ShardedMap<Key, Value> {
    const index = shardOf(key)
    const shard = this.#shards[index] ?? emptyShard
    const at = placeOf(shard, key)
    return at < 0 ? this : this.#replaced(index, [...shard.slice(0, at), ...shard.slice(at + 2)], -1)
  }

  #replaced(index: number, shard: Shard, grown: number): ShardedMap<Key, Value> {
    const list = this.#shards.slice()
    list[index] = shard
    return new ShardedMap(list, this.size + grown)
  }
}

function placeOf(shard: Shard, key: string): number {
  for (let at = 0; at < shard.length; at += 2) if (shard[at] === key) return at
  return -1
}

/** By the last two digits, as far as they are hexadecimal ones. */
const shardOf = (key: string): number =>
  (hexOf(key.charCodeAt(key.length - 1)) * 16 + hexOf(key.charCodeAt(key.length - 2))) & (shards - 1)

const hexOf = (code: number): number => (code < 58 ? code - 48 : code - 87)
