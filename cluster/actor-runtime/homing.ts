import type { Cancel, Clock, Timers } from '../../protocol/ports.ts'
import type { MemberFacts, MembershipView } from '../membership/port.ts'
import type { Placement } from '../placement/port.ts'
import type { HandOffs } from './hand-off.ts'
import type { HostedActor } from './host.ts'

export interface HomingDeps {
  readonly self: Pick<MemberFacts, 'process' | 'region'>
  readonly host: { actors(): Iterable<Pick<HostedActor, 'key' | 'sinceMs' | 'homeRegion'>> }
  readonly handOffs: Pick<HandOffs, 'handOff'>
  readonly placement: Placement
  readonly view: () => MembershipView
  readonly clock: Clock
  readonly timers: Timers
}

/** Between two looks, ms. */
const everyMs = 500
/** Actors that came longer ago stay where they are, ms: moving those as well would be rebalancing. */
const latelyMs = 2_000
/** Actors that are handed on in one look, at the most. */
const atOnce = 32

/**
 * Hands actors that were loaded outside their region to a node inside. Whoever wakes an actor need not know where it belongs:
 * that stands in its own state, which is read where it is loaded. Where no node of the region takes actors they stay.
 */
export function handHome(deps: HomingDeps): Cancel {
  const underWay = new Set<string>()
  return deps.timers.every(everyMs, () => {
    const fromMs = deps.clock.monotonicMs() - latelyMs
    const view = deps.view()
    for (const { key, sinceMs, homeRegion } of deps.host.actors()) {
      if (underWay.size >= atOnce) return
      if (homeRegion === null || homeRegion === deps.self.region || sinceMs < fromMs || underWay.has(key)) continue
      const heir = deps.placement.choose(key, view, { region: homeRegion })
      if (heir?.region !== homeRegion || heir.state !== 'up') continue
      underWay.add(key)
      void deps.handOffs.handOff(key, heir, 'region').finally(() => underWay.delete(key))
    }
  })
}
