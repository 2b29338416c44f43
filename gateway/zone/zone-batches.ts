import { epochInFrame } from '../../protocol/zone/frames.ts'
import { PositionBatch } from './position-batch.ts'
import type { Seat } from './zone-player.ts'

/** Positions wait so long at most, ms. */
export const batchEveryMs = 10

/** What waits for a region. */
interface Waiting {
  readonly epoch: number
  readonly batch: PositionBatch
  /** Nothing was waiting when it was last flushed: the next position goes at once, and those behind it wait. */
  isIdle: boolean
}

/** The batches of one zone: one for each region that players of this process are in, of the life that gave them their slots. */
export class ZoneBatches {
  readonly #byRegion = new Map<number, Waiting>()
  readonly #zone: number
  readonly #send: (region: number, batch: Uint8Array) => void

  constructor(zone: number, send: (region: number, batch: Uint8Array) => void) {
    this.#zone = zone
    this.#send = send
  }

  /** A position that was checked. What is full goes at once, and the first one where nothing was waiting. */
  put({ region, slot, regionEpoch }: Seat, position: Uint8Array): void {
    const waiting = this.#waitingFor(region, regionEpoch)
    const { batch } = waiting
    if (!batch.put(slot, position)) {
      this.#send(region, batch.take())
      batch.put(slot, position)
    }
    if (waiting.isIdle) this.#send(region, batch.take())
    waiting.isIdle = false
  }

  /** Every `batchEveryMs`: sends what waits. */
  flush(): void {
    for (const [region, waiting] of this.#byRegion) {
      waiting.isIdle = waiting.batch.isEmpty
      if (!waiting.isIdle) this.#send(region, waiting.batch.take())
    }
  }

  /** Forgets the regions that are not among these, and what waits for them. */
  keep(regions: ReadonlySet<number>): void {
    for (const region of [...this.#byRegion.keys()]) if (!regions.has(region)) this.#byRegion.delete(region)
  }

  /** What waits for an earlier life of the region is of no use to the next. */
  #waitingFor(region: number, epoch: number): Waiting {
    const known = this.#byRegion.get(region)
    if (known?.epoch === epoch) return known
    const waiting = { epoch, batch: new PositionBatch(this.#zone, region, epochInFrame(epoch)), isIdle: false }
    this.#byRegion.set(region, waiting)
    return waiting
  }
}
