import type { UserId } from '../../../protocol/ids.ts'
import type { HandedPlayer, ZonePlace, ZonePlayer } from '../../../protocol/zone/link-messages.ts'
import type { ZonePlan } from '../../../protocol/zone/plan.ts'
import type { Heard } from '../../zone/earshot.ts'
import type { FrameSink } from '../../zone/frame-encoder.ts'
import { slotKind, type Arrival } from '../../zone/players.ts'
import { capacityFor, makeColumns, several, unspoken, type Columns } from './columns.ts'
import type { GhostState } from './ghost-frames.ts'
import type { Player } from './player.ts'

/** What a player heard elsewhere, and where they are bound to. */
type Past = Pick<HandedPlayer, 'peers' | 'lastAlias' | 'tether'>

/**
 * Who is in a region: its players, of whom each has an object, and its ghosts, who are in the columns alone. Somebody who comes over keeps the slot
 * that their ghost had, and the other way round, so that whoever has them in earshot hears of no change.
 */
export class Population {
  readonly players = new Map<number, Player>()
  /** Slots of ghosts, by the player's number. */
  readonly ghosts = new Map<number, number>()
  readonly #byUser = new Map<UserId, Player>()
  readonly #epoch: number
  readonly #sink: FrameSink
  #columns: Columns
  #plan: ZonePlan

  constructor(plan: ZonePlan, epoch: number, sink: FrameSink) {
    this.#plan = plan
    this.#epoch = epoch
    this.#sink = sink
    this.#columns = makeColumns(plan, { capacity: capacityFor(null), epoch, sink })
  }

  get columns(): Columns {
    return this.#columns
  }

  ofUser(userId: UserId): Player | undefined {
    return this.#byUser.get(userId)
  }

  /** The slot of a player or ghost. */
  slotOf(number: number): number | undefined {
    return this.players.get(number)?.slot ?? this.ghosts.get(number)
  }

  /** Has somebody from the next tick on, who is told everything in it. False: there is no room, and can be none. */
  seat(player: Player, place: ZonePlace, past?: Past): boolean {
    this.#makeRoom()
    const { engine, authority, encoder, bySlot, toldAtMs } = this.#columns
    const { player: number, userId } = player.who
    const ghost = this.ghosts.get(number)
    if (ghost === undefined) player.slot = engine.join(arrivalOf(player.who, place))
    else this.#promote(player, ghost, place)
    const { slot } = player
    if (slot < 0) return false
    this.players.set(number, player)
    this.#byUser.set(userId, player)
    bySlot[slot] = player
    toldAtMs[slot] = 0
    authority.begin(slot, place.x, place.y, place.z, engine.now)
    if (past?.tether) authority.tether(slot, past.tether.x, past.tether.y, past.tether.z)
    if (past) engine.resume(slot, this.#heardOf(number, past))
    encoder.resync(slot)
    return true
  }

  /** Another region has them from here on: they are a ghost until then, ms, unless that region speaks of them. */
  demote(player: Player, to: number, endsAtMs: number): void {
    const { engine, source, rival, endsAtMs: ends, speaks } = this.#columns
    const { slot } = player
    engine.demote(slot)
    this.#forget(player)
    this.ghosts.set(player.who.player, slot)
    source[slot] = to
    rival[slot] = unspoken
    ends[slot] = endsAtMs
    speaks[slot] = 0
  }

  leave(player: Player): void {
    this.#columns.engine.leave(player.slot)
    this.#forget(player)
  }

  /** What is known of them is another: a moderator's word, their party, their name. */
  change(player: Player, who: ZonePlayer): void {
    const { engine } = this.#columns
    const { speakMask, hearMask, party } = player.who
    player.who = { ...who, player: player.who.player, userId: player.who.userId }
    if (who.speakMask !== speakMask || who.hearMask !== hearMask) {
      engine.setMasks(player.slot, who.speakMask, who.hearMask)
    }
    if (who.party !== party) engine.setParty(player.slot, who.party)
  }

  /** By the game's server. */
  place({ slot }: Player, { x, y, z, stance }: ZonePlace): void {
    const { engine, authority } = this.#columns
    authority.place(slot, x, y, z, engine.now)
    engine.setStance(slot, stance)
    engine.move(slot, x, y, z, 0, 0)
  }

  /** All that the next owner has to know of them, as of the last tick. */
  recordOf({ who, slot }: Player): HandedPlayer {
    const { engine, authority } = this.#columns
    const { place, stance, player } = engine.players
    const { peers, lastAlias } = engine.heardBy(slot)
    const tether = authority.serverWord(slot)
    return {
      who,
      place: { x: place[slot * 4]!, y: place[slot * 4 + 1]!, z: place[slot * 4 + 2]!, stance: stance[slot]! },
      peers: peers.map(({ slot: peer, alias, mediaSlot }) => ({ alias, player: player[peer]!, slot: mediaSlot })),
      lastAlias,
      ...(tether ? { tether } : {}),
    }
  }

  /** Another region says that its player is near. Who is a player here is no ghost. False: there is no room. */
  appear(
    number: number,
    masks: { readonly speakMask: number; readonly party: number },
    state: GhostState,
    from: number,
  ) {
    if (this.players.has(number)) return true
    this.#makeRoom()
    const { engine, source, rival } = this.#columns
    const { players } = engine
    let slot = this.ghosts.get(number)
    if (slot === undefined) {
      slot = engine.joinGhost({
        player: number,
        ...masks,
        hearMask: 0,
        x: state.x,
        y: state.y,
        z: state.z,
        stance: state.stance,
      })
      if (slot < 0) return false
      this.ghosts.set(number, slot)
      rival[slot] = 0
    } else {
      if (source[slot] !== from) rival[slot] = rivalOf(source[slot]!, rival[slot]!, from)
      if (players.speakMask[slot] !== masks.speakMask) engine.setMasks(slot, masks.speakMask, 0)
      if (players.party[slot] !== masks.party) engine.setParty(slot, masks.party)
    }
    source[slot] = from
    this.#moveGhost(slot, state)
    return true
  }

  /** False: no ghost of that name is here, and no player. */
  move(number: number, state: GhostState, from: number): boolean {
    const slot = this.ghosts.get(number)
    if (slot === undefined) return this.players.has(number)
    // Two regions may both speak of somebody who went from one to the other: who has appeared from there counts.
    if (this.#columns.source[slot] === from) this.#moveGhost(slot, state)
    return true
  }

  /** That region's player is near no more. Says whether another region may have them, which will not say so again. */
  gone(number: number, from: number): boolean {
    const slot = this.ghosts.get(number)
    if (slot === undefined) return false
    const { source, rival } = this.#columns
    const mayBeElsewhere = source[slot] === from && rival[slot] !== 0
    if (source[slot] === from) this.#endGhost(number, slot)
    else if (rival[slot] === from) rival[slot] = 0
    return mayBeElsewhere
  }

  /** All ghosts of a region are gone by then, ms, unless it speaks of them again. */
  doubt(from: number, untilMs: number): void {
    const { source, endsAtMs } = this.#columns
    for (const slot of this.ghosts.values())
      if (source[slot] === from) endsAtMs[slot] = Math.min(endsAtMs[slot]!, untilMs)
  }

  /**
   * Before each tick: ghosts who speak do so again, and those whose time is over are gone. Makes room where it grows short. Says, as `gone`, whether another
   * region may have somebody of whom it will not say so again.
   */
  prepare(nowMs: number): boolean {
    const { engine, endsAtMs, speaks, rival } = this.#columns
    let areElsewhere = false
    for (const [number, slot] of this.ghosts) {
      if (endsAtMs[slot]! <= nowMs) {
        areElsewhere ||= rival[slot] !== 0
        this.#endGhost(number, slot)
      } else if (speaks[slot] === 1) engine.speak(slot)
    }
    if (capacityFor(this.#columns) !== engine.players.capacity) this.renew(this.#plan)
    return areElsewhere
  }

  /**
   * Goes on by another plan, in columns of their own: everybody keeps whom they hear, has another slot, and is told everything. Slots given out before are
   * nobody's.
   */
  renew(plan: ZonePlan): void {
    const before = this.#columns
    const next = makeColumns(plan, { capacity: capacityFor(before), epoch: this.#epoch, sink: this.#sink })
    this.#plan = plan
    this.#columns = next
    const old = before.engine.players
    next.engine.players.turn.fill(old.turn.reduce((most, turn) => Math.max(most, turn), 0) + 1)
    const movedTo = new Map<number, number>()
    for (let slot = 0; slot < old.top; slot++) {
      const kind = old.kind[slot]
      if (kind === slotKind.player || kind === slotKind.ghost) movedTo.set(slot, this.#carryOver(before, slot))
    }
    for (const [number, slot] of this.ghosts) this.ghosts.set(number, movedTo.get(slot)!)
    for (const player of this.players.values()) this.#reseat(before, player, movedTo)
  }

  /** Many may come between two ticks. */
  #makeRoom(): void {
    const { room, capacity } = this.#columns.engine.players
    if (room === 0 && capacityFor(this.#columns) > capacity) this.renew(this.#plan)
  }

  #carryOver(before: Columns, slot: number): number {
    const { engine, source, rival, endsAtMs, speaks } = this.#columns
    const old = before.engine.players
    const arrival: Arrival = {
      ...{ player: old.player[slot]!, party: old.party[slot]!, stance: old.stance[slot]! },
      ...{ speakMask: old.speakMask[slot]!, hearMask: old.hearMask[slot]! },
      ...{ x: old.place[slot * 4]!, y: old.place[slot * 4 + 1]!, z: old.place[slot * 4 + 2]! },
    }
    const isPlayer = old.kind[slot] === slotKind.player
    const to = isPlayer ? engine.join(arrival) : engine.joinGhost(arrival)
    engine.move(to, arrival.x, arrival.y, arrival.z, old.velocity[slot * 2]!, old.velocity[slot * 2 + 1]!)
    if (old.spokeAt[slot]! >= before.engine.now - 1) engine.speak(to)
    source[to] = before.source[slot]!
    rival[to] = before.rival[slot]!
    endsAtMs[to] = before.endsAtMs[slot]!
    speaks[to] = before.speaks[slot]!
    return to
  }

  #reseat(before: Columns, player: Player, movedTo: ReadonlyMap<number, number>): void {
    const { engine, authority, encoder, bySlot, toldAtMs } = this.#columns
    const { peers, lastAlias } = before.engine.heardBy(player.slot)
    const word = before.authority.serverWord(player.slot)
    const slot = movedTo.get(player.slot)!
    const stays = peers.flatMap((peer) => {
      const at = movedTo.get(peer.slot)
      return at === undefined ? [] : [{ ...peer, slot: at }]
    })
    const { place } = engine.players
    toldAtMs[slot] = before.toldAtMs[player.slot]!
    player.slot = slot
    bySlot[slot] = player
    authority.begin(slot, place[slot * 4]!, place[slot * 4 + 1]!, place[slot * 4 + 2]!, engine.now)
    if (word) authority.tether(slot, word.x, word.y, word.z)
    engine.resume(slot, { peers: stays.slice(0, engine.rules.earshotMax), lastAlias })
    encoder.resync(slot)
  }

  #promote(player: Player, slot: number, { x, y, z, stance }: ZonePlace): void {
    const { engine, endsAtMs, speaks } = this.#columns
    const { velocity } = engine.players
    const { player: number, speakMask, hearMask, party } = player.who
    this.ghosts.delete(number)
    endsAtMs[slot] = Number.POSITIVE_INFINITY
    speaks[slot] = 0
    engine.promote(slot)
    if (engine.players.speakMask[slot] !== speakMask) engine.setMasks(slot, speakMask, hearMask)
    else engine.players.hearMask[slot] = hearMask
    if (engine.players.party[slot] !== party) engine.setParty(slot, party)
    engine.setStance(slot, stance)
    engine.move(slot, x, y, z, velocity[slot * 2]!, velocity[slot * 2 + 1]!)
    player.slot = slot
  }

  /** Those of them who are known here: the others are out of earshot, and `resync` says so. */
  #heardOf(self: number, { peers, lastAlias }: Past): Heard {
    const aliases = new Set<number>()
    const slots = new Set<number>()
    const known = peers.flatMap(({ player, alias, slot: mediaSlot }) => {
      const slot = player === self ? undefined : this.slotOf(player)
      if (slot === undefined || aliases.has(alias) || slots.has(slot)) return []
      aliases.add(alias)
      slots.add(slot)
      return [{ slot, alias, mediaSlot }]
    })
    return { peers: known.slice(0, this.#columns.engine.rules.earshotMax), lastAlias }
  }

  /** The region of a ghost speaks of them. */
  #moveGhost(slot: number, { x, y, z, vx, vy, stance, speaks }: GhostState): void {
    const { engine, rival, endsAtMs, speaks: speaking } = this.#columns
    endsAtMs[slot] = Number.POSITIVE_INFINITY
    if (rival[slot] === unspoken) rival[slot] = 0
    engine.setStance(slot, stance)
    engine.move(slot, x, y, z, vx, vy)
    speaking[slot] = speaks ? 1 : 0
  }

  #endGhost(number: number, slot: number): void {
    this.ghosts.delete(number)
    this.#columns.endsAtMs[slot] = Number.POSITIVE_INFINITY
    this.#columns.engine.leave(slot)
  }

  #forget({ who, slot }: Player): void {
    this.players.delete(who.player)
    if (this.#byUser.get(who.userId)?.who.player === who.player) this.#byUser.delete(who.userId)
    this.#columns.bySlot[slot] = null
  }
}

/** Another region says that it has somebody: whom that leaves. */
function rivalOf(source: number, rival: number, from: number): number {
  return rival === 0 || rival === unspoken || rival === from ? source : several
}

const arrivalOf = ({ player, party, speakMask, hearMask }: ZonePlayer, { x, y, z, stance }: ZonePlace): Arrival => ({
  ...{ player, party, speakMask, hearMask },
  ...{ x, y, z, stance },
})
