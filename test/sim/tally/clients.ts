import type { CommandResult } from '../../../protocol/cluster/results.ts'
import { commandId, type ActorKey, type SessionId } from '../../../protocol/ids.ts'
import type { BenchGateway } from '../../support/bench-gateway.ts'
import { sessionNumber } from '../../support/memory-cluster-bench.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'
import type { TallyCommand } from '../../support/tally-actor.ts'
import { gatewayNames } from '../plan.ts'
import { bluntGuest } from '../watching.ts'
import type { TallyOracle } from './oracle.ts'
import { AskingClients } from '../asking.ts'

const isOwnerless = (result: CommandResult): boolean => 'code' in result && result.code === 'NO_OWNER'

/** A session that a gateway carries. */
export interface Carried {
  readonly gateway: BenchGateway
  readonly key: ActorKey
  readonly session: SessionId
}

/** Whoever uses the cluster. Each of them draws from a stream of its own. */
export class TallyClients extends AskingClients<TallyOracle> {
  readonly #carried = new Map<string, Carried>()
  #sessions = 0

  override begin(): void {
    const { keys } = this.world
    for (const index of [1, 2, 3]) void this.#insist(`patient${index}`, 1)
    for (const name of gatewayNames) {
      this.#hurry(name, `hasty-${name}`, 1)
      this.#look(name, `reader-${name}`, 1)
      for (const key of keys) this.#comeAndGo(name, key)
    }
    void this.#write('guest', 1)
    if (this.world.options.hasStrangers) this.#visit(1)
  }

  /** The sessions of an actor whose gateway lives. */
  carriedOf(key: ActorKey): readonly Carried[] {
    return [...this.#carried.values()].filter((place) => place.key === key && !place.gateway.process.isDead)
  }

  /** One command after the other, each sent again under its id, through any gateway, until it is carried out. */
  async #insist(source: string, number: number): Promise<void> {
    if (this.isOver) return
    const random = this.world.streamOf(source)
    const key = random.pick(this.world.keys)
    const command = this.#durable(random)
    await this.askUntil(random, key, { source, number, command }, ({ status }) => status === 'ok')
    this.later(random.between(1, 120), () => void this.#insist(source, number + 1))
  }

  /** One command upon the other, each sent once. */
  #hurry(gateway: string, source: string, number: number): void {
    if (this.isOver) return
    const random = this.world.streamOf(source)
    this.open += 1
    void this.ask(gateway, random.pick(this.world.keys), { source, number, command: this.#durable(random) }).then(
      () => (this.open -= 1),
    )
    this.later(random.below(5) === 0 ? random.between(200, 800) : random.between(1, 120), () =>
      this.#hurry(gateway, source, number + 1),
    )
  }

  #look(gateway: string, source: string, number: number): void {
    if (this.isOver) return
    const random = this.world.streamOf(source)
    const key = random.pick(this.world.keys)
    const command: TallyCommand =
      random.below(4) === 0 ? { type: 'mood', mood: `${source} ${number}` } : { type: 'read' }
    void this.ask(gateway, key, { source, number, command, isRead: command.type === 'read' })
    this.later(random.between(10, 120), () => this.#look(gateway, source, number + 1))
  }

  /** Somebody who knows of no owner asks once, and is gone. */
  #visit(number: number): void {
    if (this.isOver) return
    const random = this.world.streamOf('strangers')
    const key = random.pick(this.world.keys)
    const gateway = this.world.stranger(number)
    const command: TallyCommand = random.below(2) === 0 ? { type: 'read' } : { type: 'add', by: 1 }
    void gateway
      .start()
      .then(() =>
        this.askThrough(gateway, key, {
          source: `stranger${number}`,
          number: 1,
          command,
          isRead: command.type === 'read',
        }),
      )
      .catch(() => undefined)
      .finally(() => gateway.crash())
    this.later(random.between(300, 1_500), () => this.#visit(number + 1))
  }

  /** As a workflow does: it asks the owner, and where there is none it writes itself. Now and then it does not ask. */
  async #write(source: string, number: number): Promise<void> {
    if (this.isOver) return
    const { oracle, keys } = this.world
    const random = this.world.streamOf(source)
    const key = random.pick(keys)
    const command: TallyCommand = { type: 'add', by: 1 }
    const id = commandId(source, number)
    const isBlunt = random.below(4) === 0
    const { writer } = this.world.guest(isBlunt ? bluntGuest : 'worker-1')
    const ask = () => this.ask(random.pick(gatewayNames), key, { source, number, command }, { activate: false })
    this.open += 1
    for (let result: CommandResult = { status: 'unknown' }; result.status !== 'ok';) {
      let epoch: number | undefined
      if (!isBlunt) result = await ask()
      if (isOwnerless(result)) {
        epoch = await writer.epochOf(key).catch(() => undefined)
        result = epoch === undefined ? { status: 'unknown' } : await ask()
      }
      if (isBlunt || isOwnerless(result)) {
        oracle.asked(key, id)
        result = await writer.write(key, id, command, epoch).catch((): CommandResult => ({ status: 'unknown' }))
        oracle.answered(key, id, result, false)
      }
      if (result.status !== 'ok') await this.sleep(random.between(1, 60))
    }
    this.open -= 1
    this.later(random.between(200, 1_500), () => void this.#write(source, number + 1))
  }

  /** A session is carried for a while, then another one in its place; whoever is there at the end stays. */
  #comeAndGo(name: string, key: ActorKey): void {
    if (this.isOver) return
    const random = this.world.streamOf(`sessions ${name} ${key}`)
    const place = `${name} ${key}`
    const gateway = this.world.gateways.get(name)!
    const before = this.#carried.get(place)
    if (before?.gateway === gateway && gateway.process.isRunning) gateway.drop(key, before.session)
    // Sockets of a gateway that is stopped hang; of one that is dead they are gone.
    if (gateway.process.isRunning) {
      this.#carried.delete(place)
      // Now and then nobody is there for a while: the actor may rest.
      if (random.below(4) > 0) {
        const session = sessionNumber((this.#sessions += 1))
        this.#carried.set(place, { gateway, key, session })
        void gateway.carry(key, session)
      }
    }
    this.later(random.between(300, 4_000), () => this.#comeAndGo(name, key))
  }

  #durable(random: SeededRandom): TallyCommand {
    if (random.below(12) > 0) return { type: 'add', by: 1 }
    return { type: 'add_at', atMs: this.world.time.wallMs() + random.between(20, 800) }
  }
}
