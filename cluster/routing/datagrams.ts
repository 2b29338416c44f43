import type { ActorKey } from '../../protocol/ids.ts'
import type { Timers } from '../../protocol/ports.ts'
import { maxDatagramBytes } from '../transport/frame-codec.ts'
import { frameType, type PeerLink } from '../transport/port.ts'

/** Owners that are looked for at once; for more the next datagram asks. */
const soughtMax = 1_024
/** An owner is looked for again so long after the last search for it ended, ms: datagrams come many times as often. */
const seekEveryMs = 50

/** What datagrams need of a router. */
export interface DatagramWays {
  readonly timers: Timers
  /** The owner's epoch and a link to it that answers; null where either is not known. */
  wayTo(key: ActorKey): { readonly link: PeerLink; readonly epoch: number } | null
  /** Finds the owner, if there is one, and dials it. Wakes nobody. */
  seek(key: ActorKey): Promise<void>
}

/** Sends datagrams to the owners of actors. What has no way yet is not kept: a way is looked for, and the next one takes it. */
export class Datagrams {
  readonly #ways: DatagramWays
  readonly #sought = new Set<ActorKey>()

  constructor(ways: DatagramWays) {
    this.#ways = ways
  }

  /** As the router's `datagram`. */
  send(key: ActorKey, payload: Uint8Array, lane: 0 | 1): boolean {
    if (payload.length > maxDatagramBytes) return false
    const way = this.#ways.wayTo(key)
    if (!way) {
      this.#seek(key)
      return false
    }
    const { link, epoch } = way
    return link.send({ type: frameType.datagram, lane, correlation: 0, epoch, seq: 0, deadlineMs: 0, key, payload })
  }

  #seek(key: ActorKey): void {
    if (this.#sought.has(key) || this.#sought.size >= soughtMax) return
    this.#sought.add(key)
    const end = () => void this.#ways.timers.after(seekEveryMs, () => this.#sought.delete(key))
    this.#ways.seek(key).then(end, end)
  }
}
