import { randomUUID } from 'node:crypto'
import { pause } from '../../../bin/local/pause.ts'
import type { Router } from '../../../cluster/routing/router.ts'
import type { IncomingDatagram } from '../../../cluster/routing/port.ts'
import { commandId, type SessionId } from '../../../protocol/ids.ts'
import { deliveredHeaderBytes, deliveredRecordBytes } from '../../../protocol/zone/delivered.ts'
import { Delivered } from '../../../protocol/zone/frames.ts'
import { decodeToGateway, encodeLink, jsonByte } from '../../../protocol/zone/link-codec.ts'
import type { ShardShown, ToGateway } from '../../../protocol/zone/link-messages.ts'
import { shardKey, zoneKey, type ZoneId, type ZonePlan } from '../../../protocol/zone/plan.ts'
import { regionsOf } from '../../../protocol/zone/region-map.ts'
import type { WatchReply } from '../../../protocol/zone/root-link.ts'
import { batchesOf } from './batch.ts'
import { entrantOf } from './entrant.ts'
import type { World } from './world.ts'

/** A hand-off under way, as a gateway sees it. */
interface HandOff {
  readonly rerouteAtMs: number
  seatedAfterMs: number | null
}

/**
 * One gateway that carries everybody of a zone, without their sockets: sessions on the root and on each region, positions in batches, and what comes back is
 * counted. It knows of each player no more than where positions go.
 */
export class ZoneLoad {
  readonly #router: Router
  readonly #zoneId: ZoneId
  readonly #world: World
  readonly #region: Uint16Array
  readonly #slot: Uint32Array
  readonly #epoch: Float64Array
  readonly #regionEpochs = new Map<number, number>()
  readonly #handOffs = new Map<number, HandOff>()
  readonly #shown = new Map<number, ShardShown>()
  #plan!: ZonePlan
  #gateway = 0
  #commands = 0
  seated = 0
  refused = 0
  records = 0
  bytes = 0
  notTaken = 0
  /** Sessions that were attached anew, since a link ended. */
  reattached = 0
  /** From a reroute of the former owner to the word of the next one that it has them, ms. */
  readonly owned: number[] = []
  /** And to the next owner's first record. */
  readonly heard: number[] = []

  constructor(router: Router, zoneId: ZoneId, world: World) {
    this.#router = router
    this.#zoneId = zoneId
    this.#world = world
    this.#region = new Uint16Array(world.n)
    this.#slot = new Uint32Array(world.n)
    this.#epoch = new Float64Array(world.n)
  }

  /** Watches the root and is attached to all regions. */
  async attach(): Promise<void> {
    const session = randomUUID() as SessionId
    const watch = { type: 'watch', session_id: session, gateway: null, players: 0 }
    const { gateway, plan } = (await this.ask(zoneKey(this.#zoneId), watch, session)) as WatchReply
    this.#gateway = gateway
    this.#plan = plan
    for (const { id } of regionsOf(plan.map)) {
      const own = randomUUID() as SessionId
      const key = shardKey(this.#zoneId, id)
      const command = { type: 'attach', session_id: own, gateway, plan }
      await this.ask(key, command, own)
      const carried = {
        reattach: () => {
          this.reattached += 1
          return command
        },
        detach: () => ({ type: 'detach', session_id: own }),
        onLost: () => undefined,
      }
      this.#router.hold(key, own, carried, this.#regionEpochs.get(id) ?? 0)
    }
  }

  async ask(key: ReturnType<typeof zoneKey>, command: object, subscribe?: SessionId): Promise<unknown> {
    const id = commandId(`bench:${randomUUID()}`, (this.#commands += 1))
    const options = { commandId: id, deadlineMs: 20_000, ...(subscribe ? { subscribe } : {}) }
    const result = await this.#router.ask(key, command, options)
    if (result.status !== 'ok' && result.status !== 'accepted') throw new Error(JSON.stringify(result))
    this.#regionEpochs.set(Number(key.slice(key.lastIndexOf(':') + 1)), result.at.epoch)
    return result.value
  }

  /** Everybody enters where they stand, some hundreds at a time. */
  async enterAll(): Promise<void> {
    for (let n = 0; n < this.#world.n; n++) {
      const { region, adopt } = entrantOf(this.#world, this.#plan.map, n, this.#numberOf(n))
      const key = shardKey(this.#zoneId, region)
      while (!this.#router.datagram(key, adopt, 0)) await pause(20)
      if (n % 200 === 199) await pause(5)
    }
    for (let waited = 0; this.seated < this.#world.n && waited < 20_000; waited += 50) await pause(50)
    if (this.seated < this.#world.n)
      throw new Error(`${this.seated} of ${this.#world.n} are in, ${this.refused} refused`)
  }

  /** Everybody walks for so long and says so ten times a second, in five flushes of 20 ms. */
  async walk(seconds: number): Promise<{ readonly lateMs: number }> {
    let nextMs = performance.now()
    let lateMs = 0
    for (let tick = 0; tick < seconds * 10; tick++) {
      this.#world.step()
      for (let slice = 0; slice < 5; slice++) {
        this.#flush(slice)
        nextMs += 20
        lateMs = Math.max(lateMs, performance.now() - nextMs)
        await pause(Math.max(0, nextMs - performance.now()))
      }
    }
    return { lateMs }
  }

  /** What the regions say of themselves. */
  async show(): Promise<readonly ShardShown[]> {
    this.#shown.clear()
    const regions = regionsOf(this.#plan.map)
    for (let tried = 0; tried < 40 && this.#shown.size < regions.length; tried++) {
      for (const { id } of regions) {
        const ask = ((this.#gateway << 20) | id) >>> 0
        this.#router.datagram(shardKey(this.#zoneId, id), encodeLink({ type: 'show', ask, points: false }), 0)
      }
      await pause(250)
    }
    return [...this.#shown.values()].sort((a, b) => a.region - b.region)
  }

  forget(): void {
    this.records = this.bytes = this.notTaken = 0
    this.owned.length = this.heard.length = 0
    this.#handOffs.clear()
  }

  hear({ epoch, key, payload }: IncomingDatagram): void {
    if (payload[0] === jsonByte) this.#hear(decodeToGateway(payload), epoch, key)
    else if (payload[0] === Delivered.code) this.#count(payload)
  }

  #hear(said: ToGateway, regionEpoch: number, key: string): void {
    if (said.type === 'shown') this.#shown.set(said.shard.region, said.shard)
    if (said.type === 'refused') this.refused += 1
    if (said.type === 'reroute' && !key.endsWith(`:${String(said.region)}`)) {
      this.#handOffs.set(said.player, { rerouteAtMs: performance.now(), seatedAfterMs: null })
    }
    if (said.type !== 'seated') return
    const n = this.#indexOf(said.player)
    if (said.epoch < this.#epoch[n]!) return
    if (this.#region[n] === 0) this.seated += 1
    this.#region[n] = said.region
    this.#slot[n] = said.slot
    this.#epoch[n] = said.epoch
    this.#regionEpochs.set(said.region, regionEpoch)
    const handOff = this.#handOffs.get(said.player)
    if (!handOff || handOff.seatedAfterMs !== null) return
    handOff.seatedAfterMs = performance.now() - handOff.rerouteAtMs
    this.owned.push(handOff.seatedAfterMs)
  }

  #count(payload: Uint8Array): void {
    this.bytes += payload.length
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
    const count = view.getUint16(7, true)
    this.records += count
    if (this.#handOffs.size === 0) return
    let at = deliveredHeaderBytes
    for (let index = 0; index < count; index++) {
      const player = view.getUint32(at, true)
      const handOff = this.#handOffs.get(player)
      if (handOff?.seatedAfterMs != null) {
        const epoch = view.getUint32(at + 4, true) + view.getUint32(at + 8, true) * 4_294_967_296
        if (epoch >= this.#epoch[this.#indexOf(player)]!) {
          this.heard.push(performance.now() - handOff.rerouteAtMs)
          this.#handOffs.delete(player)
        }
      }
      at += deliveredRecordBytes + view.getUint16(at + 16, true)
    }
  }

  /** The positions of a fifth of the players. */
  #flush(slice: number): void {
    const byRegion = new Map<number, number[]>()
    for (let n = slice; n < this.#world.n; n += 5) {
      const region = this.#region[n]!
      const list = byRegion.get(region)
      if (list) list.push(n)
      else byRegion.set(region, [n])
    }
    for (const [region, players] of byRegion) {
      const target = { zone: this.#plan.number, region, epoch: this.#regionEpochs.get(region) ?? 0, slots: this.#slot }
      for (const batch of batchesOf(this.#world, players, target)) {
        if (!this.#router.datagram(shardKey(this.#zoneId, region), batch, 1)) this.notTaken += 1
      }
    }
  }

  #numberOf(n: number): number {
    return ((this.#gateway << 20) + n + 1) >>> 0
  }

  #indexOf(player: number): number {
    return (player & 0xf_ffff) - 1
  }
}
