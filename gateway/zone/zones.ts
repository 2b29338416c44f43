import type { IncomingDatagram, IncomingPush } from '../../cluster/routing/port.ts'
import type { WiderSanctions } from '../../persistence/sanctions/port.ts'
import { AppError } from '../../protocol/errors.ts'
import { idOf, kindOf, type ActorKey, type UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { ToRegion } from '../../protocol/zone/link-messages.ts'
import type { ZoneId, ZonePlan } from '../../protocol/zone/plan.ts'
import { CarriedZone, type CarriedZoneDeps } from './carried-zone.ts'
import type { RegionAnswer } from './region-words.ts'
import { WiderWatch } from './wider-watch.ts'

export interface ZonesDeps extends Omit<CarriedZoneDeps, 'answered'> {
  readonly wider: WiderSanctions
  /** Zones that the process watches at once, at most. Default 1,024. */
  readonly zonesMax?: number
}

/** A zone that is kept open: its plan is there, and its regions are attached to. */
export interface ZoneHold {
  readonly zone: CarriedZone
  readonly plan: ZonePlan
  /** The number of this process in the zone. */
  readonly gateway: number
  /** What stands beyond the zone on somebody who wants to enter: to be handed in with them at once. Throws where it cannot be read. */
  atDoor(user: UserId): Promise<readonly WiderSanction[]>
  /** False: it was not sent, since no way to the region is known yet; one is looked for. */
  send(region: number, message: ToRegion): boolean
  /** May be called again. The zone stays open for some seconds. */
  release(): void
}

const defaultZonesMax = 1_024

/** The zones of a process. */
export class Zones {
  readonly #deps: ZonesDeps
  readonly #zones = new Map<ZoneId, { readonly zone: CarriedZone; readonly opened: Promise<void> }>()
  readonly #hearers = new Set<(answer: RegionAnswer) => void>()
  readonly #wider: WiderWatch
  #hasBegun = false
  #isStopping = false

  constructor(deps: ZonesDeps) {
    this.#deps = deps
    this.#wider = new WiderWatch({ ...deps, zones: () => this.#withPlayers() })
  }

  get size(): number {
    return this.#zones.size
  }

  /** Opens it, or goes on with what is open. Throws what its root refuses with, and OVERLOADED where the process watches as many as it may. */
  async open(zoneId: ZoneId): Promise<ZoneHold> {
    const { zone, opened } = this.#zones.get(zoneId) ?? this.#begin(zoneId)
    const release = zone.hold()
    try {
      await opened
    } catch (error) {
      release()
      throw error
    }
    return {
      zone,
      release,
      get plan() {
        return zone.plan
      },
      get gateway() {
        return zone.gateway
      },
      atDoor: (user) => this.#wider.atDoor(user, zone.plan.guildId),
      send: (region, message) => zone.send(region, message),
    }
  }

  /** Hears what regions answer to asks, of all zones; returns what ends it. */
  onAnswer(hear: (answer: RegionAnswer) => void): () => void {
    this.#hearers.add(hear)
    return () => void this.#hearers.delete(hear)
  }

  /** Whether the key is of a zone or of one of its regions. */
  isOfZone(key: ActorKey): boolean {
    const kind = kindOf(key)
    return kind === 'zone' || kind === 'shard'
  }

  /** Never throws: what cannot be read is logged. */
  handlePush(push: IncomingPush): void {
    this.#guarded(push.key, () => {
      if (kindOf(push.key) === 'zone') this.#zones.get(idOf(push.key) as ZoneId)?.zone.hearRoot(push)
      else {
        const { zoneId, region } = shardOf(push.key)
        this.#zones.get(zoneId)?.zone.hearRegion(region, push)
      }
    })
  }

  /** As `handlePush`. */
  handleDatagram(datagram: IncomingDatagram): void {
    if (kindOf(datagram.key) !== 'shard') return
    this.#guarded(datagram.key, () => {
      const { zoneId, region } = shardOf(datagram.key)
      this.#zones.get(zoneId)?.zone.hearDatagram(region, datagram)
    })
  }

  /** Every zone is let go of; none is opened any more. */
  stop(): void {
    this.#isStopping = true
    this.#wider.stop()
    for (const { zone } of [...this.#zones.values()]) zone.close()
  }

  #begin(zoneId: ZoneId) {
    if (this.#isStopping) throw new AppError('GATEWAY_STOPPING')
    // A process without zones has no use for it.
    if (!this.#hasBegun) this.#wider.start()
    this.#hasBegun = true
    const max = this.#deps.zonesMax ?? defaultZonesMax
    if (this.#zones.size >= max) throw new AppError('OVERLOADED', { limit: max })
    const forget = () => {
      if (this.#zones.get(zoneId) === begun) this.#zones.delete(zoneId)
      this.#deps.metrics.zonesWatched(this.#zones.size)
    }
    const answered = (answer: RegionAnswer) => {
      for (const hear of this.#hearers) hear(answer)
    }
    const zone = new CarriedZone({ ...this.#deps, answered }, zoneId, () => forget())
    const opened = zone.open()
    const begun = { zone, opened }
    this.#zones.set(zoneId, begun)
    this.#deps.metrics.zonesWatched(this.#zones.size)
    opened.catch(forget)
    return begun
  }

  *#withPlayers(): Iterable<CarriedZone> {
    for (const { zone } of this.#zones.values()) if (zone.size > 0) yield zone
  }

  #guarded(key: ActorKey, work: () => void): void {
    try {
      work()
    } catch (err) {
      this.#deps.metrics.badDatagram()
      this.#deps.logger.error({ key, err }, 'zone.not_understood')
    }
  }
}

/** The parts of a `shardKey`. */
function shardOf(key: ActorKey): { readonly zoneId: ZoneId; readonly region: number } {
  const id = idOf(key)
  const at = id.indexOf(':')
  return { zoneId: id.slice(0, at) as ZoneId, region: Number(id.slice(at + 1)) }
}
