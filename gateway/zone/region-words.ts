import type { IncomingDatagram } from '../../cluster/routing/port.ts'
import type { ZoneLeftReason } from '../../protocol/client/zone-frames.ts'
import { isErrorCode } from '../../protocol/errors.ts'
import { readDelivered, type DeliveredRecord } from '../../protocol/zone/delivered.ts'
import { decodeToGateway, jsonByte } from '../../protocol/zone/link-codec.ts'
import type { PassedSignal, ToGateway } from '../../protocol/zone/link-messages.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import type { ZoneNames } from './zone-names.ts'
import type { Seat, ZonePlayerCarrier } from './zone-player.ts'
import type { ZonePlayers } from './zone-players.ts'

/** What a region answers to what REST asks. */
export type RegionAnswer = Extract<ToGateway, { type: 'earshot' | 'shown' }>

export interface RegionWordsDeps {
  readonly zoneId: ZoneId
  readonly players: ZonePlayers
  readonly names: ZoneNames<ZonePlayerCarrier>
  /** The number of this process in the zone. */
  gateway(): number
  sayGone(region: number, player: number): void
  /** A player has a slot, and had said before where they are. */
  place(seat: Seat, position: Uint8Array): void
  /** A player is routed there. */
  routed(region: number): void
  /** A player was removed. */
  removed(player: ZonePlayerCarrier): void
  answered(answer: RegionAnswer): void
  badDatagram(): void
}

/** What the regions of a zone say, in datagrams, to its players here. */
export class RegionWords {
  readonly #deps: RegionWordsDeps
  /** Rungs of the regions that do less. */
  readonly #rungs = new Map<number, number>()
  /** Players who are not here, and of whom that was said; empty again each second. */
  readonly #strangers = new Set<number>()

  constructor(deps: RegionWordsDeps) {
    this.#deps = deps
  }

  /** Throws what is wrong with JSON that is no message. */
  hear(region: number, { epoch, payload }: IncomingDatagram): void {
    if (payload[0] === jsonByte) this.#hear(region, epoch, decodeToGateway(payload))
    else if (!readDelivered(payload, (record) => this.#deliver(region, record))) this.#deps.badDatagram()
  }

  /** Once a second: only these regions are there any more. */
  keep(regions: ReadonlySet<number>): void {
    this.#strangers.clear()
    for (const region of [...this.#rungs.keys()]) if (!regions.has(region)) this.#rungs.delete(region)
  }

  #deliver(region: number, { player: number, epoch, out, frame }: DeliveredRecord): void {
    const player = this.#deps.players.get(number)
    if (!player) {
      this.#stranger(region, number)
      return
    }
    this.#deps.players.cameIn(player)
    player.heard(epoch, out, frame)
    this.#tellRung(player)
  }

  #hear(region: number, epoch: number, said: ToGateway): void {
    switch (said.type) {
      case 'names':
        this.#deps.names.learn(said.players)
        return
      case 'signal':
        this.#hearSignal(said)
        return
      case 'overload':
        this.#rungs.set(said.region, said.rung)
        for (const player of this.#deps.players) if (player.route === said.region) this.#tellRung(player)
        return
      case 'earshot':
      case 'shown':
        this.#deps.answered(said)
        return
      case 'seated':
      case 'reroute':
      case 'refused': {
        const player = this.#deps.players.get(said.player)
        if (player) this.#hearOf(player, region, epoch, said)
        else if (said.type === 'seated') this.#stranger(region, said.player)
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
    else if (player.seated({ region, slot: said.slot, epoch: said.epoch, regionEpoch }, said)) {
      this.#deps.players.cameIn(player)
      const seat = player.openSeat
      if (seat && player.lastPosition) this.#deps.place(seat, player.lastPosition)
    }
    this.#deps.routed(player.route)
    this.#tellRung(player)
  }

  #refused(player: ZonePlayerCarrier, code: string): void {
    const { players } = this.#deps
    if (!players.remove(player)) return
    this.#deps.removed(player)
    if (isErrorCode(code) && players.refuse(player, code)) return
    players.tellOut(player, reasonOf[code] ?? 'replaced')
  }

  #hearSignal({ from, to, body }: PassedSignal): void {
    const player = this.#deps.players.get(to)
    if (!player) return
    player.signaledBy(from)
    // Checked by the gateway of whoever sent it, and told from our own node: handed on as it is.
    const signal = body as { readonly message_type: 'offer' }
    player.client.tell({ ...signal, type: 'zone_signal', zone_id: this.#deps.zoneId, from })
  }

  #tellRung(player: ZonePlayerCarrier): void {
    const rung = this.#rungs.get(player.route) ?? 0
    if (rung === player.rung || this.#deps.players.isEntering(player)) return
    player.rung = rung
    player.client.tell({ type: 'zone_event', zone_id: this.#deps.zoneId, event: 'overload', rung })
  }

  /** A region has a player who is not here: it has not heard that they went. */
  #stranger(region: number, number: number): void {
    if (number >>> 20 !== this.#deps.gateway() || this.#strangers.has(number)) return
    this.#strangers.add(number)
    this.#deps.sayGone(region, number)
  }
}

const reasonOf: Readonly<Record<string, ZoneLeftReason>> = {
  ZONE_FULL: 'full',
  ZONE_CLOSED: 'closed',
  BANNED: 'banned',
  REPLACED: 'replaced',
}
