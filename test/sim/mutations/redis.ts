import type { Mutation } from '../mutation.ts'
import { changed } from './parts.ts'

/** A release frees the actor, whoever owns it by now. */
export const releaseWithoutCompare = (): Mutation =>
  changed({
    redis: (redis) => ({
      release: async (key) => {
        const [owner] = await redis.resolveMany([key])
        return owner ? redis.release(key, owner) : false
      },
    }),
  })

/** A hand-off that was begun under an earlier epoch is carried out all the same. */
export const transferWithoutCompare = (): Mutation =>
  changed({
    redis: (redis) => ({
      transfer: async (key, told, heir) => {
        const [owner] = await redis.resolveMany([key])
        return redis.transfer(key, owner ?? told, heir)
      },
    }),
  })

/** A claim does not learn which epoch the record has. */
export const noEpochFloor = (): Mutation =>
  changed({ redis: (redis) => ({ claim: (key, claimant) => redis.claim(key, claimant, 0) }) })
