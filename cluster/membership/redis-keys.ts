import type { ActorKey } from '../../protocol/ids.ts'

/** Names of the control keys. One hash tag over all of them, so that one slot of a Redis cluster holds what a script touches. */
export interface RedisKeys {
  /** Sorted set: process by the time its lease ends, Unix ms by Redis's clock. */
  readonly members: string
  readonly ring: string
  readonly nodes: string
  readonly tombstones: string
  node(process: string): string
  tombstone(incarnation: string): string
  owner(key: ActorKey): string
}

/** `prefix` holds the hash tag, for instance `{vc}`. */
export const redisKeys = (prefix: string): RedisKeys => ({
  members: `${prefix}members`,
  ring: `${prefix}ring`,
  nodes: `${prefix}n:`,
  tombstones: `${prefix}t:`,
  node: (process) => `${prefix}n:${process}`,
  tombstone: (incarnation) => `${prefix}t:${incarnation}`,
  owner: (key) => `${prefix}o:${key}`,
})
