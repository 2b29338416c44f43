import { Registry } from 'prom-client'
import type { ActorRouter, AskOptions, DatagramRouter, HeldSession } from '../../cluster/routing/port.ts'
import { createZoneMetrics } from '../../gateway/zone/metrics.ts'
import { Zones } from '../../gateway/zone/zones.ts'
import type { WiderSanctions } from '../../persistence/sanctions/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, SessionId, UserId } from '../../protocol/ids.ts'
import { defaultAuthority } from '../../protocol/zone/authority-rules.ts'
import { DeliveredWriter } from '../../protocol/zone/delivered.ts'
import { nextEpoch } from '../../protocol/zone/fence.ts'
import { encodeLink, jsonByte } from '../../protocol/zone/link-codec.ts'
import type { ToGateway, ToRegion } from '../../protocol/zone/link-messages.ts'
import { shardKey, zoneKey, zoneNumber, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'
import { wholeZone } from '../../protocol/zone/region-map.ts'
import { defaultRules } from '../../protocol/zone/rules.ts'
import { countingRandom, ManualTime, settle } from './manual-time.ts'
import { noWider } from './no-wider.ts'
import { silentLogger } from './silent-logger.ts'

export const zoneId = 'fffffffe-7f0c-4a52-9d39-6a5a3b9d0c11' as ZoneId

export const planOf = (changes: Partial<ZonePlan> = {}): ZonePlan => ({
  zoneId,
  number: zoneNumber(zoneId),
  name: 'Market',
  guildId: null,
  version: 1,
  rules: defaultRules,
  authority: defaultAuthority,
  map: wholeZone({ left: 0, bottom: 0, right: 1_024, top: 1_024 }),
  playersMax: 100,
  isFull: false,
  isClosed: false,
  sanctions: [],
  ...changes,
})

/** A command as it was asked. */
interface AskedOf {
  readonly key: ActorKey
  readonly command: { readonly type: string; readonly [field: string]: unknown }
  readonly options: AskOptions
}

/** A gateway's zones with a router that a test plays, and a root and regions that answer. */
export class ZoneBench {
  readonly time: ManualTime
  readonly asked: AskedOf[] = []
  readonly held = new Map<SessionId, { readonly key: ActorKey; readonly session: HeldSession; attachedEpoch: number }>()
  readonly said: { readonly region: number; readonly message: ToRegion }[] = []
  readonly batches: { readonly region: number; readonly bytes: Uint8Array }[] = []
  readonly registry = new Registry()
  readonly metrics = createZoneMetrics(this.registry)
  readonly zones: Zones
  /** What stands on users beyond zones. */
  readonly wider: WiderSanctions
  readonly router: ActorRouter & DatagramRouter
  /** Who hears what the root and regions say. */
  hearer: Pick<Zones, 'handlePush' | 'handleDatagram'>
  plan = planOf()
  /** The number that the root gives. */
  gateway = 4_095
  /** The answer of the root to `watch`, in the place of the usual one. */
  refusal: CommandResult | null = null
  isReachable = true
  /** What is answered to commands of a type, in the place of what is usual. */
  readonly answers = new Map<string, (asked: AskedOf) => CommandResult>()

  constructor(time = new ManualTime(), wider: WiderSanctions = noWider) {
    this.time = time
    this.wider = wider
    this.router = {
      knownOwner: () => null,
      close: () => Promise.resolve(),
      ask: (key: ActorKey, command: unknown, options: AskOptions) => {
        const asked = { key, command: command as AskedOf['command'], options }
        this.asked.push(asked)
        return Promise.resolve(this.#answer(asked))
      },
      hold: (key: ActorKey, session: SessionId, held: HeldSession, attachedEpoch: number) =>
        void this.held.set(session, { key, session: held, attachedEpoch }),
      letGo: (_key: ActorKey, session: SessionId) => void this.held.delete(session),
      datagram: (key: ActorKey, payload: Uint8Array) => {
        const region = Number(key.slice(key.lastIndexOf(':') + 1))
        if (!this.isReachable) return false
        if (payload[0] === jsonByte) {
          this.said.push({ region, message: JSON.parse(Buffer.from(payload).toString()) as ToRegion })
        } else this.batches.push({ region, bytes: payload.slice() })
        return true
      },
    }
    const { metrics, router } = this
    this.zones = new Zones({
      ...{ router, clock: time, timers: time, random: countingRandom(), logger: silentLogger, metrics },
      wider: this.wider,
    })
    this.hearer = this.zones
  }

  askedOf(type: string): readonly AskedOf[] {
    return this.asked.filter(({ command }) => command.type === type)
  }

  saidOf<Type extends ToRegion['type']>(type: Type) {
    return this.said.filter((each): each is { region: number; message: Extract<ToRegion, { type: Type }> } => {
      return each.message.type === type
    })
  }

  /** The root makes another plan, and tells it. */
  tellPlan(changes: Partial<ZonePlan>, epoch = 1): void {
    this.plan = { ...this.plan, version: this.plan.version + 1, ...changes }
    this.push(zoneKey(zoneId), epoch, { type: 'plan', plan: this.plan })
  }

  push(key: ActorKey, epoch: number, body: unknown): void {
    const sessions = [...this.held].filter(([, each]) => each.key === key).map(([session]) => session)
    this.hearer.handlePush({ key, at: { epoch, seq: 1 }, sessions, body })
  }

  /** A region says something to this gateway. */
  say(region: number, message: ToGateway, epoch = 1): void {
    this.hearer.handleDatagram({ key: shardKey(zoneId, region), epoch, payload: encodeLink(message) })
  }

  /** A region has taken a player on whom nothing stands; by default as their first. */
  seat(
    region: number,
    { player, slot, epoch }: { readonly player: number; readonly slot: number; readonly epoch?: number },
  ) {
    const masks = { speakMask: 1, hearMask: 1 }
    this.say(region, { type: 'seated', player, epoch: epoch ?? firstEpoch(region), region, slot, ...masks })
  }

  /** A region has frames for players of this gateway. */
  deliver(
    region: number,
    records: readonly { player: number; epoch: number; out: number; frame: Uint8Array }[],
    epoch = 1,
  ) {
    const writer = new DeliveredWriter(zoneNumber(zoneId), region)
    for (const { player, epoch: of, out, frame } of records) writer.add(player, of, out, frame)
    this.hearer.handleDatagram({ key: shardKey(zoneId, region), epoch, payload: writer.take() })
  }

  async open() {
    const hold = await this.zones.open(zoneId)
    await settle()
    return hold
  }

  #answer(asked: AskedOf): CommandResult {
    const { command } = asked
    const at = { epoch: 1, seq: 1 }
    const scripted = this.answers.get(command.type)
    if (scripted) return scripted(asked)
    if (command.type !== 'watch') return { status: 'accepted', at, value: {} }
    return this.refusal ?? { status: 'accepted', at, value: { gateway: this.gateway, plan: this.plan } }
  }
}

/** The epoch of a player of whom a region in its first life has taken possession as their first. */
export const firstEpoch = (region: number, before = 0): number => nextEpoch(before, { region, life: 1 })

export const user = (name: string): UserId => name as UserId
