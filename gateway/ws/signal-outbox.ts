import type { SessionId } from '../../protocol/ids.ts'
import { keptSignalsMax, type KeptSignal } from '../../protocol/room/commands.ts'

/** Kept for one session at the most, characters of descriptions and candidates. Beyond it, or beyond `keptSignalsMax`, the oldest go. */
export const keptCharactersMax = 256 * 1024

/**
 * What one session sent, its room took, and its receivers have not confirmed: told to the room's next owner, who knows nothing of it.
 * It numbers the session's signals, too, so that one which is sent again to another owner has the number it had before.
 */
export class SignalOutbox {
  #kept: KeptSignal[] = []
  #characters = 0
  #last = 0

  /** What the next one should be numbered; undefined where the room has not said yet where it stands. */
  get next(): number | undefined {
    return this.#last === 0 ? undefined : this.#last + 1
  }

  /** In the order of sending. */
  get unconfirmed(): readonly KeptSignal[] {
    return this.#kept
  }

  /** The room gave out numbers up to that one. */
  countFrom(last: number): void {
    this.#last = Math.max(this.#last, last)
  }

  /** Nobody knows whether the number was used: the next signal must not have it. */
  skip(): void {
    if (this.#last > 0) this.#last += 1
  }

  /** The room has taken it. Returns how many others had to go. */
  keep(signal: KeptSignal): number {
    this.countFrom(signal.signal_seq)
    this.#kept.push(signal)
    this.#characters += charactersOf(signal)
    let gone = 0
    while (
      this.#kept.length - gone > keptSignalsMax ||
      (this.#characters > keptCharactersMax && gone < this.#kept.length)
    ) {
      const oldest = this.#kept[gone]
      if (oldest) this.#characters -= charactersOf(oldest)
      gone += 1
    }
    if (gone > 0) this.#kept.splice(0, gone)
    return gone
  }

  /** That receiver has everything up to that number. */
  confirmed(by: SessionId, upTo: number): void {
    if (this.#kept.length === 0) return
    this.#kept = this.#kept.filter(({ to_session: to, signal_seq: seq }) => to !== by || seq > upTo)
    this.#characters = this.#kept.reduce((sum, signal) => sum + charactersOf(signal), 0)
  }
}

const charactersOf = ({ sdp, candidate }: KeptSignal): number => (sdp?.length ?? 0) + (candidate?.length ?? 0)
