import type { ActorRouter, DatagramRouter, IncomingDatagram, IncomingPush } from '../../cluster/routing/port.ts'
import type { ZoneLeftReason } from '../../protocol/client/zone-frames.ts'
import { AppError, isErrorCode, type ErrorCode } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { Cancel, Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import { readDelivered, type DeliveredRecord } from '../../protocol/zone/delivered.ts'
import { decodeToGateway, encodeLink, jsonByte } from '../../protocol/zone/link-codec.ts'
import type { PassedSignal, ToGateway, ToRegion, ZonePlace } from '../../protocol/zone/link-messages.ts'
import { shardKey, zoneNumber, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'
import { regionAt, regionById, regionsOf } from '../../protocol/zone/region-map.ts'
import { stepsPerMetre } from '../../protocol/zone/rules.ts'
import type { ZoneMetrics } from './metrics.ts'
import { RegionSessions } from './region-sessions.ts'
import { Sanctioned, type Standing } from './sanctioned.ts'
import { batchEveryMs, ZoneBatches } from './zone-batches.ts'
import { ZoneNames } from './zone-names.ts'
import { ZonePlayerCarrier, type ZoneClient, type ZonePlayerWays } from './zone-player.ts'
import { ZoneWatch } from './zone-watch.ts'

/** What a region answers to what REST asks. */
export type RegionAnswer = Extract<ToGateway, { type: 'earshot' | 'shown' }>

export interface CarriedZoneDeps {
  readonly router: Pick<ActorRouter, 'ask' | 'hold' | 'letGo'> & DatagramRouter
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly metrics: ZoneMetrics
  answered(answer: RegionAnswer): void
}

/** Somebody who enters. */
export interface Entrant {
  readonly userId: UserId
  readonly name: string
  readonly party: number
  readonly place: ZonePlace
  readonly client: ZoneClient
  /** A region has them: called once, before the first frame, unless `refused` is. */
  entered(player: ZonePlayerCarrier): void
  refused(code: ErrorCode): void
}

/** A zone that nobody needs any more is watched for so long, ms. */
export const idleMs = 10_000
/** Who enters and of whom no region says anything is refused after so long, ms: longer than a region takes to be loaded elsewhere. */
export const enterMs = 8_000
const tickEveryMs = 200
const tendEveryMs = 1_000
/** The lower 20 bits of a player's number count. */
const countMax = 0xfffff

/**
 * A zone as one process carries it: the watch, a session on each of its regions, and the players with sockets here. All of it is in memory, and whatever a
 * region should know and may not have heard is said again.
 */
export class CarriedZone {
  readonly zoneId: ZoneId
  readonly #deps: CarriedZoneDeps
  readonly #watch: ZoneWatch
  readonly #regions: RegionSessions
  readonly #batches: ZoneBatches
  readonly #names: ZoneNames<ZonePlayerCarrier>
  readonly #players = new Map<number, ZonePlayerCarrier>()
  readonly #byUser = new Map<UserId, ZonePlayerCarrier>()
  readonly #entering = new Map<number, { readonly entrant: Entrant; readonly untilMs: number }>()
  readonly #rungs = new Map<number, number>()
  readonly #ways: ZonePlayerWays
  readonly #onOver: () => void
  /** Players who are not here, and to whose regions it was said; empty again each second. */
  readonly #strangers = new Set<number>()
  #sanctioned: Sanctioned
  #state: 'opening' | 'open' | 'over' = 'opening'
  #holds = 0
  #idleSinceMs: number
  #count = 0
  #cancels: readonly Cancel[] = []

  /** `onOver`: nobody needs it any more, or its root lets nobody watch it. */
  constructor(deps: CarriedZoneDeps, zoneId: ZoneId, onOver: () => void) {
    this.zoneId = zoneId
    this.#deps = deps
    this.#onOver = onOver
    this.#idleSinceMs = deps.clock.monotonicMs()
    this.#sanctioned = new Sanctioned({ sanctions: [] }, 0)
    this.#watch = new ZoneWatch(deps, zoneId, {
      players: () => this.#players.size,
      planned: (plan) => this.#planned(plan),
      renumbered: () => this.#allOut('replaced'),
      lost: () => this.#lost(),
    })
    this.#regions = new RegionSessions(deps, zoneId, () => this.#watch)
    this.#batches = new ZoneBatches(zoneNumber(zoneId), (region, batch) => {
      deps.metrics.batchSent()
      deps.router.datagram(shardKey(zoneId, region), batch, 1)
    })
    this.#names = new ZoneNames(({ client }, players) =>
      client.tell({
        type: 'zone_names',
        zone_id: zoneId,
        players: players.map(({ player, userId, name }) => ({ player, user_id: userId, username: name })),
      }),
    )
    this.#ways = {
      nowMs: () => deps.clock.monotonicMs(),
      regionAt: ({ x, y }) => regionAt(this.plan.map, x / stepsPerMetre, y / stepsPerMetre).id,
      isLeaf: (region) => regionById(this.plan.map, region) !== undefined,
      send: (region, message) => this.send(region, message),
      introduce: (player, numbers) => this.#names.introduce(player, numbers),
      heldBack: (outlet) => deps.metrics.heldBack(outlet),
      resyncAsked: () => deps.metrics.resyncAsked(),
    }
  }

  get plan(): ZonePlan {
    return this.#watch.plan
  }

  get gateway(): number {
    return this.#watch.gateway
  }

  get players(): number {
    return this.#players.size
  }

  /** Throws what the root refuses with; it is over then. */
  async open(): Promise<void> {
    try {
      await this.#watch.open()
      if (this.#isOver()) throw new AppError('RETRY_LATER')
    } catch (error) {
      this.#state = 'over'
      throw error
    }
    const { timers } = this.#deps
    this.#state = 'open'
    this.#cancels = [
      timers.every(batchEveryMs, () => this.#batches.flush()),
      timers.every(tickEveryMs, () => this.#tick()),
      timers.every(tendEveryMs, () => this.#tend()),
    ]
    this.#keepRegions()
  }

  /** Keeps it open until what is returned is called, which may be called again. */
  hold(): () => void {
    let isHeld = true
    this.#holds += 1
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds -= 1
      this.#idleSinceMs = this.#deps.clock.monotonicMs()
    }
  }

  standingOf(user: UserId): Standing {
    return this.#sanctioned.of(user)
  }

  playerOf(user: UserId): ZonePlayerCarrier | undefined {
    return this.#byUser.get(user)
  }

  /** Whoever is in it by another socket of this process is replaced. */
  enter(entrant: Entrant): ZonePlayerCarrier {
    const before = this.#byUser.get(entrant.userId)
    if (before) this.leave(before, 'replaced')
    const { userId, name, party, place, client } = entrant
    const player = new ZonePlayerCarrier({ number: this.#nextNumber(), userId, name, party }, place, client, this.#ways)
    player.stand(this.standingOf(userId), true)
    this.#players.set(player.number, player)
    this.#byUser.set(userId, player)
    this.#entering.set(player.number, { entrant, untilMs: this.#deps.clock.monotonicMs() + enterMs })
    this.#names.learn([{ player: player.number, userId, name }])
    this.#deps.metrics.playersCarried(1)
    player.adopt()
    return player
  }

  /** Takes a player out; the region and, but where `reason` is null, the client are told. */
  leave(player: ZonePlayerCarrier, reason: ZoneLeftReason | null): void {
    if (this.#remove(player)) player.sayGone()
    else return
    const entering = this.#entering.get(player.number)
    this.#entering.delete(player.number)
    if (reason === null) return
    if (entering) entering.entrant.refused(codeOf[reason])
    else player.client.leftZone(player, reason)
  }

  /** A checked position frame of a client. */
  moved(player: ZonePlayerCarrier, position: Uint8Array): void {
    if (!player.moved(position)) {
      this.#deps.metrics.positionCame('late')
      return
    }
    this.#deps.metrics.positionCame('taken')
    const seat = player.openSeat
    if (seat) this.#batches.put(seat, position)
  }

  /** By the game's server. Whom this process carries goes to their region; whoever else, to all, since one of them has them, or none. */
  placed(places: Extract<ToRegion, { type: 'placed' }>['places']): number {
    const byRegion = new Map<number, (typeof places)[number][]>()
    const put = (region: number, place: (typeof places)[number]) => {
      const list = byRegion.get(region)
      if (list) list.push(place)
      else byRegion.set(region, [place])
    }
    let here = 0
    for (const place of places) {
      const player = this.#byUser.get(place.userId)
      if (player) {
        here += 1
        put(player.route, place)
      } else for (const { id } of regionsOf(this.plan.map)) put(id, place)
    }
    for (const [region, list] of byRegion) this.send(region, { type: 'placed', places: list })
    return here
  }

  /** False: it was not sent. Nobody is woken for it. */
  send(region: number, message: ToRegion): boolean {
    return this.#deps.router.datagram(shardKey(this.zoneId, region), encodeLink(message), 0)
  }

  /** A push for the session on the root. */
  hearRoot(push: IncomingPush): void {
    if (push.sessions.includes(this.#watch.session)) this.#watch.hear(push)
  }

  /** A push of a region, which pushes nothing but that it attached a session. */
  hearRegion(region: number, { at, sessions }: IncomingPush): void {
    const session = this.#regions.sessionOf(region)
    if (session && sessions.includes(session)) this.#heardFrom(region, at.epoch)
  }

  /** A datagram of a region. */
  hearDatagram(region: number, { epoch, payload }: IncomingDatagram): void {
    if (this.#state !== 'open') return
    this.#heardFrom(region, epoch)
    if (payload[0] === jsonByte) this.#hear(region, epoch, decodeToGateway(payload))
    else if (!readDelivered(payload, (record) => this.#deliver(region, record))) this.#deps.metrics.badDatagram()
  }

  /** Everybody out, and nobody is told: the process stops. */
  close(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    for (const cancel of this.#cancels) cancel()
    for (const player of [...this.#players.values()]) this.leave(player, null)
    this.#regions.endAll()
    this.#watch.close()
    this.#onOver()
  }

  /** A life of a region that has not spoken yet knows none of its players. */
  #heardFrom(region: number, epoch: number): void {
    if (!this.#regions.heard(region, epoch)) return
    for (const player of this.#players.values()) {
      if (player.seat?.region === region && player.seat.regionEpoch !== epoch) player.seat = null
      if (player.route === region) player.adopt()
    }
  }

  #deliver(region: number, { player: number, epoch, out, frame }: DeliveredRecord): void {
    const player = this.#players.get(number)
    if (!player) {
      this.#stranger(region, number, epoch)
      return
    }
    this.#isIn(player)
    player.heard(epoch, out, frame)
    this.#tellRung(player)
  }

  #hear(region: number, epoch: number, said: ToGateway): void {
    switch (said.type) {
      case 'names':
        this.#names.learn(said.players)
        return
      case 'signal':
        this.#hearSignal(said)
        return
      case 'overload':
        this.#rungs.set(said.region, said.rung)
        for (const player of this.#players.values()) if (player.route === said.region) this.#tellRung(player)
        return
      case 'earshot':
      case 'shown':
        this.#deps.answered(said)
        return
      case 'seated':
      case 'reroute':
      case 'refused': {
        const player = this.#players.get(said.player)
        if (player) this.#hearOf(player, region, epoch, said)
        else if (said.type === 'seated') this.#stranger(region, said.player, said.epoch)
      }
    }
  }

  #hearOf(
    player: ZonePlayerCarrier,
    region: number,
    regionEpoch: number,
    said: Extract<ToGateway, { type: 'seated' | 'reroute' | 'refused' }>,
  ): void {
    if (said.type === 'refused') {
      this.#refused(player, said.code)
      return
    }
    if (said.type === 'reroute') player.rerouted(said)
    else if (player.seated({ region, slot: said.slot, epoch: said.epoch, regionEpoch })) {
      this.#isIn(player)
      const seat = player.openSeat
      if (seat && player.lastPosition) this.#batches.put(seat, player.lastPosition)
    }
    if (!this.#regions.has(player.route)) this.#keepRegions()
    this.#tellRung(player)
  }

  #refused(player: ZonePlayerCarrier, code: string): void {
    const entering = this.#entering.get(player.number)
    if (!this.#remove(player)) return
    this.#entering.delete(player.number)
    if (entering) entering.entrant.refused(isErrorCode(code) ? code : 'RETRY_LATER')
    else player.client.leftZone(player, reasonOf[code] ?? 'replaced')
  }

  #hearSignal({ from, to, body }: PassedSignal): void {
    const player = this.#players.get(to)
    if (!player) return
    player.signaledBy(from)
    // Checked by the gateway of whoever sent it, and told from our own node: handed on as it is.
    const signal = body as { readonly message_type: 'offer' }
    player.client.tell({ ...signal, type: 'zone_signal', zone_id: this.zoneId, from })
  }

  #isIn(player: ZonePlayerCarrier): void {
    const entering = this.#entering.get(player.number)
    if (!entering) return
    this.#entering.delete(player.number)
    entering.entrant.entered(player)
  }

  #tellRung(player: ZonePlayerCarrier): void {
    const rung = this.#rungs.get(player.route) ?? 0
    if (rung === player.rung || this.#entering.has(player.number)) return
    player.rung = rung
    player.client.tell({ type: 'zone_event', zone_id: this.zoneId, event: 'overload', rung })
  }

  /** A region has a player who is not here: it has not heard that they went. */
  #stranger(region: number, number: number, epoch: number): void {
    if (number >>> 20 !== this.gateway || this.#strangers.has(number)) return
    this.#strangers.add(number)
    this.send(region, { type: 'gone', player: number, epoch })
  }

  #planned(plan: ZonePlan): void {
    this.#judge(plan)
    if (this.#state !== 'open') return
    this.#keepRegions()
    if (plan.isClosed) this.#allOut('closed')
  }

  /** What moderators said, to whom it is said. */
  #judge(plan: ZonePlan): void {
    this.#sanctioned = new Sanctioned(plan, this.#deps.clock.wallMs())
    for (const player of [...this.#players.values()]) {
      const standing = this.standingOf(player.userId)
      if (standing.isBanned) this.leave(player, 'banned')
      else if (player.stand(standing, false) && !this.#entering.has(player.number)) this.tellStanding(player)
    }
  }

  tellStanding({ client, standing: { isMuted, isDeafened } }: ZonePlayerCarrier): void {
    client.tell({
      ...{ type: 'zone_event', zone_id: this.zoneId, event: 'sanctions' },
      ...{ muted: isMuted, deafened: isDeafened },
    })
  }

  #allOut(reason: ZoneLeftReason): void {
    for (const player of [...this.#players.values()]) this.leave(player, reason)
  }

  #isOver(): boolean {
    return this.#state === 'over'
  }

  #lost(): void {
    this.#allOut('closed')
    this.close()
  }

  #remove(player: ZonePlayerCarrier): boolean {
    if (!this.#players.delete(player.number)) return false
    if (this.#byUser.get(player.userId) === player) this.#byUser.delete(player.userId)
    this.#names.forget(player)
    this.#deps.metrics.playersCarried(-1)
    this.#idleSinceMs = this.#deps.clock.monotonicMs()
    return true
  }

  #tick(): void {
    const nowMs = this.#deps.clock.monotonicMs()
    for (const player of this.#players.values()) player.tick()
    for (const [number, { entrant, untilMs }] of [...this.#entering]) {
      const player = this.#players.get(number)
      if (nowMs < untilMs || !player) continue
      this.#entering.delete(number)
      this.leave(player, null)
      entrant.refused('RETRY_LATER')
    }
  }

  #tend(): void {
    const { clock } = this.#deps
    this.#strangers.clear()
    if (clock.wallMs() >= this.#sanctioned.endsAtMs) this.#judge(this.plan)
    void this.#watch.report()
    this.#keepRegions()
    if (this.#players.size > 0 || this.#holds > 0) this.#idleSinceMs = clock.monotonicMs()
    else if (clock.monotonicMs() - this.#idleSinceMs >= idleMs) this.close()
  }

  /** The regions of the plan, and those that still have players of this process. */
  #keepRegions(): void {
    const kept = new Set(regionsOf(this.plan.map).map(({ id }) => id))
    for (const { route, seat } of this.#players.values()) {
      kept.add(route)
      if (seat && seat.region === route) kept.add(seat.region)
    }
    this.#regions.keep(kept)
    this.#batches.keep(kept)
    for (const region of [...this.#rungs.keys()]) if (!kept.has(region)) this.#rungs.delete(region)
  }

  /** Counts from 1, and begins again behind a million: by then nobody knows the first ones any more. */
  #nextNumber(): number {
    do {
      this.#count = (this.#count % countMax) + 1
    } while (this.#players.has(this.#numberOf(this.#count)))
    return this.#numberOf(this.#count)
  }

  #numberOf(count: number): number {
    return ((this.gateway << 20) | count) >>> 0
  }
}

const reasonOf: Readonly<Record<string, ZoneLeftReason>> = {
  ZONE_FULL: 'full',
  ZONE_CLOSED: 'closed',
  BANNED: 'banned',
  REPLACED: 'replaced',
}

/** What somebody hears who was still entering. */
const codeOf: Readonly<Record<ZoneLeftReason, ErrorCode>> = {
  left: 'RETRY_LATER',
  closed: 'ZONE_CLOSED',
  banned: 'BANNED',
  full: 'ZONE_FULL',
  replaced: 'RETRY_LATER',
}
