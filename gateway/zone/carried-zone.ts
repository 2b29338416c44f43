import type { ActorRouter, DatagramRouter, IncomingDatagram, IncomingPush } from '../../cluster/routing/port.ts'
import type { ZoneLeftReason } from '../../protocol/client/zone-frames.ts'
import { AppError } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { Cancel, Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import { encodeLink } from '../../protocol/zone/link-codec.ts'
import type { ToRegion } from '../../protocol/zone/link-messages.ts'
import { shardKey, zoneNumber, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'
import { regionAt, regionById, regionsOf } from '../../protocol/zone/region-map.ts'
import { stepsPerMetre } from '../../protocol/zone/rules.ts'
import type { ZoneMetrics } from './metrics.ts'
import { RegionSessions } from './region-sessions.ts'
import { RegionWords, type RegionAnswer } from './region-words.ts'
import { Sanctioned, together, WiderKnown, widerStanding, type Standing } from './sanctioned.ts'
import { batchEveryMs, ZoneBatches } from './zone-batches.ts'
import { ZoneNames } from './zone-names.ts'
import type { ZonePlayerCarrier } from './zone-player.ts'
import { ZonePlayers, type Entrant } from './zone-players.ts'
import { ZoneWatch } from './zone-watch.ts'
import type { WiderZone } from './wider-watch.ts'

export interface CarriedZoneDeps {
  readonly router: Pick<ActorRouter, 'ask' | 'hold' | 'letGo'> & DatagramRouter
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly metrics: ZoneMetrics
  answered(answer: RegionAnswer): void
}

/** A zone that nobody needs any more is watched for so long, ms. */
export const idleMs = 10_000
const tickEveryMs = 200
const tendEveryMs = 1_000

/**
 * A zone as one process carries it: the watch, a session on each of its regions, and the players with sockets here. All of it is in memory, and whatever a
 * region should know and may not have heard is said again.
 */
export class CarriedZone implements WiderZone {
  readonly zoneId: ZoneId
  readonly #deps: CarriedZoneDeps
  readonly #watch: ZoneWatch
  readonly #regions: RegionSessions
  readonly #batches: ZoneBatches
  readonly #names: ZoneNames<ZonePlayerCarrier>
  readonly #players: ZonePlayers
  readonly #words: RegionWords
  readonly #onOver: () => void
  readonly #wider = new WiderKnown()
  #sanctioned = new Sanctioned({ sanctions: [] }, 0)
  /** When the next sanction beyond the zone ends, Unix ms. */
  #widerEndsAtMs = Number.POSITIVE_INFINITY
  #state: 'opening' | 'open' | 'over' = 'opening'
  #holds = 0
  #idleSinceMs: number
  #cancels: readonly Cancel[] = []

  /** `onOver`: nobody needs it any more, or its root lets nobody watch it. */
  constructor(deps: CarriedZoneDeps, zoneId: ZoneId, onOver: () => void) {
    this.zoneId = zoneId
    this.#deps = deps
    this.#onOver = onOver
    this.#idleSinceMs = deps.clock.monotonicMs()
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
    this.#players = this.#noPlayers()
    this.#words = this.#noWords()
  }

  get plan(): ZonePlan {
    return this.#watch.plan
  }

  get gateway(): number {
    return this.#watch.gateway
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

  /** Players here. */
  get size(): number {
    return this.#players.size
  }

  get guildId(): string | null {
    return this.plan.guildId
  }

  users(): Iterable<UserId> {
    return this.#players.users()
  }

  /** What holds for somebody, with what stands on them beyond the zone; without, as the zone knows it of its players. */
  standingOf(user: UserId, wider: readonly WiderSanction[] = this.#wider.of(user)): Standing {
    return together(this.#sanctioned.of(user), widerStanding(wider, this.#deps.clock.wallMs()))
  }

  knowWider(user: UserId, sanctions: readonly WiderSanction[]): void {
    const player = this.#players.of(user)
    if (!player) return
    this.#learnWider(user, sanctions)
    this.#judgePlayer(player)
  }

  playerOf(user: UserId): ZonePlayerCarrier | undefined {
    return this.#players.of(user)
  }

  /** Whoever is in it by another socket of this process is replaced. */
  enter(entrant: Entrant): ZonePlayerCarrier {
    const before = this.#players.of(entrant.userId)
    if (before) this.leave(before, 'replaced')
    const player = this.#players.add(entrant, this.gateway)
    this.#learnWider(entrant.userId, entrant.wider)
    player.stand(this.standingOf(entrant.userId), true)
    this.#names.learn([{ player: player.number, userId: entrant.userId, name: entrant.name }])
    player.adopt()
    return player
  }

  /** Takes a player out; the region and, but where `reason` is null, the client are told. */
  leave(player: ZonePlayerCarrier, reason: ZoneLeftReason | null): void {
    if (!this.#players.remove(player)) return
    this.#removed(player)
    player.sayGone()
    this.#players.tellOut(player, reason)
  }

  /** A checked position frame of a client. */
  moved(player: ZonePlayerCarrier, position: Uint8Array): void {
    const news = player.moved(position)
    this.#deps.metrics.positionCame(news ? 'taken' : 'late')
    const seat = player.openSeat
    if (news && seat) this.#batches.put(seat, news)
  }

  /**
   * By the game's server. Whom this process carries goes to their region; whoever else, to all, since one of them has them, or none. Says how many are here.
   */
  placed(places: Extract<ToRegion, { type: 'placed' }>['places']): number {
    const byRegion = new Map<number, (typeof places)[number][]>()
    let here = 0
    for (const place of places) {
      const player = this.#players.of(place.userId)
      if (player) here += 1
      for (const region of player ? [player.route] : regionsOf(this.plan.map).map(({ id }) => id)) {
        const list = byRegion.get(region)
        if (list) list.push(place)
        else byRegion.set(region, [place])
      }
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
  hearDatagram(region: number, datagram: IncomingDatagram): void {
    if (this.#state !== 'open') return
    this.#heardFrom(region, datagram.epoch)
    this.#words.hear(region, datagram)
  }

  /** The client is told what holds for its player. */
  tellStanding({ client, standing: { isMuted, isDeafened } }: ZonePlayerCarrier): void {
    const standing = { muted: isMuted, deafened: isDeafened }
    client.tell({ type: 'zone_event', zone_id: this.zoneId, event: 'sanctions', ...standing })
  }

  /** Everybody out, and nobody is told: the process stops, or nobody needs it. */
  close(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    for (const cancel of this.#cancels) cancel()
    for (const player of this.#players) this.leave(player, null)
    this.#regions.endAll()
    this.#watch.close()
    this.#onOver()
  }

  #noPlayers(): ZonePlayers {
    const { clock, metrics } = this.#deps
    const ways = {
      nowMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      regionAt: ({ x, y }: { x: number; y: number }, lot: number) =>
        regionAt(this.plan.map, { x: x / stepsPerMetre, y: y / stepsPerMetre, lot }).id,
      isLeaf: (region: number) => regionById(this.plan.map, region) !== undefined,
      send: (region: number, message: ToRegion) => this.send(region, message),
      introduce: (player: ZonePlayerCarrier, numbers: readonly number[]) => this.#names.introduce(player, numbers),
      heldBack: (outlet: 'sets' | 'nothing') => metrics.heldBack(outlet),
      resyncAsked: () => metrics.resyncAsked(),
    }
    return new ZonePlayers(ways, metrics)
  }

  #noWords(): RegionWords {
    return new RegionWords({
      ...{ zoneId: this.zoneId, players: this.#players, names: this.#names },
      gateway: () => this.gateway,
      sayGone: (region, player) => this.send(region, { type: 'gone', player }),
      place: (seat, position) => this.#batches.put(seat, position),
      routed: (region) => {
        if (!this.#regions.has(region)) this.#keepRegions()
      },
      removed: (player) => this.#removed(player),
      answered: (answer) => this.#deps.answered(answer),
      badDatagram: () => this.#deps.metrics.badDatagram(),
    })
  }

  /** A life of a region that has not spoken yet knows none of its players. */
  #heardFrom(region: number, epoch: number): void {
    if (!this.#regions.heard(region, epoch)) return
    for (const player of this.#players) {
      if (player.seat?.region === region && player.seat.regionEpoch !== epoch) player.seat = null
      if (player.route === region) player.adopt()
    }
  }

  #planned(plan: ZonePlan): void {
    this.#judge(plan)
    if (this.#state !== 'open') return
    this.#keepRegions()
    if (plan.isClosed) this.#allOut('closed')
  }

  /** What moderators said, to whom it is said. */
  #judge(plan: ZonePlan): void {
    const nowMs = this.#deps.clock.wallMs()
    this.#sanctioned = new Sanctioned(plan, nowMs)
    this.#widerEndsAtMs = this.#wider.endsAfter(nowMs)
    for (const player of this.#players) this.#judgePlayer(player)
  }

  #judgePlayer(player: ZonePlayerCarrier): void {
    const standing = this.standingOf(player.userId)
    if (standing.isBanned) this.leave(player, 'banned')
    else if (player.stand(standing, false) && !this.#players.isEntering(player)) this.tellStanding(player)
  }

  #learnWider(user: UserId, sanctions: readonly WiderSanction[]): void {
    this.#wider.set(user, sanctions)
    this.#widerEndsAtMs = this.#wider.endsAfter(this.#deps.clock.wallMs())
  }

  #allOut(reason: ZoneLeftReason): void {
    for (const player of this.#players) this.leave(player, reason)
  }

  #lost(): void {
    this.#allOut('closed')
    this.close()
  }

  #isOver(): boolean {
    return this.#state === 'over'
  }

  #removed(player: ZonePlayerCarrier): void {
    this.#names.forget(player)
    if (!this.#players.of(player.userId)) this.#wider.set(player.userId, [])
    this.#idleSinceMs = this.#deps.clock.monotonicMs()
  }

  #tick(): void {
    for (const player of this.#players) player.tick()
    for (const [player, entrant] of this.#players.overdue()) {
      this.leave(player, null)
      entrant.refused('RETRY_LATER')
    }
  }

  #tend(): void {
    const { clock } = this.#deps
    if (clock.wallMs() >= Math.min(this.#sanctioned.endsAtMs, this.#widerEndsAtMs)) this.#judge(this.plan)
    void this.#watch.report()
    this.#words.keep(this.#keepRegions())
    if (this.#players.size > 0 || this.#holds > 0) this.#idleSinceMs = clock.monotonicMs()
    else if (clock.monotonicMs() - this.#idleSinceMs >= idleMs) this.close()
  }

  /** The regions of the plan, and those that still have players of this process. */
  #keepRegions(): ReadonlySet<number> {
    const kept = new Set(regionsOf(this.plan.map).map(({ id }) => id))
    for (const { route } of this.#players) kept.add(route)
    this.#regions.keep(kept)
    this.#batches.keep(kept)
    return kept
  }
}
