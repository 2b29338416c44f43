import type { Oracle } from './oracle.ts'
import type { Peace } from './scene.ts'
import type { SimWorld } from './world.ts'

export const lookEveryMs = 100

/** Waits for the peace that has to come so long after the last fault, ms. */
export abstract class PeaceWithin<Watcher extends Oracle> implements Peace {
  protected readonly world: SimWorld<Watcher>
  readonly #withinMs: number

  constructor(world: SimWorld<Watcher>, withinMs: number) {
    this.world = world
    this.#withinMs = withinMs
  }

  async come(isBroken: () => boolean): Promise<number> {
    const { time, oracle } = this.world
    const beganMs = time.monotonicMs()
    do {
      await time.advance(lookEveryMs)
      if (this.troubles().length === 0 || isBroken()) break
    } while (time.monotonicMs() - beganMs < this.#withinMs)
    for (const trouble of isBroken() ? [] : this.troubles()) oracle.broken('I6', trouble)
    return time.monotonicMs() - beganMs
  }

  abstract begin(): void
  abstract checkJournal(): Promise<void>
  /** What is not as it should be; of a cluster at peace nothing. */
  protected abstract troubles(): readonly string[]
}
