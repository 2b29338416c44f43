import type { UserId } from '../../protocol/ids.ts'
import type { ServerFrame } from '../../protocol/client/frames.ts'
import { stepFence, type Fence, type FenceStep } from '../../protocol/zone/fence.ts'
import { Hash, positionFlags, Resync } from '../../protocol/zone/frames.ts'
import type { ToGateway, ToRegion, ZonePlace, ZonePlayer } from '../../protocol/zone/link-messages.ts'
import type { ZoneLeftReason } from '../../protocol/client/zone-frames.ts'
import { lotOf } from '../../protocol/zone/region-map.ts'
import { isBehind, placeOf, seqOf } from './client-frames.ts'
import { EarshotView, withoutUpdates } from './earshot-view.ts'
import { freeOutflow, outletOf, type Outflow, type Outlet } from './outflow.ts'
import { freeStanding, isSame, masksOf, type Masks, type Standing } from './sanctioned.ts'

/** The socket of a player. */
export interface ZoneClient {
  tell(frame: ServerFrame): void
  /** A binary frame. */
  show(frame: Uint8Array): void
  /** Bytes that were sent and that the client has not read. */
  waitingBytes(): number
  /** It reads too slowly: connect again. */
  tooSlow(): void
  /** They are out of the zone. */
  leftZone(player: ZonePlayerCarrier, reason: ZoneLeftReason): void
}

/** What a player needs of the zone that carries it. */
export interface ZonePlayerWays {
  nowMs(): number
  wallMs(): number
  /** The leaf of the present plan for whoever has that lot and is there. */
  regionAt(place: ZonePlace, lot: number): number
  isLeaf(region: number): boolean
  send(region: number, message: ToRegion): boolean
  /** The client comes to have these in earshot: who they are is told before the frame. */
  introduce(player: ZonePlayerCarrier, numbers: readonly number[]): void
  /** So many frames were held back from a client for what waits for it. */
  heldBack(outlet: 'sets' | 'nothing'): void
  resyncAsked(): void
}

/** Where a region has a player: positions go there under that slot. */
export interface Seat {
  readonly region: number
  readonly slot: number
  /** Of the player, as the region had it. */
  readonly epoch: number
  /** The life of the region that gave the slot. */
  readonly regionEpoch: number
}

/** What is asked of a region again, if it did not come, ms. */
export const askAgainMs = 1_000
/**
 * After a region was asked to take somebody, a new epoch counts for so long as one that begins with a resync, ms: that its numbers fit proves nothing, since the
 * owner before may have emitted on. Longer than any datagram is under way, and than a node emits that has lost its lease.
 */
export const adoptionMs = 10_000
/** A slot is told at most so long before the frame that says everything in it, ms. */
const seatedWithMs = 500
/** What moderators said is told a region again so often, until it goes by it, ms. */
const changedAgainMs = 400
/**
 * A client says once that it leaps. If that word is lost on its way to the region, every later one is too fast, so it is said again with what the client says for
 * so long, ms, in which the region has a slot for them; it takes it once.
 */
const leapSaidMs = 1_000
/** A signal may be answered for so long though its sender is not in earshot: with stances, who hears is not always heard. Ms. */
const answerableMs = 30_000
const signalersMax = 128

/**
 * One player of a zone, carried by this process: the fence of their frames, their last place, their slot, and what their client knows. A client is
 * told frames by rising (epoch, number), and after a gap nothing but a resync.
 */
export class ZonePlayerCarrier {
  readonly number: number
  readonly userId: UserId
  readonly name: string
  readonly party: number
  /** Unix ms. */
  readonly enteredAtMs: number
  readonly client: ZoneClient
  readonly view = new EarshotView()
  /** Numbers whose names the client was told. */
  readonly introduced = new Set<number>()
  standing: Standing = freeStanding
  /** The rung of its region's ladder that the client was told last. */
  rung = 0
  seat: Seat | null = null
  /** The position frame that was said last, checked; null where the client has said none since it entered. */
  lastPosition: Uint8Array | null = null
  readonly #ways: ZonePlayerWays
  readonly #lot: number
  readonly #signalers = new Map<number, number>()
  #fence: Fence
  #place: ZonePlace
  #outflow: Outflow = freeOutflow
  /** The client knows nothing that frames could build on. */
  #needsAll = true
  /** Places were held back, or the client has lost the thread: a resync is asked for, and frames go on meanwhile. */
  #owesAll = false
  #askedAllAtMs = Number.NEGATIVE_INFINITY
  /** Since when no slot of the route is known, as the ticks see it. */
  #seatMissedAtMs: number | null = null
  #adoptedAtMs = Number.NEGATIVE_INFINITY
  #masksKnown: Masks | null = null
  #seatedAtMs = Number.NEGATIVE_INFINITY
  #seatDoubtedAtMs: number | null = null
  #changedAtMs = Number.NEGATIVE_INFINITY
  #seqCount = 0
  #leapsUntilMs = Number.NEGATIVE_INFINITY
  #hasFrames = false

  constructor(
    ids: { readonly number: number; readonly userId: UserId; readonly name: string; readonly party: number },
    place: ZonePlace,
    client: ZoneClient,
    ways: ZonePlayerWays,
  ) {
    this.number = ids.number
    this.userId = ids.userId
    this.name = ids.name
    this.party = ids.party
    this.enteredAtMs = ways.wallMs()
    this.client = client
    this.#ways = ways
    this.#lot = lotOf(ids.userId)
    this.#place = place
    this.#fence = { epoch: 0, out: 0, seq: 0, route: ways.regionAt(place, this.#lot), heardAtMs: ways.nowMs() }
  }

  /** The region to which the player's messages go. */
  get route(): number {
    return this.#fence.route
  }

  get place(): ZonePlace {
    return this.#place
  }

  /** A region has them: one of its words came. */
  get isIn(): boolean {
    return this.#hasFrames || this.seat !== null
  }

  get who(): ZonePlayer {
    const { number, userId, name, party, enteredAtMs } = this
    return { player: number, userId, name, party, enteredAtMs, ...masksOf(this.standing) }
  }

  /** Has the region of the route take them, as they were last seen. */
  adopt(): void {
    this.#adoptedAtMs = this.#ways.nowMs()
    // Whoever takes them tells them everything first.
    if (!this.#hasFrames) this.#askedAllAtMs = this.#adoptedAtMs
    const { epoch, out, seq, route } = this.#fence
    this.#ways.send(route, { type: 'adopt', who: this.who, place: this.#place, passage: { epoch, out, seq } })
  }

  /** They left. */
  sayGone(): void {
    this.#ways.send(this.route, { type: 'gone', player: this.number })
  }

  /** Moderators' words changed: the region, and the client, are told. */
  stand(standing: Standing, isNew: boolean): boolean {
    if (isSame(this.standing, standing)) return false
    this.standing = standing
    if (!isNew) this.#sayChanged()
    return true
  }

  /** The region of the route goes by what moderators said. */
  get #isKnown(): boolean {
    const { speakMask, hearMask } = masksOf(this.standing)
    return this.#masksKnown?.speakMask === speakMask && this.#masksKnown.hearMask === hearMask
  }

  #sayChanged(): void {
    this.#changedAtMs = this.#ways.nowMs()
    this.#ways.send(this.route, { type: 'changed', who: this.who })
  }

  /** The client says where they are. Null: it came late, by its number. What the region is told: a copy. */
  moved(position: Uint8Array): Uint8Array | null {
    const seq = seqOf(position)
    if (this.lastPosition && !isBehind(seq, seqOf(this.lastPosition))) return null
    this.lastPosition = this.#leaping(position.slice())
    this.#place = placeOf(position)
    this.#seqCount += 1
    this.#fence = { ...this.#fence, seq: this.#seqCount }
    return this.lastPosition
  }

  /** The region has them in its columns, and goes by those masks. False: that is old. */
  seated(seat: Seat, masks: Masks): boolean {
    const inUse = this.openSeat
    if (seat.epoch < this.#fence.epoch || (inUse && seat.epoch < inUse.epoch)) return false
    this.seat = seat
    this.#masksKnown = masks
    this.#seatedAtMs = this.#ways.nowMs()
    this.#seatDoubtedAtMs = null
    this.rerouted(seat)
    return true
  }

  /** Where positions go; null where no slot of the route is known. */
  get openSeat(): Seat | null {
    return this.seat?.region === this.route ? this.seat : null
  }

  rerouted({ region, epoch }: Pick<Extract<ToGateway, { type: 'reroute' }>, 'region' | 'epoch'>): void {
    this.#carry(stepFence(this.#fence, { type: 'reroute', region, epoch }, this.#ways.nowMs()))
  }

  /** A record of what regions say to the players of this process. */
  heard(epoch: number, out: number, frame: Uint8Array): void {
    const mayBeAdopted = epoch > this.#fence.epoch && this.#ways.nowMs() - this.#adoptedAtMs < adoptionMs
    const step = stepFence(this.#fence, { type: 'frame', epoch, out }, this.#ways.nowMs())
    this.#carry(step)
    if (!step.isPassed) return
    this.#hasFrames = true
    if (frame[0] === Resync.code) this.#doubtSeat()
    if (step.needsResync || mayBeAdopted) this.#lose()
    this.#pass(frame)
  }

  /**
   * A region whose slots are others tells everybody everything, and each one's slot just before. If that came and this did not, positions would go to nobody for good:
   * the slot is asked for.
   */
  #doubtSeat(): void {
    const nowMs = this.#ways.nowMs()
    if (nowMs - this.#seatedAtMs > seatedWithMs) this.#seatDoubtedAtMs ??= nowMs
  }

  /** The client has lost the thread, or this process its frames: everything is told again. */
  lost(): void {
    this.#owesAll = true
    this.#askAll()
  }

  /** Regularly, several times a second. */
  tick(): void {
    const nowMs = this.#ways.nowMs()
    const { route } = this.#fence
    const { fence, toRegions } = stepFence(this.#fence, { type: 'tick' }, nowMs)
    const isSilent = toRegions.length > 0
    this.#fence = fence
    if (isSilent && !this.#ways.isLeaf(route)) {
      // It is over, and whoever it would have handed them to has not spoken up.
      this.#fence = { ...this.#fence, route: this.#ways.regionAt(this.#place, this.#lot) }
    }
    this.#seatMissedAtMs = this.openSeat ? this.#seatDoubtedAtMs : (this.#seatMissedAtMs ?? nowMs)
    const needsSeat = this.#seatMissedAtMs !== null && nowMs - this.#seatMissedAtMs >= askAgainMs
    if (isSilent || (needsSeat && nowMs - this.#adoptedAtMs >= askAgainMs)) this.adopt()
    if (this.openSeat && !this.#isKnown && nowMs - this.#changedAtMs >= changedAgainMs) this.#sayChanged()
    if (this.#outlet() === 'all') this.#breathe()
  }

  /** Somebody signals them: they may answer. */
  signaledBy(player: number): void {
    const signalers = this.#signalers
    signalers.delete(player)
    signalers.set(player, this.#ways.nowMs() + answerableMs)
    const [oldest] = signalers.keys()
    if (signalers.size > signalersMax && oldest !== undefined) signalers.delete(oldest)
  }

  maySignal(player: number): boolean {
    return this.view.hears(player) || (this.#signalers.get(player) ?? Number.NEGATIVE_INFINITY) > this.#ways.nowMs()
  }

  #leaping(position: Uint8Array): Uint8Array {
    const flags = position[1] ?? 0
    const nowMs = this.#ways.nowMs()
    const isLeaping = nowMs < this.#leapsUntilMs
    if ((flags & positionFlags.leaps) !== 0 || (isLeaping && !this.openSeat)) this.#leapsUntilMs = nowMs + leapSaidMs
    if (isLeaping) position[1] = flags | positionFlags.leaps
    return position
  }

  #carry({ fence, toRegions }: FenceStep): void {
    this.#fence = fence
    for (const { to, message } of toRegions) {
      if (message.type === 'fenced') this.#ways.send(to, { type: 'fenced', player: this.number, epoch: message.epoch })
    }
  }

  #pass(frame: Uint8Array): void {
    const kind = frame[0]
    const outlet = this.#outlet()
    if (outlet === 'close') return
    if (outlet === 'nothing') {
      if (kind !== undefined) this.#ways.heldBack(outlet)
      this.#lose()
    } else if (kind === Hash.code) {
      if (!this.#needsAll) this.client.show(frame)
    } else if (kind !== undefined && (kind === Resync.code || !this.#needsAll)) this.#show(frame, outlet)
    if (outlet === 'all') this.#breathe()
  }

  #show(frame: Uint8Array, outlet: 'all' | 'sets'): void {
    const came = this.view.take(frame)
    if (came === null) {
      this.#lose()
      return
    }
    if (came.length > 0) this.#ways.introduce(this, came)
    if (frame[0] === Resync.code) {
      this.#needsAll = false
      this.#owesAll = false
      this.client.show(frame)
      return
    }
    const shown = outlet === 'all' ? frame : withoutUpdates(frame)
    if (shown) this.client.show(shown)
    if (shown === frame) return
    this.#owesAll = true
    this.#ways.heldBack('sets')
  }

  /** From here on the client is told nothing but a resync. */
  #lose(): void {
    this.#needsAll = true
  }

  #outlet(): Outlet {
    const { outflow, outlet } = outletOf(this.#outflow, this.client.waitingBytes(), this.#ways.nowMs())
    this.#outflow = outflow
    if (outlet === 'close') this.client.tooSlow()
    return outlet
  }

  /** Once the client reads, what it was not told is made good. */
  #breathe(): void {
    if ((this.#needsAll || this.#owesAll) && this.isIn) this.#askAll()
  }

  #askAll(): void {
    const nowMs = this.#ways.nowMs()
    if (nowMs - this.#askedAllAtMs < askAgainMs) return
    this.#askedAllAtMs = nowMs
    this.#ways.resyncAsked()
    this.#ways.send(this.route, { type: 'resync', player: this.number })
  }
}
