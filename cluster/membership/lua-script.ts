import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RedisClient } from './redis-connection.ts'

/** One Lua script of the folder `lua/`, sent by its digest and loaded where Redis does not know it (any more). */
export class LuaScript {
  readonly #text: string
  readonly #digest: string

  constructor(name: string) {
    this.#text = readFileSync(new URL(`lua/${name}.lua`, import.meta.url), 'utf8')
    this.#digest = createHash('sha1').update(this.#text).digest('hex')
  }

  /** Runs it. Rejects when Redis does not answer in the connection's command time-out. */
  async run(redis: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#digest, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return redis.eval(this.#text, keys.length, ...keys, ...args)
    }
  }
}
