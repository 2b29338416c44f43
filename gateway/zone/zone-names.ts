import type { UserId } from '../../protocol/ids.ts'
import type { PlayersNamed } from '../../protocol/zone/link-messages.ts'

type Named = PlayersNamed['players'][number]

/** Whom a process knows by name in one zone, at most; whoever was named first is forgotten first. */
const knownMax = 262_144
/** Numbers of whom nobody has told the name yet, at most. */
const awaitedMax = 65_536
/** Whom a client was told, before it is told again. */
const introducedMax = 8_192
/** In one frame. */
export const namesInFrame = 100

/** Who can be told names. */
export interface Introduced {
  readonly introduced: Set<number>
}

/** The names of a zone's players: told by regions once, and to each client before the first frame that has the number. */
export class ZoneNames<Hearer extends Introduced> {
  readonly #known = new Map<number, Named>()
  readonly #awaited = new Map<number, Set<Hearer>>()
  readonly #tell: (hearer: Hearer, players: readonly Named[]) => void

  constructor(tell: (hearer: Hearer, players: readonly Named[]) => void) {
    this.#tell = tell
  }

  userOf(number: number): UserId | undefined {
    return this.#known.get(number)?.userId
  }

  /** The hearer is about to see these numbers. Those whose names are not known yet follow when they are. */
  introduce(hearer: Hearer, numbers: readonly number[]): void {
    const told: Named[] = []
    for (const number of numbers) {
      if (hearer.introduced.has(number)) continue
      const named = this.#known.get(number)
      if (named) {
        note(hearer, number)
        told.push(named)
      } else this.#await(hearer, number)
    }
    this.#send(hearer, told)
  }

  /** A region says who they are. */
  learn(players: readonly Named[]): void {
    const told = new Map<Hearer, Named[]>()
    for (const named of players) {
      this.#known.delete(named.player)
      this.#known.set(named.player, named)
      for (const hearer of this.#awaited.get(named.player) ?? []) {
        note(hearer, named.player)
        const list = told.get(hearer)
        if (list) list.push(named)
        else told.set(hearer, [named])
      }
      this.#awaited.delete(named.player)
    }
    for (const [hearer, list] of told) this.#send(hearer, list)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= knownMax) break
      this.#known.delete(oldest)
    }
  }

  forget(hearer: Hearer): void {
    for (const [number, hearers] of this.#awaited) {
      if (hearers.delete(hearer) && hearers.size === 0) this.#awaited.delete(number)
    }
  }

  #await(hearer: Hearer, number: number): void {
    const hearers = this.#awaited.get(number)
    if (hearers) hearers.add(hearer)
    else if (this.#awaited.size < awaitedMax) this.#awaited.set(number, new Set([hearer]))
  }

  #send(hearer: Hearer, players: readonly Named[]): void {
    for (let from = 0; from < players.length; from += namesInFrame) {
      this.#tell(hearer, players.slice(from, from + namesInFrame))
    }
  }
}

function note({ introduced }: Introduced, number: number): void {
  if (introduced.size >= introducedMax) introduced.clear()
  introduced.add(number)
}
