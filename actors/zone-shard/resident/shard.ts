import type { ResidentContext } from '../../../cluster/actor-runtime/resident.ts'
import { AppError } from '../../../protocol/errors.ts'
import { commandId } from '../../../protocol/ids.ts'
import { Batch, epochInFrame, Ghosts } from '../../../protocol/zone/frames.ts'
import { decodeToShard, encodeLink, jsonByte } from '../../../protocol/zone/link-codec.ts'
import type { BetweenRegions, PassedSignal, ShardShown, ToRegion } from '../../../protocol/zone/link-messages.ts'
import { shardKey, zoneKey, type ZoneId, type ZonePlan } from '../../../protocol/zone/plan.ts'
import { siblingOf, type Cut } from '../../../protocol/zone/region-map.ts'
import { ladder } from '../../zone/overload.ts'
import { BatchReader } from '../../zone/batch-reader.ts'
import { Areas, bandsOf } from './area.ts'
import { Borders } from './borders.ts'
import type { Columns } from './columns.ts'
import { cutOf } from './costs.ts'
import { findCrossings } from './crossings.ts'
import { earshotOf, pointsOf } from './shown.ts'
import { Gateways } from './gateways.ts'
import { GhostStreams } from './ghost-streams.ts'
import { LoadWatch } from './load-watch.ts'
import { Ownership } from './ownership.ts'
import { gatewayOf } from './player.ts'
import { Population } from './population.ts'
import type { ShardDeps, ToOtherRegion } from './ways.ts'

/** A gateway that hears nothing of a player for a second asks for them: so often it hears at least, ms. */
const aliveEveryMs = 400
/**
 * A region whose area is over tells the new ones of its players before it hands them over, so that whoever goes finds there whom they hear. It waits so long
 * for their answer, ms.
 */
const farewellMs = 2_000
/** A region whose ticks are late tells gateways its rung anew so often, ms: one word may be lost. */
const rungEveryMs = 5_000
const nothing = new Uint8Array()

/** What a region has counted since it began. */
interface ShardCounts {
  positionsTaken: number
  positionsRefused: number
  positionsUnknown: number
  datagramsRefused: number
}

/**
 * A region of a zone with a plan: takes what gateways and other regions say, ticks, and tells gateways what their players are told. All of it is in memory;
 * what it does not know after it began anew, gateways say again.
 */
export class Shard {
  readonly #counts: ShardCounts = { positionsTaken: 0, positionsRefused: 0, positionsUnknown: 0, datagramsRefused: 0 }
  readonly #deps: ShardDeps
  readonly #context: ResidentContext
  readonly #zoneId: ZoneId
  readonly #region: number
  readonly #areas = new Areas()
  readonly #population: Population
  readonly #gateways: Gateways
  readonly #streams: GhostStreams
  readonly #borders: Borders
  readonly #ownership: Ownership
  readonly #load: LoadWatch
  /** What the sibling said last. */
  #sibling: {
    readonly region: number
    readonly players: number
    readonly tickP95Ms: number
    readonly atMs: number
  } | null = null
  /** Those of which gateways know the slots. */
  #columns: Columns
  #plan: ZonePlan
  #bands: Float64Array
  #planAtMs: number
  /** Of the present tick, or the last one. */
  #beganMs = 0
  #tendAtMs = 0
  #rungAtMs = 0
  #toldRung = 0
  #asks = 0

  constructor(deps: ShardDeps, context: ResidentContext, zoneId: ZoneId, region: number, plan: ZonePlan) {
    const { epoch } = context
    const self = { region, life: epoch }
    const zone = plan.number
    this.#deps = deps
    this.#context = context
    this.#zoneId = zoneId
    this.#region = region
    this.#plan = plan
    this.#bands = bandsOf(plan.rules, plan.authority)
    this.#planAtMs = deps.clock.monotonicMs()
    this.#areas.take(plan)
    this.#load = new LoadWatch(this.#planAtMs)
    this.#population = new Population(plan, epoch, (slot, frame, length) => this.#told(slot, frame, length))
    this.#columns = this.#population.columns
    const nameOf = (player: number) => this.#nameOf(player)
    this.#gateways = new Gateways({
      ...{ zone, region, nameOf },
      tell: (session, payload, lane) => context.tell(session, payload, lane),
    })
    this.#streams = new GhostStreams({
      ...{ zone, population: this.#population },
      ask: (to) => this.#send(to, { type: 'ghosts_again', from: region }),
      named: (player) => this.#gateways.named(player),
      began: () => this.#keepBorders(),
    })
    this.#borders = new Borders({
      ...{ zone, region, epoch, nameOf },
      columns: () => this.#population.columns,
      send: (to, frame) => context.send(shardKey(zoneId, to), frame, 1),
      names: (to, players) => this.#send(to, { type: 'names', players }),
    })
    this.#ownership = new Ownership({
      ...{ self, population: this.#population },
      nowMs: () => deps.clock.monotonicMs(),
      toRegion: (to, message) => this.#send(to, message),
      toGateway: (gateway, message) => this.#gateways.tell(gateway, message),
      refusesJoins: () => ladder[this.#load.rung]?.refusesJoins === true,
    })
    this.#keepBorders()
  }

  get tickHz(): number {
    return this.#plan.rules.tickHz
  }

  /** Gateways came or went, or the plan is another. */
  changed(plan: ZonePlan, gateways: Parameters<Gateways['attached']>[0]): void {
    if (plan.version > this.#plan.version) this.#goBy(plan)
    const news = this.#gateways.attached(gateways)
    for (const gateway of news) {
      this.#gateways.tell(gateway, { type: 'overload', region: this.#region, rung: this.#load.rung })
    }
    if (news.size > 0) this.#ownership.seatedAt(news)
  }

  hear(payload: Uint8Array): void {
    try {
      if (payload[0] === jsonByte) this.#hear(decodeToShard(payload))
      else if (payload[0] === Batch.code) this.#move(payload)
      else if (payload[0] !== Ghosts.code || !this.#streams.hear(payload, this.#now)) this.#counts.datagramsRefused += 1
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#counts.datagramsRefused += 1
    }
  }

  /** One tick, and whatever is due with it. */
  tick(): void {
    const beganMs = this.#now
    this.#beganMs = beganMs
    if (this.#population.prepare(beganMs)) this.#streams.missed()
    if (this.#columns !== this.#population.columns) this.#renewed()
    this.#cross(beganMs)
    this.#population.columns.encoder.tick()
    this.#keepAlive(beganMs)
    this.#gateways.flush()
    this.#borders.tick(beganMs)
    this.#streams.tick(beganMs)
    this.#ownership.tick()
    if (beganMs - this.#tendAtMs >= 1_000) this.#tend(beganMs)
    this.#load.note(this.#now - beganMs, beganMs)
  }

  get gauges(): Readonly<Record<string, number>> {
    return {
      zone_players: this.#population.players.size,
      zone_ghosts: this.#population.ghosts.size,
      zone_hand_offs_under_way: this.#ownership.underWay,
      zone_shards_relieved: this.#load.rung > 0 ? 1 : 0,
      zone_positions_taken: this.#counts.positionsTaken,
      zone_positions_refused: this.#counts.positionsRefused,
      zone_positions_unknown: this.#counts.positionsUnknown,
      zone_datagrams_refused: this.#counts.datagramsRefused,
      zone_tick_ms_per_second: this.#load.meanMs(this.#now) * this.tickHz,
    }
  }

  get #now(): number {
    return this.#deps.clock.monotonicMs()
  }

  #hear(said: ToRegion | BetweenRegions): void {
    switch (said.type) {
      case 'adopt':
        this.#ownership.adopt(said)
        return
      case 'fenced':
        if (this.#ownership.fenced(said.player, said.epoch)) this.#streams.missed()
        return
      case 'gone':
        this.#ownership.gone(said.player)
        return
      case 'resync':
        this.#resync(said.player)
        return
      case 'changed':
        this.#ownership.changed(said.who)
        return
      case 'placed':
        for (const place of said.places) this.#ownership.placed(place)
        return
      case 'signal':
        this.#pass(said)
        return
      case 'earshot_of':
        this.#earshotOf(said)
        return
      case 'show':
        this.#gateways.tell(gatewayOf(said.ask), { type: 'shown', ask: said.ask, shard: this.#shown(said.points) })
        return
      case 'hand':
        this.#ownership.hand(said.player, said.message, said.record)
        return
      case 'load':
        this.#sibling = { region: said.from, players: said.players, tickP95Ms: said.tickP95Ms, atMs: this.#now }
        return
      case 'ghosts_again':
        this.#borders.again(said.from)
        return
      case 'names':
        this.#streams.learn(said.players)
    }
  }

  #move(payload: Uint8Array): void {
    // Slots of an earlier life of the region were other people's.
    if (BatchReader.epochOf(payload) !== epochInFrame(this.#context.epoch)) {
      this.#counts.positionsUnknown += 1
      return
    }
    const { reader } = this.#population.columns
    reader.read(payload)
    this.#counts.positionsTaken += reader.outcome.taken
    this.#counts.positionsRefused += reader.outcome.refused
    this.#counts.positionsUnknown += reader.outcome.unknown
  }

  #goBy(plan: ZonePlan): void {
    const before = this.#plan
    const wasLeaf = this.#areas.isLeaf(this.#region)
    this.#plan = plan
    this.#areas.take(plan)
    this.#bands = bandsOf(plan.rules, plan.authority)
    const isSame = (key: 'rules' | 'authority') => JSON.stringify(before[key]) === JSON.stringify(plan[key])
    if (!isSame('rules') || !isSame('authority')) {
      this.#population.renew(plan)
      this.#renewed()
    }
    if (before.map.version !== plan.map.version) {
      this.#load.changed(this.#now)
      this.#sibling = null
    }
    if (wasLeaf && !this.#areas.isLeaf(this.#region)) this.#planAtMs = this.#now
    this.#keepBorders()
  }

  #cross(nowMs: number): void {
    const isLeaf = this.#areas.isLeaf(this.#region)
    const mayGo = (to: number) => isLeaf || nowMs - this.#planAtMs >= farewellMs || this.#streams.hears(to)
    const bandSteps = Math.max(...this.#bands)
    const home = isLeaf ? (this.#areas.of(this.#region) ?? null) : null
    findCrossings(this.#population, { home, bandSteps, plan: this.#plan }, (player, to) => {
      if (mayGo(to)) this.#ownership.cross(player, to)
    })
  }

  /** The frame of one listener. */
  #told(slot: number, frame: Uint8Array, length: number): void {
    const { bySlot, toldAtMs } = this.#columns
    const player = bySlot[slot]
    if (!player) return
    toldAtMs[slot] = this.#beganMs
    this.#gateways.record(player, frame, length)
  }

  /** Gateways hear of each player, though there is nothing to say. */
  #keepAlive(nowMs: number): void {
    const { toldAtMs } = this.#columns
    for (const player of this.#population.players.values()) {
      if (nowMs - toldAtMs[player.slot]! < aliveEveryMs) continue
      toldAtMs[player.slot] = nowMs
      this.#gateways.record(player, nothing, 0)
    }
  }

  #keepBorders(): void {
    this.#borders.keep(this.#areas, this.#bands, this.#streams.speaking)
  }

  /** Slots are others, in an engine that is new. */
  #renewed(): void {
    this.#columns = this.#population.columns
    this.#relieve()
    this.#ownership.seatedAt(this.#gateways.numbers)
  }

  #resync(number: number): void {
    const player = this.#population.players.get(number)
    if (!player) return
    const { encoder, engine } = this.#population.columns
    const peers = engine.heardBy(player.slot).peers.map(({ slot }) => engine.players.player[slot]!)
    // What was lost may have been who they are, too.
    this.#gateways.untell(gatewayOf(number), peers)
    encoder.resync(player.slot)
  }

  #pass(signal: PassedSignal): void {
    const { from, to } = signal
    if (this.#population.slotOf(from) === undefined) return
    if (this.#gateways.tell(gatewayOf(to), signal)) return
    const ghost = this.#population.ghosts.get(to)
    // Whoever has them has their gateway.
    if (ghost !== undefined && this.#population.players.has(from)) {
      this.#send(this.#population.columns.source[ghost]!, signal)
    }
  }

  #earshotOf({ ask, userId }: Extract<ToRegion, { type: 'earshot_of' }>): void {
    const player = this.#population.ofUser(userId)
    const earshot = player ? earshotOf(this.#population, player, (number) => this.#nameOf(number)) : []
    this.#gateways.tell(gatewayOf(ask), { type: 'earshot', ask, player: player?.who.player ?? 0, earshot })
  }

  #shown(withPoints: boolean): ShardShown {
    const nowMs = this.#now
    return {
      ...{ region: this.#region, node: this.#context.process, epoch: this.#context.epoch },
      planVersion: this.#plan.version,
      players: this.#population.players.size,
      ghosts: this.#population.ghosts.size,
      tickMeanMs: this.#load.meanMs(nowMs),
      tickP95Ms: this.#load.p95Ms(nowMs),
      rung: this.#load.rung,
      ...(withPoints ? { points: pointsOf(this.#population) } : {}),
    }
  }

  #nameOf(number: number) {
    const player = this.#population.players.get(number)
    return player ? { player: number, userId: player.who.userId, name: player.who.name } : this.#streams.nameOf(number)
  }

  /** Once a second. */
  #tend(nowMs: number): void {
    this.#tendAtMs = nowMs
    this.#streams.tend(nowMs)
    this.#keepBorders()
    this.#dropLost(nowMs)
    const { players, ghosts } = this.#population
    this.#gateways.tend({
      size: players.size + ghosts.size,
      has: (player) => players.has(player) || ghosts.has(player),
    })
    this.#weigh(nowMs)
  }

  /** Players of gateways that are gone are gone too: their sockets were there. */
  #dropLost(nowMs: number): void {
    const { players } = this.#population
    const numbers = new Set<number>()
    for (const number of players.keys()) numbers.add(gatewayOf(number))
    const lost = this.#gateways.lost(numbers, nowMs)
    if (lost.size === 0) return
    for (const number of [...players.keys()]) if (lost.has(gatewayOf(number))) this.#ownership.gone(number)
  }

  #weigh(nowMs: number): void {
    const sibling = siblingOf(this.#plan.map, this.#region)
    const players = this.#population.players.size
    const p95Ms = this.#load.p95Ms(nowMs)
    if (sibling) {
      this.#send(sibling.id, { type: 'load', from: this.#region, players: Math.min(players, 0xffff), tickP95Ms: p95Ms })
    }
    const said = this.#sibling
    const isFresh = said && sibling && said.region === sibling.id && nowMs - said.atMs < 5_000
    const withSibling = isFresh ? { players: said.players + players, tickP95Ms: said.tickP95Ms + p95Ms } : null
    const wants = this.#load.weigh({ players, withSibling }, nowMs)
    this.#relieve()
    if (this.#toldRung !== this.#load.rung || nowMs - this.#rungAtMs >= rungEveryMs) {
      this.#rungAtMs = nowMs
      this.#toldRung = this.#load.rung
      this.#gateways.tellAll({ type: 'overload', region: this.#region, rung: this.#load.rung })
    }
    if (!this.#areas.isLeaf(this.#region)) return
    if (wants === 'cut') this.#askForCut()
    // Both of a pair come to the same: one of them asks.
    else if (wants === 'merge' && sibling && this.#region < sibling.id) this.#ask({ type: 'merge' })
  }

  #relieve(): void {
    const rung = ladder[this.#load.rung]
    if (rung) this.#population.columns.engine.relieve(rung.relief)
  }

  #askForCut(): void {
    const cut = cutOf(this.#population, this.#plan, this.#region)
    if (cut) this.#ask({ type: 'cut', ...cut })
    else this.#deps.logger.warn({ key: this.#context.key }, 'zone.crowd_not_cut')
  }

  #ask(wish: { readonly type: 'merge' } | ({ readonly type: 'cut' } & Cut)): void {
    this.#asks += 1
    const { key, epoch } = this.#context
    const command = { ...wish, version: this.#plan.map.version, region: this.#region }
    const id = commandId(`${key}/${String(epoch)}`, this.#asks)
    void this.#context.ask(zoneKey(this.#zoneId), command, { commandId: id }).then(
      (result) => this.#deps.logger.info({ key, wish: wish.type, status: result.status }, 'zone.region_asked'),
      (err: unknown) => this.#deps.logger.warn({ key, wish: wish.type, err }, 'zone.region_ask_failed'),
    )
  }

  #send(region: number, message: ToOtherRegion): void {
    this.#context.send(shardKey(this.#zoneId, region), encodeLink(message), 0)
  }
}
