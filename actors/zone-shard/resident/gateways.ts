import type { SessionId } from '../../../protocol/ids.ts'
import { DeliveredWriter } from '../../../protocol/zone/delivered.ts'
import { Changes, recordBytes, Resync } from '../../../protocol/zone/frames.ts'
import { encodeLink, namesMax } from '../../../protocol/zone/link-codec.ts'
import type { PlayersNamed, ToGateway } from '../../../protocol/zone/link-messages.ts'
import { gatewayOf, type Player } from './player.ts'

/** Who somebody is; undefined for nobody known. */
export type NameOf = (player: number) => PlayersNamed['players'][number] | undefined

export interface GatewaysDeps {
  readonly zone: number
  readonly region: number
  tell(session: SessionId, payload: Uint8Array, lane: 0 | 1): boolean
  readonly nameOf: NameOf
}

interface Gateway {
  session: SessionId
  readonly writer: DeliveredWriter
  /** Numbers whose names it was told, or is about to be. */
  readonly told: Set<number>
  /** Names it is told before the frames of this tick. */
  names: PlayersNamed['players'][number][]
}

/** A gateway that is attached no more may come again: its players stay so long, ms. */
export const absenceMs = 5_000

/** The gateways of a region: how each is reached, what it was told, and the records of this tick. */
export class Gateways {
  readonly #deps: GatewaysDeps
  readonly #byNumber = new Map<number, Gateway>()
  /** Since when numbers that have players here are without a session. */
  readonly #absentSince = new Map<number, number>()

  constructor(deps: GatewaysDeps) {
    this.#deps = deps
  }

  /** Those that are attached, by number. */
  get numbers(): { has(gateway: number): boolean } {
    return this.#byNumber
  }

  /** Those are attached, by session. Says which numbers are new, or come by another session: they know nothing. */
  attached(gateways: ReadonlyMap<SessionId, number>): ReadonlySet<number> {
    const here = new Set(gateways.values())
    for (const number of [...this.#byNumber.keys()]) if (!here.has(number)) this.#byNumber.delete(number)
    const news = new Set<number>()
    for (const [session, number] of gateways) {
      if (this.#byNumber.get(number)?.session === session) continue
      const writer = new DeliveredWriter(this.#deps.zone, this.#deps.region)
      this.#byNumber.set(number, { session, writer, told: new Set(), names: [] })
      news.add(number)
    }
    return news
  }

  /** Those of `numbers` that have been away too long. */
  lost(numbers: Iterable<number>, nowMs: number): ReadonlySet<number> {
    const lost = new Set<number>()
    const away = new Set<number>()
    for (const number of numbers) {
      if (this.#byNumber.has(number)) continue
      away.add(number)
      const since = this.#absentSince.get(number) ?? nowMs
      this.#absentSince.set(number, since)
      if (nowMs - since >= absenceMs) lost.add(number)
    }
    for (const number of [...this.#absentSince.keys()]) if (!away.has(number)) this.#absentSince.delete(number)
    return lost
  }

  /** False: it is not attached. */
  tell(gateway: number, message: ToGateway): boolean {
    const session = this.#byNumber.get(gateway)?.session
    return session !== undefined && this.#deps.tell(session, encodeLink(message), 0)
  }

  tellAll(message: ToGateway): void {
    const bytes = encodeLink(message)
    for (const { session } of this.#byNumber.values()) this.#deps.tell(session, bytes, 0)
  }

  /** The next record for a player: the first `length` bytes of a frame. Their gateway is told who those are that the frame has newly in earshot. */
  record(player: Player, frame: Uint8Array, length: number): void {
    player.out += 1
    const gateway = this.#byNumber.get(gatewayOf(player.who.player))
    if (!gateway) return
    if (length > 0) this.#introduce(gateway, frame)
    const { writer } = gateway
    if (writer.add(player.who.player, player.epoch, player.out, frame, length)) return
    this.#flush(gateway)
    writer.add(player.who.player, player.epoch, player.out, frame, length)
  }

  /** Who these are is said again when they next come up: what was said of them may be lost. */
  untell(gateway: number, players: Iterable<number>): void {
    const told = this.#byNumber.get(gateway)?.told
    if (told) for (const player of players) told.delete(player)
  }

  /** Who somebody is has become known: those whose players have them in earshot are told. */
  named(player: PlayersNamed['players'][number]): void {
    for (const gateway of this.#byNumber.values()) {
      if (gateway.told.has(player.player)) gateway.names.push(player)
    }
  }

  /** Forgets that it told who those are who are here no more, where they have become many. */
  tend(here: { readonly size: number; has(player: number): boolean }): void {
    for (const { told } of this.#byNumber.values()) {
      if (told.size <= 2 * here.size + 1_000) continue
      for (const player of told) if (!here.has(player)) told.delete(player)
    }
  }

  /** Sends what was recorded, and names before it. */
  flush(): void {
    for (const gateway of this.#byNumber.values()) this.#flush(gateway)
  }

  #flush(gateway: Gateway): void {
    const { session, writer } = gateway
    for (let at = 0; at < gateway.names.length; at += namesMax) {
      const players = gateway.names.slice(at, at + namesMax)
      this.#deps.tell(session, encodeLink({ type: 'names', players }), 0)
    }
    if (gateway.names.length > 0) gateway.names = []
    // What is not taken is lost: its numbers are counted, and the gateway asks for everything.
    if (!writer.isEmpty) this.#deps.tell(session, writer.take(), 1)
  }

  #introduce(gateway: Gateway, frame: Uint8Array): void {
    const kind = frame[0]
    const isResync = kind === Resync.code
    if (!isResync && kind !== Changes.code) return
    const count = frame[isResync ? 19 : 2]!
    // As nearly always: nobody comes. A view is an object.
    if (count === 0) return
    const view = new DataView(frame.buffer, frame.byteOffset)
    const first = isResync ? recordBytes.resyncHeader : recordBytes.changesHeader + view.getUint8(3)
    for (let n = 0; n < count; n++) {
      const player = view.getUint32(first + n * recordBytes.enter + 2, true)
      if (gateway.told.has(player)) continue
      gateway.told.add(player)
      const name = this.#deps.nameOf(player)
      if (name) gateway.names.push(name)
    }
  }
}
