import type { ToRegion } from '../../../protocol/zone/link-messages.ts'
import type { Mutation, ZoneGuards } from '../mutation.ts'
import { changed } from './parts.ts'

const without = (zone: Partial<ZoneGuards>): Mutation => ({ ...changed({}), zone })

/** Every life of a region takes itself for the first. */
export const regionsOfOneLife = (): Mutation => without({ region: (context) => ({ ...context, epoch: 1 }) })

/** Plans count on from what this life of the root knows. */
export const plansWithoutEpoch = (): Mutation =>
  without({
    root: (definition) => ({
      ...definition,
      decide: (state, command, rules) => definition.decide(state, command, { ...rules, epoch: 1 }),
    }),
  })

/** Nobody is taken again by a region that has lost them. */
export const adoptedOnce = (): Mutation =>
  without({ says: (message) => message.type !== 'adopt' || message.passage.epoch === 0 })

/** What a gateway says once it does not say again. */
export const saidOnce = (type: ToRegion['type']) => (): Mutation => {
  const said = new Set<string>()
  return without({
    says: (message) => {
      if (message.type !== type) return true
      const words = JSON.stringify(message)
      if (said.has(words)) return false
      said.add(words)
      return true
    },
  })
}
