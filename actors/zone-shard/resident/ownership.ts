import type { Passage, RegionMessage, Self } from '../../../protocol/zone/fence.ts'
import type { HandedPlayer, ToGateway, ToRegion, ZonePlace, ZonePlayer } from '../../../protocol/zone/link-messages.ts'
import { stepRegion, type Copy, type RegionInput, type RegionStep } from '../../zone/hand-off.ts'
import { capacityMax } from '../../zone/players.ts'
import { silentMs } from './ghost-streams.ts'
import { gatewayOf, passageOf, type Player } from './player.ts'
import type { Population } from './population.ts'
import type { ToOtherRegion } from './ways.ts'

export interface OwnershipDeps {
  readonly self: Self
  readonly population: Population
  nowMs(): number
  toRegion(region: number, message: ToOtherRegion): void
  toGateway(gateway: number, message: ToGateway): void
  /** Nobody new is taken. */
  refusesJoins(): boolean
}

/** A copy that does not emit, and what goes along with it. */
interface Held {
  copy: Extract<Copy, { role: 'handed' | 'pending' }>
  /** Of who was handed on: sent again with each commit. */
  record: HandedPlayer | null
}

/** Where somebody comes from, and who they are. */
interface Arriving {
  readonly who: ZonePlayer
  readonly place: ZonePlace
  readonly past?: HandedPlayer
}

/**
 * Whose players are whose: carries out what `stepRegion` decides, on the players and on those who are being handed over. Nobody here has a slot but those for whom
 * this region emits.
 */
export class Ownership {
  readonly #deps: OwnershipDeps
  readonly #held = new Map<number, Held>()
  readonly #offering = new Set<Player>()

  constructor(deps: OwnershipDeps) {
    this.#deps = deps
  }

  /** Players who are neither here nor there yet, or whose commit is not answered. */
  get underWay(): number {
    return this.#held.size
  }

  /** The player stands in that region: they are offered to it. */
  cross(player: Player, to: number): void {
    this.#step(player.who.player, { type: 'cross', to })
    if (player.offer) this.#offering.add(player)
  }

  /** A gateway has this region take somebody of whom it hears nothing. */
  adopt({ who, place, passage }: Extract<ToRegion, { type: 'adopt' }>): void {
    const { population } = this.#deps
    const isKnown = population.players.has(who.player) || this.#held.has(who.player)
    if (!isKnown && passage.epoch === 0 && this.#deps.refusesJoins()) {
      this.#refuse(who.player, 'ZONE_FULL')
      return
    }
    if (!this.#step(who.player, { type: 'adopt', passage }, { who, place })) {
      this.#refuse(who.player, 'ZONE_FULL')
      return
    }
    const player = population.players.get(who.player)
    if (!player) return
    population.change(player, who)
    this.#seated(player)
  }

  /** Another region's word on a player. */
  hand(number: number, message: RegionMessage, record: HandedPlayer | undefined): void {
    if (message.type === 'prepare' && this.#held.size >= capacityMax) return
    if (message.type !== 'commit') this.#step(number, message)
    else if (record?.who.player === number) {
      this.#step(number, message, { who: record.who, place: record.place, past: record })
      const player = this.#deps.population.players.get(number)
      if (player) this.#seated(player)
    }
  }

  /** Somebody with that epoch has them. Says whether they were this region's until now. */
  fenced(number: number, epoch: number): boolean {
    const { players } = this.#deps.population
    const wasHere = players.has(number)
    this.#step(number, { type: 'fenced', epoch })
    return wasHere && !players.has(number)
  }

  /** They left the zone. Who has been handed on leaves the next owner too. */
  gone(number: number): void {
    const { population } = this.#deps
    const player = population.players.get(number)
    const held = this.#held.get(number)
    if (player) {
      this.#offering.delete(player)
      population.leave(player)
    } else if (held) {
      this.#held.delete(number)
      const { copy } = held
      if (copy.role !== 'handed') return
      population.gone(number, copy.to)
      this.#deps.toRegion(copy.to, { type: 'gone', player: number })
    }
  }

  /** What is known of a player changed; who has it now is told. */
  changed(who: ZonePlayer): void {
    const { population } = this.#deps
    const player = population.players.get(who.player)
    if (player) {
      population.change(player, who)
      this.#seated(player)
      return
    }
    const held = this.#held.get(who.player)
    if (held?.copy.role !== 'handed' || !held.record) return
    held.record = { ...held.record, who }
    this.#deps.toRegion(held.copy.to, { type: 'changed', who })
  }

  /** The game's server says where somebody is. */
  placed(place: Extract<ToRegion, { type: 'placed' }>['places'][number]): void {
    const { population } = this.#deps
    const player = population.ofUser(place.userId)
    if (player) {
      population.place(player, place)
      return
    }
    for (const { copy, record } of this.#held.values()) {
      if (copy.role !== 'handed' || record?.who.userId !== place.userId) continue
      this.#deps.toRegion(copy.to, { type: 'placed', places: [place] })
      return
    }
  }

  /** Where positions of those gateways' players go, each of them: they know nothing, or slots are others. */
  seatedAt(gateways: { has(gateway: number): boolean }): void {
    for (const player of this.#deps.population.players.values()) {
      if (gateways.has(gatewayOf(player.who.player))) this.#seated(player)
    }
  }

  /** Behind each tick: offers and copies whose time is over, commits that nobody answered. */
  tick(): void {
    const nowMs = this.#deps.nowMs()
    for (const player of this.#offering) {
      if (player.offer && nowMs < player.offer.untilMs) continue
      player.offer = null
      this.#offering.delete(player)
    }
    for (const number of this.#held.keys()) this.#step(number, { type: 'tick' })
  }

  /** One step of a player's copy here. False: somebody would have come, and there is no room; nothing changed. */
  #step(number: number, input: RegionInput, arriving?: Arriving): boolean {
    const { population, self } = this.#deps
    const player = population.players.get(number)
    const before = player ? copyOf(player) : (this.#held.get(number)?.copy ?? null)
    const step = stepRegion(before, input, self, this.#deps.nowMs())
    const after = step.copy
    if (after?.role === 'owner' || after?.role === 'offering') {
      if (player) this.#renew(player, after)
      else if (!arriving || !this.#take(after, arriving)) return false
    } else if (player) this.#let(player, after)
    else if (after) this.#held.set(number, { copy: after, record: this.#held.get(number)?.record ?? null })
    else this.#held.delete(number)
    this.#carry(number, step)
    return true
  }

  /** What of a player who is here has become another. */
  #renew(player: Player, { role, epoch, out, seq, ...rest }: Extract<Copy, { role: 'owner' | 'offering' }>): void {
    if (epoch !== player.epoch) {
      player.out = out
      this.#deps.population.columns.encoder.resync(player.slot)
    }
    player.epoch = epoch
    player.seq = seq
    player.offer = role === 'offering' && 'to' in rest ? rest : null
  }

  /** Somebody is this region's player from here on, unless the same user has come by a later entry. False: there is no room. */
  #take({ epoch, out, seq }: Passage, { who, place, past }: Arriving): boolean {
    const { population } = this.#deps
    const other = population.ofUser(who.userId)
    if (other && isLater(other.who, who)) {
      this.#held.delete(who.player)
      this.#refuse(who.player, 'REPLACED')
      return true
    }
    const player: Player = { who, slot: -1, epoch, out, seq, offer: null, ticksOut: 0 }
    if (!population.seat(player, place, past)) return false
    this.#held.delete(who.player)
    if (other) {
      this.#offering.delete(other)
      population.leave(other)
      this.#refuse(other.who.player, 'REPLACED')
    }
    return true
  }

  /** A player is this region's no more. */
  #let(player: Player, after: Exclude<Copy, { role: 'owner' | 'offering' }> | null): void {
    const { population } = this.#deps
    const number = player.who.player
    this.#offering.delete(player)
    if (after?.role !== 'handed') {
      population.leave(player)
      return
    }
    this.#held.set(number, { copy: after, record: population.recordOf(player) })
    population.demote(player, after.to, this.#deps.nowMs() + silentMs)
  }

  #carry(number: number, { toRegions, toGateway }: RegionStep): void {
    const record = this.#held.get(number)?.record
    for (const { to, message } of toRegions) {
      const goesAlong = message.type === 'commit' && record ? { record } : {}
      this.#deps.toRegion(to, { type: 'hand', player: number, message, ...goesAlong })
    }
    for (const message of toGateway) {
      if (message.type === 'reroute') this.#deps.toGateway(gatewayOf(number), { player: number, ...message })
    }
  }

  #seated({ who: { player, speakMask, hearMask }, epoch, slot }: Player): void {
    const address = this.#deps.population.columns.engine.players.addressOf(slot)
    const { region } = this.#deps.self
    this.#deps.toGateway(gatewayOf(player), {
      ...{ type: 'seated', player, epoch, region, slot: address },
      ...{ speakMask, hearMask },
    })
  }

  #refuse(player: number, code: string): void {
    this.#deps.toGateway(gatewayOf(player), { type: 'refused', player, code })
  }
}

/**
 * Of two entries of one user the later one stays, also where the word of the earlier comes late. A gateway counts its own; between two their clocks tell: wrong only
 * where those differ by more than what lies between the entries, and the end of the earlier one is not known here yet.
 */
const isLater = (one: ZonePlayer, other: ZonePlayer): boolean =>
  gatewayOf(one.player) === gatewayOf(other.player) ? one.player > other.player : one.enteredAtMs > other.enteredAtMs

const copyOf = (player: Player): Copy =>
  player.offer ? { role: 'offering', ...passageOf(player), ...player.offer } : { role: 'owner', ...passageOf(player) }
