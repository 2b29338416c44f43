import { detaching, type ActorRouter, type EnginePush, type IncomingPush } from '../../cluster/routing/port.ts'
import { commandId, type CommandId, type SessionId } from '../../protocol/ids.ts'
import type { Logger, Random } from '../../protocol/ports.ts'
import { zoneKey, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'
import type { PlanPush, WatchReply } from '../../protocol/zone/root-link.ts'
import { done } from '../rooms.ts'

export interface ZoneWatchDeps {
  readonly router: Pick<ActorRouter, 'ask' | 'hold' | 'letGo'>
  readonly random: Random
  readonly logger: Logger
}

/** Who hears of a watched zone. */
export interface ZoneWatchHearer {
  /** Players of the zone that this process carries. */
  players(): number
  /** There is a plan of a higher version. */
  planned(plan: ZonePlan): void
  /** Another process has the number by now, and this one has a new one: players under the old one are nobody's. */
  renumbered(gateway: number): void
  /** The root takes no session of this process any more, by that code. */
  lost(code: string): void
}

/** A session of which the router need not mind the epoch, since the command that subscribes it is under way. */
const subscribing = Number.MAX_SAFE_INTEGER

/**
 * The one session of a process on the root of a zone: it has the gateway's number, and the plan of the highest version that the root told.
 * The router attaches it to each new owner of the root, under the number that it has.
 */
export class ZoneWatch {
  readonly zoneId: ZoneId
  readonly session: SessionId
  readonly #deps: ZoneWatchDeps
  readonly #hearer: ZoneWatchHearer
  #gateway: number | null = null
  #plan: ZonePlan | null = null
  /** The life of the root that gave, or confirmed, the number. */
  #epoch = 0
  #told = 0
  #isTelling = false
  #isOver = false

  constructor(deps: ZoneWatchDeps, zoneId: ZoneId, hearer: ZoneWatchHearer) {
    this.#deps = deps
    this.#hearer = hearer
    this.zoneId = zoneId
    this.session = deps.random.uuid() as SessionId
  }

  /** Of this process in the zone. Throws before `open` has resolved. */
  get gateway(): number {
    if (this.#gateway === null) throw new TypeError('the zone is not watched yet')
    return this.#gateway
  }

  /** As `gateway`. */
  get plan(): ZonePlan {
    if (this.#plan === null) throw new TypeError('the zone is not watched yet')
    return this.#plan
  }

  /** Asks the root for a number and the plan. Throws what it refuses with, or why it cannot be asked; nothing is held then. */
  async open(): Promise<void> {
    this.#hold(subscribing)
    try {
      const answer = done<WatchReply>(
        await this.#deps.router.ask(this.#key, this.#watchCommand(), {
          commandId: this.#ownCommand(),
          subscribe: this.session,
        }),
      )
      this.#gateway = answer.value.gateway
      this.#epoch = Math.max(this.#epoch, answer.at.epoch)
      this.#take(answer.value.plan)
      if (!this.#isOver) this.#hold(answer.at.epoch)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** A push for the session. */
  hear({ at, body }: IncomingPush): void {
    // Made by our own nodes over an authenticated link: taken as it is.
    const push = body as EnginePush | PlanPush
    if (push.type === 'plan') this.#take(push.plan)
    else if (push.type === 'snapshot') {
      this.#take(push.snapshot as ZonePlan)
      if (this.#gateway !== null && at.epoch > this.#epoch) void this.#confirm(at.epoch)
    }
  }

  /** Tells the root how many players are carried here, if that is not what it was told last; one such word is under way at the most. */
  async report(): Promise<void> {
    const players = this.#hearer.players()
    if (this.#isOver || this.#isTelling || this.#gateway === null || players === this.#told) return
    this.#isTelling = true
    const command = { type: 'players', session_id: this.session, players } as const
    const { status } = await this.#deps.router.ask(this.#key, command, { commandId: this.#ownCommand() })
    this.#isTelling = false
    // What did not arrive is said again, since it is not what was told.
    if (status === 'ok' || status === 'accepted') this.#told = players
  }

  /** Ends the watch. The router has time for that: nobody waits. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deps.router.letGo(this.#key, this.session)
    void this.#deps.router.ask(this.#key, this.#unwatchCommand(), {
      commandId: this.#ownCommand(),
      unsubscribe: this.session,
      activate: false,
      ...detaching,
    })
  }

  get #key() {
    return zoneKey(this.zoneId)
  }

  #take(plan: ZonePlan): void {
    if (this.#isOver || (this.#plan !== null && plan.version <= this.#plan.version)) return
    this.#plan = plan
    this.#hearer.planned(plan)
  }

  /** A new owner was told the number by the router, whose answer nobody sees: the same word again tells whether it still is ours. */
  async #confirm(epoch: number): Promise<void> {
    this.#epoch = epoch
    const result = await this.#deps.router.ask(this.#key, this.#watchCommand(), { commandId: this.#ownCommand() })
    if (this.#isOver || (result.status !== 'ok' && result.status !== 'accepted')) return
    const { gateway, plan } = result.value as WatchReply
    this.#take(plan)
    if (gateway === this.#gateway) return
    this.#deps.logger.warn({ zone_id: this.zoneId, gateway }, 'zone.renumbered')
    this.#gateway = gateway
    this.#hearer.renumbered(gateway)
  }

  #hold(attachedEpoch: number): void {
    const held = {
      reattach: () => this.#watchCommand(),
      detach: () => this.#unwatchCommand(),
      onLost: (code: string) => {
        if (!this.#isOver) this.#hearer.lost(code)
      },
    }
    this.#deps.router.hold(this.#key, this.session, held, attachedEpoch)
  }

  #watchCommand() {
    this.#told = this.#hearer.players()
    return { type: 'watch', session_id: this.session, gateway: this.#gateway, players: this.#told } as const
  }

  #unwatchCommand() {
    return { type: 'unwatch', session_id: this.session } as const
  }

  /** One source a session, so that the router keeps its commands in order. */
  #ownCommand(): CommandId {
    return commandId(`watch:${this.session}`, this.#deps.random.uuid())
  }
}
