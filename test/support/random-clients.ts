import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandId, type ActorKey, type CommandId, type SessionId } from '../../protocol/ids.ts'
import type { BenchGateway } from './bench-gateway.ts'
import { sessionNumber, type MemoryClusterBench } from './memory-cluster-bench.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What a client was told of a durable command. */
export interface Acked {
  readonly key: ActorKey
  readonly id: CommandId
  readonly result: CommandResult & { readonly status: 'ok' }
}

/** Clients of a cluster, at random: some wait for each answer and insist, some do not wait; sessions come and go. */
export class RandomClients {
  readonly acked: Acked[] = []
  /** The sessions each gateway carries, by actor. */
  readonly carried = new Map<string, { readonly gateway: BenchGateway; readonly key: ActorKey; session: SessionId }>()
  readonly #bench: MemoryClusterBench
  readonly #random: SeededRandom
  readonly #keys: readonly ActorKey[]
  #sessions = 0
  #isOver = false
  /** Commands without their last word. */
  #open = 0

  constructor(bench: MemoryClusterBench, random: SeededRandom, keys: readonly ActorKey[]) {
    this.#bench = bench
    this.#random = random
    this.#keys = keys
  }

  begin(): void {
    for (const [index, gateway] of this.#bench.gateways.entries()) {
      for (let source = 0; source < 3; source += 1) void this.#insist(gateway, `patient${index}${source}`, 1)
      for (let source = 0; source < 2; source += 1) this.#hurry(gateway, `hasty${index}${source}`, 1)
      for (const key of this.#keys) this.#comeAndGo(gateway, key)
    }
  }

  /** No new commands. Those that are under way go on until they have their last word. */
  end(): void {
    this.#isOver = true
  }

  get isQuiet(): boolean {
    return this.#isOver && this.#open === 0
  }

  /** One command after the other, each sent again under its id until it is carried out. */
  async #insist(gateway: BenchGateway, source: string, number: number): Promise<void> {
    if (this.#isOver) return
    const key = this.#random.pick(this.#keys)
    this.#open += 1
    let result: CommandResult
    do {
      result = await gateway.ask(key, source, number, { type: 'add', by: 1 })
    } while (result.status !== 'ok')
    this.#open -= 1
    this.#note(key, commandId(source, number), result)
    this.#bench.time.after(this.#random.between(1, 60), () => void this.#insist(gateway, source, number + 1))
  }

  /** One command upon the other, each sent once. */
  #hurry(gateway: BenchGateway, source: string, number: number): void {
    if (this.#isOver) return
    const key = this.#random.pick(this.#keys)
    this.#open += 1
    void gateway.ask(key, source, number, { type: 'add', by: 1 }).then((result) => {
      this.#open -= 1
      this.#note(key, commandId(source, number), result)
    })
    this.#bench.time.after(this.#random.between(1, 120), () => this.#hurry(gateway, source, number + 1))
  }

  #note(key: ActorKey, id: CommandId, result: CommandResult): void {
    if (result.status === 'ok') this.acked.push({ key, id, result })
  }

  /** A session is carried for a while, then another one in its place; whoever is there at the end stays. */
  #comeAndGo(gateway: BenchGateway, key: ActorKey): void {
    if (this.#isOver) return
    const place = `${gateway.facts.process} ${key}`
    const before = this.carried.get(place)
    if (before) gateway.drop(key, before.session)
    const session = sessionNumber((this.#sessions += 1))
    this.carried.set(place, { gateway, key, session })
    void gateway.carry(key, session)
    this.#bench.time.after(this.#random.between(300, 4_000), () => this.#comeAndGo(gateway, key))
  }
}
