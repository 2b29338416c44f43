import { readDelivered } from '../../protocol/zone/delivered.ts'
import { Delivered } from '../../protocol/zone/frames.ts'

/** Which life of which region tells a player in an epoch: never two. */
export class Emitters {
  readonly #byEpoch = new Map<string, string>()
  readonly #broken: (problem: string) => void

  /** `broken`: told where two did. */
  constructor(broken: (problem: string) => void) {
    this.#broken = broken
  }

  /** A region in that life of it said something to a gateway. */
  note(key: string, life: number, payload: Uint8Array): void {
    if (payload[0] !== Delivered.code) return
    readDelivered(payload, ({ player, epoch }) => {
      const who = `${key} in its life ${life}`
      const known = this.#byEpoch.get(`${player} ${epoch}`) ?? who
      if (known !== who) this.#broken(`${known} and ${who} tell ${player} in the epoch ${epoch}`)
      this.#byEpoch.set(`${player} ${epoch}`, who)
    })
  }
}
