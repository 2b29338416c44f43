import type { ActorKey, ProcessId } from '../../protocol/ids.ts'
import type { Clock, Logger } from '../../protocol/ports.ts'
import type { Member, Membership, MembershipView } from '../membership/port.ts'
import type { Placement } from '../placement/port.ts'
import type { HandOffs } from './hand-off.ts'
import type { HostedActor } from './host.ts'

/** What a drain has to do with. */
export interface DrainedHost {
  actors(): Iterable<{ readonly key: ActorKey; readonly sessions: number; readonly homeRegion: string | null }>
  /** Lets an actor that carries no session leave memory, its state saved and its claim released. False where it may not. */
  letRest(key: ActorKey): Promise<boolean>
}

export interface DrainDeps {
  readonly self: ProcessId
  readonly host: DrainedHost
  readonly handOffs: Pick<HandOffs, 'handOff'>
  readonly placement: Placement
  readonly membership: Pick<Membership, 'view' | 'refresh'>
  readonly clock: Clock
  readonly logger: Logger
  /** Actors under way at once. Default 32. */
  readonly atOnce?: number
  /** The drain ends after so long whatever is left, ms. Default 30,000. */
  readonly withinMs?: number
}

export interface DrainOptions {
  /** False: actors that nobody is attached to are handed on too, since their state cannot be saved. Default true. */
  readonly rests?: boolean
}

/** What a drain came to, in actors. */
export interface DrainResult {
  readonly moved: number
  readonly rested: number
  /** Still here: there was no heir, or no time. */
  readonly left: number
}

/**
 * Empties a node: actors with sessions are handed to the node that placement would give them to, the others leave memory and
 * are loaded where they are next used. It may be called off, and begun again.
 */
export class Drain {
  readonly #deps: DrainDeps
  /** Those under way: a node that is told to stop while it is drained drains on until its own time is up. */
  readonly #runs = new Set<symbol>()

  constructor(deps: DrainDeps) {
    this.#deps = deps
  }

  get isOn(): boolean {
    return this.#runs.size > 0
  }

  /** What is on its way goes on; nothing else leaves. */
  callOff(): void {
    this.#runs.clear()
  }

  /** Resolves when nothing is left that could leave, or the time is up. Never rejects. */
  async run({ rests = true }: DrainOptions = {}): Promise<DrainResult> {
    const { host, membership, clock, atOnce = 32, withinMs = 30_000, logger } = this.#deps
    const thisRun = Symbol('drain')
    this.#runs.add(thisRun)
    const untilMs = clock.monotonicMs() + withinMs
    // A node that came up a moment ago may be the only heir. Without an answer the last view has to do.
    await membership.refresh().catch(() => undefined)
    const counts = { moved: 0, rested: 0 }
    // The fullest first: they have the most to lose from being cut off by the end of the time.
    const waiting = [...host.actors()].sort((one, other) => one.sessions - other.sessions)
    const empty = async () => {
      for (let next = waiting.pop(); next && this.#goesOn(thisRun, untilMs); next = waiting.pop()) {
        const outcome = await this.#moveOut(next, rests && next.sessions === 0)
        if (outcome !== 'left') counts[outcome] += 1
      }
    }
    await Promise.all(Array.from({ length: atOnce }, empty))
    const result = { ...counts, left: [...host.actors()].length }
    this.#runs.delete(thisRun)
    logger.info(result, 'drain.done')
    return result
  }

  #goesOn(run: symbol, untilMs: number): boolean {
    return this.#runs.has(run) && this.#deps.clock.monotonicMs() < untilMs
  }

  async #moveOut({ key, homeRegion }: Leaving, mayRest: boolean): Promise<'moved' | 'rested' | 'left'> {
    if (mayRest && (await this.#deps.host.letRest(key))) return 'rested'
    const { placement, membership, self } = this.#deps
    const heir = firstHeir(key, placement, membership.view(), self, homeRegion)
    if (!heir) return 'left'
    return (await this.#deps.handOffs.handOff(key, heir, 'drain')) === 'kept' ? 'left' : 'moved'
  }
}

type Leaving = Pick<HostedActor, 'key' | 'homeRegion'>

/**
 * The first on the actor's list that takes actors and is not `self`, rather on another machine than `self`. Where there is none: one that has its share already, then
 * one that is busy, since an actor is better off there than nowhere.
 */
export function firstHeir(
  key: ActorKey,
  placement: Placement,
  view: MembershipView,
  self: ProcessId,
  region: string | null,
): Member | null {
  const wishes = { region, notOnHost: view.get(self)?.hostLabel ?? null }
  const others = placement.preferences(key, view, wishes).filter(({ member }) => member.process !== self)
  for (const reason of [null, 'over_bound', 'refusing'] as const) {
    const heir = others.find(({ skipped }) => skipped === reason)
    if (heir) return heir.member
  }
  return null
}
