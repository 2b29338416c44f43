import { detaching, type ActorRouter } from '../../cluster/routing/port.ts'
import { commandId, type SessionId } from '../../protocol/ids.ts'
import type { Logger, Random } from '../../protocol/ports.ts'
import { regionsMax, shardKey, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'

export interface RegionSessionsDeps {
  readonly router: Pick<ActorRouter, 'ask' | 'hold' | 'letGo'>
  readonly random: Random
  readonly logger: Logger
}

/** What a region is told by `attach`. */
export interface Attachment {
  readonly gateway: number
  readonly plan: ZonePlan
}

interface RegionSession {
  readonly region: number
  readonly session: SessionId
  /** The version that the region was told last, and under which number. */
  version: number
  gateway: number
  /** The life of the region that attached it, as far as it said so. */
  epoch: number
}

/** Those of a plan, as many that are no leaves any more and still have players, and some more. */
const sessionsMax = 4 * regionsMax
const subscribing = Number.MAX_SAFE_INTEGER
const unattached = 0

/** The sessions of a process on the regions of one zone: one each, attached by the router to each new owner, and anew with each plan. */
export class RegionSessions {
  readonly #deps: RegionSessionsDeps
  readonly #zoneId: ZoneId
  readonly #attachment: () => Attachment
  readonly #sessions = new Map<number, RegionSession>()

  constructor(deps: RegionSessionsDeps, zoneId: ZoneId, attachment: () => Attachment) {
    this.#deps = deps
    this.#zoneId = zoneId
    this.#attachment = attachment
  }

  get size(): number {
    return this.#sessions.size
  }

  has(region: number): boolean {
    return this.#sessions.has(region)
  }

  /** The session of a region; undefined for none. */
  sessionOf(region: number): SessionId | undefined {
    return this.#sessions.get(region)?.session
  }

  /** Attaches to those regions and to no other, and tells each a plan, or a number, that it has not heard of. */
  keep(regions: ReadonlySet<number>): void {
    const { gateway, plan } = this.#attachment()
    for (const held of [...this.#sessions.values()]) if (!regions.has(held.region)) this.#detach(held)
    for (const region of regions) {
      const held = this.#sessions.get(region)
      if (!held) this.#attach(region)
      else if (held.version < plan.version || held.gateway !== gateway) void this.#announce(held)
    }
  }

  /** The region spoke, in that life of it. True: that life is a new one, which knows nobody. */
  heard(region: number, epoch: number): boolean {
    const held = this.#sessions.get(region)
    if (!held || epoch <= held.epoch) return false
    held.epoch = epoch
    return true
  }

  endAll(): void {
    for (const held of [...this.#sessions.values()]) this.#detach(held)
  }

  #attach(region: number): void {
    if (this.#sessions.size >= sessionsMax) return
    const held = { region, session: this.#deps.random.uuid() as SessionId, version: 0, gateway: -1, epoch: 0 }
    this.#sessions.set(region, held)
    this.#hold(held, subscribing)
    void this.#announce(held)
  }

  async #announce(held: RegionSession): Promise<void> {
    const command = this.#command(held)
    const result = await this.#deps.router.ask(this.#key(held), command, {
      commandId: commandId(`attach:${held.session}`, this.#deps.random.uuid()),
      subscribe: held.session,
    })
    if (this.#sessions.get(held.region) !== held) return
    if (result.status === 'ok' || result.status === 'accepted') this.#hold(held, result.at.epoch)
    else if (result.status === 'rejected') this.#lost(held, result.code)
    // The router goes on trying.
    else this.#hold(held, unattached)
  }

  #hold(held: RegionSession, attachedEpoch: number): void {
    const carried = {
      reattach: () => this.#command(held),
      detach: () => detachCommand(held),
      onLost: (code: string) => this.#lost(held, code),
    }
    this.#deps.router.hold(this.#key(held), held.session, carried, attachedEpoch)
  }

  /** It is attached to again when the regions are next kept. */
  #lost(held: RegionSession, code: string): void {
    this.#deps.logger.warn({ zone_id: this.#zoneId, region: held.region, code }, 'zone.region_lost')
    if (this.#sessions.get(held.region) === held) this.#detach(held)
  }

  #detach(held: RegionSession): void {
    this.#sessions.delete(held.region)
    this.#deps.router.letGo(this.#key(held), held.session)
    void this.#deps.router.ask(this.#key(held), detachCommand(held), {
      commandId: commandId(`attach:${held.session}`, this.#deps.random.uuid()),
      unsubscribe: held.session,
      activate: false,
      ...detaching,
    })
  }

  #command(held: RegionSession) {
    const { gateway, plan } = this.#attachment()
    held.version = plan.version
    held.gateway = gateway
    return { type: 'attach', session_id: held.session, gateway, plan } as const
  }

  #key({ region }: RegionSession) {
    return shardKey(this.#zoneId, region)
  }
}

const detachCommand = ({ session }: RegionSession) => ({ type: 'detach', session_id: session }) as const
