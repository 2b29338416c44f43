import { AppError } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { Cancel, Timers } from '../../protocol/ports.ts'
import type { ToRegion } from '../../protocol/zone/link-messages.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import { regionsOf } from '../../protocol/zone/region-map.ts'
import type { RegionAnswer } from './region-words.ts'
import type { EarshotShown, ZoneRegions, ZoneShown } from './regions-port.ts'
import type { ZoneHold, Zones } from './zones.ts'

/** Regions have so long to answer, ms: one that has just been attached to may have to be loaded. */
export const askMs = 1_500
/** A region that has not answered is asked again after so long, ms, since an ask may be lost. */
const askAgainMs = 250
/** Asks that may wait for regions at once. Above it OVERLOADED. */
export const asksMax = 64

interface Ask {
  /** Regions that have not answered yet, each under a number of its own. */
  readonly open: Map<number, number>
  readonly answers: Map<number, RegionAnswer>
  /** An answer after which no other is waited for. */
  readonly isEnough: (answer: RegionAnswer) => boolean
  end(): void
}

/** Asks of REST to all regions of a zone, and the answers that come to them. Whoever does not answer in time is left out. */
export class RegionAsks implements ZoneRegions {
  readonly #zones: Pick<Zones, 'open' | 'onAnswer'>
  readonly #timers: Timers
  /** By the number of the ask to one region. */
  readonly #asks = new Map<number, Ask>()
  #waiting = 0
  #count = 0

  constructor(zones: Pick<Zones, 'open' | 'onAnswer'>, timers: Timers) {
    this.#zones = zones
    this.#timers = timers
    zones.onAnswer((answer) => this.#hear(answer))
  }

  show(zoneId: ZoneId, points: boolean): Promise<ZoneShown> {
    return this.#held(zoneId, async (hold) => {
      const answers = await this.#ask(hold, (ask) => ({ type: 'show', ask, points }), never)
      return { plan: hold.plan, shards: answers.flatMap((answer) => (answer.type === 'shown' ? [answer.shard] : [])) }
    })
  }

  earshotOf(zoneId: ZoneId, userId: UserId): Promise<EarshotShown | null> {
    const isTheirs = (answer: RegionAnswer) => answer.type === 'earshot' && answer.player !== 0
    return this.#held(zoneId, async (hold) => {
      const answers = await this.#ask(hold, (ask) => ({ type: 'earshot_of', ask, userId }), isTheirs)
      const found = answers.find(isTheirs)
      return found?.type === 'earshot' ? { player: found.player, earshot: found.earshot } : null
    })
  }

  async #held<Value>(zoneId: ZoneId, work: (hold: ZoneHold) => Promise<Value>): Promise<Value> {
    if (this.#waiting >= asksMax) throw new AppError('OVERLOADED', { limit: asksMax })
    this.#waiting += 1
    try {
      const hold = await this.#zones.open(zoneId)
      try {
        return await work(hold)
      } finally {
        hold.release()
      }
    } finally {
      this.#waiting -= 1
    }
  }

  /** Resolves with what came until all regions have answered, one answer is enough, or the time is over. */
  #ask(
    hold: ZoneHold,
    toRegion: (ask: number) => ToRegion,
    isEnough: (answer: RegionAnswer) => boolean,
  ): Promise<readonly RegionAnswer[]> {
    const regions = regionsOf(hold.plan.map).map(({ id }) => id)
    return new Promise((resolve) => {
      const cancels: Cancel[] = []
      const ask: Ask = {
        open: new Map(regions.map((region) => [this.#next(hold.gateway), region])),
        answers: new Map(),
        isEnough,
        end: () => {
          for (const cancel of cancels) cancel()
          for (const number of ask.open.keys()) this.#asks.delete(number)
          resolve(regions.flatMap((region) => ask.answers.get(region) ?? []))
        },
      }
      const send = () => {
        for (const [number, region] of ask.open) hold.send(region, toRegion(number))
      }
      for (const number of ask.open.keys()) this.#asks.set(number, ask)
      cancels.push(
        this.#timers.every(askAgainMs, send),
        this.#timers.after(askMs, () => ask.end()),
      )
      send()
    })
  }

  /** An answer to an ask that is over, or that came before, is dropped. */
  #hear(answer: RegionAnswer): void {
    const ask = this.#asks.get(answer.ask)
    const region = ask?.open.get(answer.ask)
    if (!ask || region === undefined) return
    this.#asks.delete(answer.ask)
    ask.open.delete(answer.ask)
    ask.answers.set(region, answer)
    if (ask.open.size === 0 || ask.isEnough(answer)) ask.end()
  }

  /** The gateway's number in the upper 12 bits tells the region whom to answer; no two asks under way count the same. */
  #next(gateway: number): number {
    this.#count = (this.#count % 0xfffff) + 1
    return ((gateway << 20) | this.#count) >>> 0
  }
}

const never = () => false
