import type { AskOptions } from '../../cluster/routing/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandId, type ActorKey } from '../../protocol/ids.ts'
import type { BenchGateway } from '../support/bench-gateway.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import { gatewayNames } from './plan.ts'
import type { Oracle } from './oracle.ts'
import type { Clients } from './scene.ts'
import type { SimWorld } from './world.ts'

/** A client that hears nothing for so long turns to another gateway, ms. */
const patienceMs = 2_500

/** A command with its place among those of its source. */
export interface Asked {
  readonly source: string
  readonly number: number
  readonly command: unknown
  /** It changes nothing, and its answer is held against what is stored. */
  readonly isRead?: boolean
}

/** Clients that ask, with the oracle told of each question and each answer. */
export abstract class AskingClients<Watcher extends Oracle> implements Clients {
  /** Answers by their status. */
  readonly counts: Record<CommandResult['status'], number> = {
    ok: 0,
    accepted: 0,
    rejected: 0,
    retry_after: 0,
    unknown: 0,
  }
  /** Commands without their last word. */
  protected open = 0
  protected isOver = false
  protected readonly world: SimWorld<Watcher>
  readonly #pace: number

  constructor(world: SimWorld<Watcher>, pace: number) {
    this.world = world
    this.#pace = pace
  }

  abstract begin(): void

  end(): void {
    this.isOver = true
  }

  get acked(): number {
    return this.counts.ok
  }

  /** Nothing is asked any more, and everybody has their last word. */
  get isQuiet(): boolean {
    return this.isOver && this.open === 0
  }

  /** Asks through the present life of a gateway; unknown where no answer comes. */
  ask(gateway: string, key: ActorKey, asked: Asked, options: Partial<AskOptions> = {}): Promise<CommandResult> {
    return this.askThrough(this.world.gateways.get(gateway)!, key, asked, options)
  }

  protected askThrough(
    life: BenchGateway,
    key: ActorKey,
    { source, number, command, isRead = false }: Asked,
    options: Partial<AskOptions> = {},
  ): Promise<CommandResult> {
    const { oracle } = this.world
    const id = commandId(source, number)
    oracle.asked(key, id)
    const answer = life.router.ask(key, command, { commandId: id, activate: true, ...options }).then((result) => {
      oracle.answered(key, id, result, isRead)
      this.counts[result.status] += 1
      return result
    })
    return this.#orUnknown(answer)
  }

  /** Asks under the same id, through any gateway, until there is an answer that `isEnough`. */
  protected async askUntil(
    random: SeededRandom,
    key: ActorKey,
    asked: Asked,
    isEnough: (result: CommandResult) => boolean,
  ): Promise<CommandResult> {
    this.open += 1
    let gateway = random.pick(gatewayNames)
    let result = await this.ask(gateway, key, asked)
    while (!isEnough(result)) {
      if (random.below(3) === 0) gateway = random.pick(gatewayNames)
      await this.sleep(random.between(1, 40))
      result = await this.ask(gateway, key, asked)
    }
    this.open -= 1
    return result
  }

  protected later(ms: number, run: () => void): void {
    this.world.time.after(ms / this.#pace, run)
  }

  protected sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.world.time.after(ms, resolve))
  }

  #orUnknown(answer: Promise<CommandResult>): Promise<CommandResult> {
    return new Promise((resolve) => {
      const cancel = this.world.time.after(patienceMs, () => resolve({ status: 'unknown' }))
      void answer.then((result) => {
        cancel()
        resolve(result)
      })
    })
  }
}
