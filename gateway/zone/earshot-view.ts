import { Changes, recordBytes, Resync } from '../../protocol/zone/frames.ts'

const leaveBytes = 1
const enterPlayerAt = 2

/**
 * Whom one client has in earshot, by the frames that it was sent: alias and number. A frame that does not fit what went before is not for a client, which
 * then needs a resync.
 */
export class EarshotView {
  readonly #byAlias = new Map<number, number>()

  get size(): number {
    return this.#byAlias.size
  }

  hears(player: number): boolean {
    for (const peer of this.#byAlias.values()) if (peer === player) return true
    return false
  }

  clear(): void {
    this.#byAlias.clear()
  }

  /**
   * Takes in a `changes` or a `resync`. Null where it does not fit: too short, or of an alias that is not known or is somebody else's; what is known is
   * worthless then. Else the numbers of those who come into earshot.
   */
  take(frame: Uint8Array): readonly number[] | null {
    if (frame[0] === Resync.code) return this.#takeAll(frame)
    if (frame[0] !== Changes.code || frame.length < recordBytes.changesHeader) return null
    const [, , enters = 0, leaves = 0, updates = 0, slots = 0] = frame
    const { enter, update, slot, changesHeader } = recordBytes
    const updatesAt = changesHeader + leaves * leaveBytes + enters * enter
    const slotsAt = updatesAt + updates * update
    if (frame.length !== slotsAt + slots * slot) return null
    for (let n = 0; n < leaves; n++) if (!this.#byAlias.delete(frame[changesHeader + n] ?? 0)) return null
    const came = enters === 0 ? none : this.#enter(frame, changesHeader + leaves * leaveBytes, enters)
    if (came === null) return null
    for (let n = 0; n < updates; n++) if (!this.#byAlias.has(frame[updatesAt + n * update] ?? 0)) return null
    return came
  }

  #takeAll(frame: Uint8Array): readonly number[] | null {
    if (frame.length < recordBytes.resyncHeader) return null
    const enters = frame[recordBytes.resyncHeader - 2] ?? 0
    const slots = frame[recordBytes.resyncHeader - 1] ?? 0
    const { resyncHeader, enter, slot } = recordBytes
    if (frame.length !== resyncHeader + enters * enter + slots * slot) return null
    this.#byAlias.clear()
    return this.#enter(frame, resyncHeader, enters)
  }

  #enter(frame: Uint8Array, from: number, count: number): readonly number[] | null {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
    const came: number[] = []
    for (let n = 0; n < count; n++) {
      const at = from + n * recordBytes.enter
      const alias = frame[at] ?? 0
      const player = view.getUint32(at + enterPlayerAt, true)
      const known = this.#byAlias.get(alias)
      // Who sounds otherwise than before is told as if they came.
      if (known !== undefined && known !== player) return null
      this.#byAlias.set(alias, player)
      if (known === undefined) came.push(player)
    }
    return came
  }
}

const none: readonly number[] = []

/** A `changes` without its updates; null where nothing else is in it. */
export function withoutUpdates(frame: Uint8Array): Uint8Array | null {
  const [, , enters = 0, leaves = 0, updates = 0, slots = 0] = frame
  if (updates === 0) return frame
  if (enters + leaves + slots === 0) return null
  const updatesAt = recordBytes.changesHeader + leaves * leaveBytes + enters * recordBytes.enter
  const slotsAt = updatesAt + updates * recordBytes.update
  const kept = new Uint8Array(frame.length - (slotsAt - updatesAt))
  kept.set(frame.subarray(0, updatesAt))
  kept.set(frame.subarray(slotsAt), updatesAt)
  kept[4] = 0
  return kept
}
