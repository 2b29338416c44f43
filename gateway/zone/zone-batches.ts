import { epochInFrame } from '../../protocol/zone/frames.ts'
import { PositionBatch } from './position-batch.ts'
import type { Seat } from './zone-player.ts'

/** Positions wait so long at most, ms. */
export const batchEveryMs = 10

/** The batches of one zone: one for each region that players of this process are in, of the life that gave them their slots. */
export class ZoneBatches {
  readonly #byRegion = new Map<number, { readonly epoch: number; readonly batch: PositionBatch }>()
  readonly #zone: number
  readonly #send: (region: number, batch: Uint8Array) => void

  constructor(zone: number, send: (region: number, batch: Uint8Array) => void) {
    this.#zone = zone
    this.#send = send
  }

  /** A position that was checked. What is full goes at once. */
  put({ region, slot, regionEpoch }: Seat, position: Uint8Array): void {
    const batch = this.#batchOf(region, regionEpoch)
    if (batch.put(slot, position)) return
    this.#send(region, batch.take())
    batch.put(slot, position)
  }

  /** Sends what waits. */
  flush(): void {
    for (const [region, { batch }] of this.#byRegion) if (!batch.isEmpty) this.#send(region, batch.take())
  }

  /** Forgets the regions that are not among these, and what waits for them. */
  keep(regions: ReadonlySet<number>): void {
    for (const region of [...this.#byRegion.keys()]) if (!regions.has(region)) this.#byRegion.delete(region)
  }

  /** What waits for an earlier life of the region is of no use to the next. */
  #batchOf(region: number, epoch: number): PositionBatch {
    const known = this.#byRegion.get(region)
    if (known?.epoch === epoch) return known.batch
    const batch = new PositionBatch(this.#zone, region, epochInFrame(epoch))
    this.#byRegion.set(region, { epoch, batch })
    return batch
  }
}
