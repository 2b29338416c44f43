import type { MemberFacts } from '../../cluster/membership/port.ts'
import {
  detaching,
  type AskOptions,
  type HeldSession,
  type IncomingDatagram,
  type IncomingPush,
} from '../../cluster/routing/port.ts'
import { Router } from '../../cluster/routing/router.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandId, type ActorKey, type SessionId } from '../../protocol/ids.ts'
import { factsFor } from './bench-node.ts'
import { reached, type BenchProcess } from './bench-process.ts'
import type { BenchWorld, WatchedMembership } from './bench-world.ts'
import { silentLogger } from './silent-logger.ts'
import type { TallyCommand } from './tally-actor.ts'

/** A process that sends commands and carries sessions, put together as the real one is. */
export class BenchGateway {
  readonly facts: MemberFacts
  readonly process: BenchProcess
  readonly membership: WatchedMembership
  readonly router: Router
  readonly pushes: IncomingPush[] = []
  readonly datagrams: IncomingDatagram[] = []
  /** Told what came of each `drop`. */
  onDetached: (key: ActorKey, session: SessionId, result: CommandResult) => void = () => undefined
  /** Told of each push. */
  onPush: (push: IncomingPush) => void = () => undefined
  /** Told of each datagram. */
  onDatagram: (datagram: IncomingDatagram) => void = () => undefined
  /** Told of each session that is given up. */
  onLost: (session: SessionId, code: string) => void = () => undefined
  readonly lost: { readonly session: SessionId; readonly code: string }[] = []
  readonly told = { forwarded: 0, stale: 0, recovered: 0, detours: 0, noDetour: 0 }
  readonly #carried = new Set<SessionId>()
  readonly #network: BenchWorld['network']
  /** Asked before each question to the directory; throws to have Redis be away. */
  beforeResolve: () => void = () => undefined

  constructor(bench: BenchWorld, name: string) {
    this.facts = factsFor(bench, name, 'gateway')
    this.#network = bench.network
    this.process = bench.process(name)
    const { clock, timers } = this.process
    const directory = reached(this.process, bench.cluster, bench.pathTo('redis', name))
    this.membership = bench.membershipOf(this.process, name)
    this.router = new Router({
      membership: this.membership,
      directory: {
        resolveMany: async (keys) => {
          this.beforeResolve()
          return directory.resolveMany(keys)
        },
      },
      placement: bench.placement,
      ...(bench.options.asksMax === undefined ? {} : { asksMax: bench.options.asksMax }),
      transport: bench.network.transport(this.facts),
      clock,
      timers,
      random: bench.random,
      logger: silentLogger,
      observer: {
        asked: () => undefined,
        forwarded: () => void (this.told.forwarded += 1),
        staleFrame: () => void (this.told.stale += 1),
        recovered: () => void (this.told.recovered += 1),
        detours: {
          opened: () => void (this.told.detours += 1),
          closed: () => void (this.told.detours -= 1),
          failed: () => void (this.told.noDetour += 1),
        },
      },
      onDatagram: (datagram) => {
        this.datagrams.push(datagram)
        this.onDatagram(datagram)
      },
      onPush: (push) => {
        this.pushes.push(push)
        this.onPush(push)
      },
    })
  }

  start(): Promise<void> {
    return this.membership.start()
  }

  /** What SIGKILL does. */
  crash(): void {
    if (this.process.isDead) return
    this.thaw()
    this.process.kill()
    this.#network.crash(this.facts.process)
  }

  /** What SIGSTOP does. */
  freeze(): void {
    if (!this.process.isRunning) return
    this.process.freeze()
    this.#network.freeze(this.facts.process)
  }

  /** What SIGCONT does. Its overdue timers fire `timersAfterMs` later. */
  thaw(timersAfterMs = 0): void {
    if (this.process.isRunning || this.process.isDead) return
    this.process.thaw(timersAfterMs)
    this.#network.thaw(this.facts.process)
  }

  /** Asks as `source`, whose commands are numbered by the caller. */
  ask(
    key: ActorKey,
    source: string,
    number: number,
    command: TallyCommand,
    options: Partial<AskOptions> = {},
  ): Promise<CommandResult> {
    return this.router.ask(key, command, { commandId: commandId(source, number), ...options })
  }

  /** Carries a session as a gateway does: it is held first, then announced, then held by what the answer said. */
  async carry(key: ActorKey, session: SessionId): Promise<CommandResult> {
    const held = this.heldOf(session)
    this.#carried.add(session)
    this.router.hold(key, session, held, Number.MAX_SAFE_INTEGER)
    const result = await this.ask(key, `carry:${session}`, 1, { type: 'attach', session }, { subscribe: session })
    if (this.#carried.has(session)) this.router.hold(key, session, held, 'at' in result ? result.at.epoch : 0)
    return result
  }

  /** Carries it no more, and has the actor told. */
  drop(key: ActorKey, session: SessionId): void {
    this.#carried.delete(session)
    this.router.letGo(key, session)
    const options = { unsubscribe: session, activate: false, ...detaching }
    void this.ask(key, `carry:${session}`, 2, { type: 'detach', session }, options).then((result) => {
      this.onDetached(key, session, result)
    })
  }

  heldOf(session: SessionId): HeldSession {
    return {
      reattach: () => ({ type: 'attach', session }) satisfies TallyCommand,
      detach: () => ({ type: 'detach', session }) satisfies TallyCommand,
      onLost: (code) => {
        this.lost.push({ session, code })
        this.onLost(session, code)
      },
    }
  }

  /** Pushes for that session, by the type of their body. */
  pushedTo(session: SessionId, type: string): IncomingPush[] {
    return this.pushes.filter(
      ({ sessions, body }) => sessions.includes(session) && (body as { type: string }).type === type,
    )
  }
}
