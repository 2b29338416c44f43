import { Shard } from '../../../actors/zone-shard/resident/shard.ts'
import type { ResidentContext } from '../../../cluster/actor-runtime/resident.ts'
import type { ActorKey, ProcessId, SessionId } from '../../../protocol/ids.ts'
import { defaultAuthority } from '../../../protocol/zone/authority-rules.ts'
import { Ghosts } from '../../../protocol/zone/frames.ts'
import { decodeToGateway, jsonByte } from '../../../protocol/zone/link-codec.ts'
import { shardKey, zoneNumber, type ZoneId, type ZonePlan } from '../../../protocol/zone/plan.ts'
import { cutRegion, leastSideM, regionsOf, wholeZone, type Cut } from '../../../protocol/zone/region-map.ts'
import { defaultRules } from '../../../protocol/zone/rules.ts'
import { ManualTime } from '../../support/manual-time.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { batchesOf } from './batch.ts'
import { entrantOf } from './entrant.ts'
import type { World } from './world.ts'

const zoneId = '0000000b-0000-4000-8000-000000000000' as ZoneId
const gateways = 8
const sessionOf = (gateway: number) => `00000000-0000-4000-8000-${String(gateway).padStart(12, '0')}` as SessionId

interface Letter {
  readonly to: number
  readonly payload: Uint8Array
}

/**
 * The regions of a zone as nodes have them, side by side in one process, with people who walk over the borders between them. What they say to each other arrives with
 * the next tick; what they say to gateways is looked at outside of what is measured.
 */
export class Regions {
  readonly shards = new Map<number, Shard>()
  /** Of frames between the regions, and to gateways. */
  ghostBytes = 0
  deliveredBytes = 0
  handOffs = 0
  readonly #time = new ManualTime()
  readonly #plan: ZonePlan
  readonly #world: World
  /** By player: where positions go. */
  readonly #region: Uint16Array
  readonly #slot: Uint32Array
  #letters: Letter[] = []
  #told: Uint8Array[] = []

  /** `cuts`, one after the other, of a zone that the world lies in. */
  constructor(world: World, cuts: readonly (Cut & { readonly region: number })[]) {
    const side = Math.max(leastSideM, Math.ceil(world.side / 16))
    const whole = wholeZone({ left: 0, bottom: 0, right: side, top: side })
    this.#world = world
    this.#plan = {
      ...{ zoneId, number: zoneNumber(zoneId), name: 'bench', guildId: null, version: 1 },
      ...{ rules: defaultRules, authority: defaultAuthority, playersMax: world.n },
      map: cuts.reduce((map, { region, ...cut }) => cutRegion(map, region, cut), whole),
      ...{ isFull: false, isClosed: false, sanctions: [] },
    }
    this.#region = new Uint16Array(world.n)
    this.#slot = new Uint32Array(world.n)
    const attached = new Map(Array.from({ length: gateways }, (_, n) => [sessionOf(n), n] as const))
    for (const { id: region } of regionsOf(this.#plan.map)) {
      const deps = { clock: this.#time, timers: this.#time, logger: silentLogger }
      const shard = new Shard(deps, this.#contextOf(region), zoneId, region, this.#plan)
      shard.changed(this.#plan, attached)
      this.shards.set(region, shard)
    }
    for (let n = 0; n < world.n; n++) this.#enter(n)
    this.#settle()
  }

  /** What a region is told for one tick: positions of gateways, and what the other region said. */
  lettersFor(region: number): readonly Uint8Array[] {
    const said = this.#letters.filter(({ to }) => to === region).map(({ payload }) => payload)
    this.#letters = this.#letters.filter(({ to }) => to !== region)
    return [...said, ...this.#batchesFor(region)]
  }

  /** Behind the ticks of both: time goes on, and gateways hear. */
  async pass(ms: number): Promise<void> {
    await this.#time.advance(ms)
    this.#settle()
  }

  #contextOf(region: number): ResidentContext {
    return {
      ...{ key: shardKey(zoneId, region), epoch: 1, process: 'node-1' as ProcessId },
      state: () => null,
      tell: (_session, payload) => {
        this.#told.push(payload)
        return true
      },
      send: (key: ActorKey, payload) => {
        this.#letters.push({ to: Number(key.slice(key.lastIndexOf(':') + 1)), payload })
        if (payload[0] === Ghosts.code) this.ghostBytes += payload.length
        return true
      },
      ask: () => Promise.resolve({ status: 'unknown' }),
    }
  }

  #enter(n: number): void {
    const player = ((n % gateways) << 20) + Math.floor(n / gateways) + 1
    const { region, adopt } = entrantOf(this.#world, this.#plan.map, n, player)
    this.shards.get(region)?.hear(adopt)
    if (this.#told.length > 10_000) this.#settle()
  }

  #settle(): void {
    for (const payload of this.#told) {
      if (payload[0] !== jsonByte) {
        this.deliveredBytes += payload.length
        continue
      }
      const said = decodeToGateway(payload)
      if (said.type === 'reroute') this.handOffs += 1
      if (said.type !== 'seated') continue
      const n = ((said.player & 0xf_ffff) - 1) * gateways + (said.player >>> 20)
      this.#region[n] = said.region
      this.#slot[n] = said.slot
    }
    this.#told = []
  }

  #batchesFor(region: number): readonly Uint8Array[] {
    const batches: Uint8Array[] = []
    for (let gateway = 0; gateway < gateways; gateway++) {
      const here: number[] = []
      for (let n = gateway; n < this.#world.n; n += gateways) if (this.#region[n] === region) here.push(n)
      batches.push(...batchesOf(this.#world, here, { zone: this.#plan.number, region, epoch: 1, slots: this.#slot }))
    }
    return batches
  }
}
