import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { Resident, ResidentContext } from '../../cluster/actor-runtime/resident.ts'
import type { ShardState } from '../../actors/zone-shard/index.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { decodeFrame, encodeFrame } from '../../protocol/zone/codec.ts'
import { DeliveredWriter } from '../../protocol/zone/delivered.ts'
import { nextEpoch, type Self } from '../../protocol/zone/fence.ts'
import { decodeToShard, encodeLink, jsonByte } from '../../protocol/zone/link-codec.ts'
import type { ToGateway, ZonePlayer } from '../../protocol/zone/link-messages.ts'
import { zoneNumber, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'

/*
 * A root and a region that speak with gateways as the real ones do, and know nothing else: whoever is in a region has everybody else of it in earshot.
 */

interface RootState {
  readonly plan: ZonePlan
  readonly gateways: ReadonlyMap<SessionId, number>
}
type RootCommand =
  | { readonly type: 'watch'; readonly session_id: SessionId; readonly gateway: number | null }
  | { readonly type: 'unwatch'; readonly session_id: SessionId }
  | { readonly type: 'players' }
  /** Of the test: another plan. */
  | { readonly type: 'plan'; readonly plan: Partial<ZonePlan> }

/** The root of a zone by that plan, in memory only. */
export const plainRoot = (plan: ZonePlan): AnyDefinition<never> => ({
  kind: 'zone',
  decodeCommand: (raw: unknown) => raw as RootCommand,
  classOf: () => 'B',
  decodeEvent: () => null,
  initial: (): RootState => ({ plan, gateways: new Map() }),
  decide: (state: RootState, command: RootCommand) => {
    const nothing = { events: [], pushes: [], reply: { ok: null } }
    switch (command.type) {
      case 'watch': {
        const taken = new Set(state.gateways.values())
        let gateway = command.gateway ?? state.gateways.get(command.session_id) ?? 1
        if (command.gateway === null) while (taken.has(gateway)) gateway += 1
        const gateways = new Map([...state.gateways, [command.session_id, gateway]])
        return { ...nothing, changes: [{ ...state, gateways }], reply: { ok: { gateway, plan: state.plan } } }
      }
      case 'unwatch': {
        const gateways = new Map([...state.gateways].filter(([session]) => session !== command.session_id))
        return { ...nothing, changes: [{ ...state, gateways }] }
      }
      case 'players':
        return { ...nothing, changes: [] }
      case 'plan': {
        const next = { ...state.plan, version: state.plan.version + 1, ...command.plan }
        const pushes = [{ to: 'all' as const, body: { type: 'plan', plan: next } }]
        return { ...nothing, changes: [{ ...state, plan: next }], pushes }
      }
    }
  },
  evolve: (state: RootState) => state,
  applyChange: (_state: RootState, change: RootState) => change,
  toSnapshot: () => null,
  fromSnapshot: (): RootState => ({ plan, gateways: new Map() }),
  writes: () => [],
  publish: () => null,
  welcome: (state: RootState) => state.plan,
  nextWakeAtMs: () => null,
  wakeCommand: { type: 'players' },
  detachCommand: (session: SessionId) => ({ type: 'unwatch', session_id: session }),
  activatedCommand: () => null,
  mayRest: ({ gateways }: RootState) => gateways.size === 0,
  gauges: () => ({}),
  counts: () => [],
})

interface Seated {
  readonly who: ZonePlayer
  readonly epoch: number
  out: number
  needsAll: boolean
}

/** What a region says of its players ten times a second: everything once, and then that it is there. */
export class PlainRegion implements Resident {
  readonly context: ResidentContext
  readonly players = new Map<number, Seated>()
  /** Places by slot, which is the lower 16 bits of the player's number, as batches told them. */
  readonly places = new Map<number, number>()
  readonly heard: string[] = []
  isOver = false
  readonly #self: Self
  readonly #zone: number

  constructor(context: ResidentContext) {
    this.context = context
    const [, zoneId = '', region = ''] = context.key.split(':')
    this.#self = { region: Number(region), life: context.epoch }
    this.#zone = zoneNumber(zoneId as ZoneId)
  }

  onDatagram(payload: Uint8Array): void {
    if (payload[0] !== jsonByte) {
      const batch = decodeFrame(payload)
      if (batch.type === 'batch') for (const { slot, x } of batch.position) this.places.set(slot, x)
      return
    }
    const said = decodeToShard(payload)
    this.heard.push(said.type)
    if (said.type === 'gone') this.players.delete(said.player)
    else if (said.type === 'resync') this.#of(said.player, (seated) => void (seated.needsAll = true))
    else if (said.type === 'adopt') {
      const { player } = said.who
      const { epoch, out } = said.passage
      const known = this.players.get(player)
      const seated =
        known && known.epoch >= epoch
          ? known
          : { who: said.who, epoch: nextEpoch(epoch, this.#self), out, needsAll: true }
      this.players.set(player, seated)
      const { region } = this.#self
      const { speakMask, hearMask } = said.who
      const seat = { player, epoch: seated.epoch, region, slot: player & 0xffff }
      this.#say(player, { type: 'seated', ...seat, speakMask, hearMask })
    }
  }

  onState(): void {
    // Who is attached is looked up when something is said.
  }

  end(): void {
    this.isOver = true
  }

  /** A tick. */
  tick(): void {
    for (const [player, seated] of this.players) {
      seated.out += 1
      const frame = seated.needsAll ? this.#all(player) : new Uint8Array()
      seated.needsAll = false
      const writer = new DeliveredWriter(this.#zone, this.#self.region)
      writer.add(player, seated.epoch, seated.out, frame)
      const session = this.#sessionOf(player)
      if (session) this.context.tell(session, writer.take(), 1)
    }
  }

  #all(listener: number): Uint8Array {
    const others = [...this.players.keys()].filter((player) => player !== listener)
    const players = others.map((player) => this.players.get(player)!.who)
    this.#say(listener, {
      type: 'names',
      players: players.map(({ player, userId, name }) => ({ player, userId, name })),
    })
    const place = { x: 0, y: 0, z: 0, vx: 0, vy: 0 }
    const enter = others.map((player, n) => ({ alias: n + 1, flags: 2, player, ...place }))
    const origin = { originX: 0, originY: 0, originZ: 0, hz: 10, epoch: this.context.epoch, tick: 0 }
    return encodeFrame({ type: 'resync', ...origin, slot: [], enter })
  }

  #of(player: number, work: (seated: Seated) => void): void {
    const seated = this.players.get(player)
    if (seated) work(seated)
  }

  #say(player: number, message: ToGateway): void {
    const session = this.#sessionOf(player)
    if (session) this.context.tell(session, encodeLink(message), 0)
  }

  #sessionOf(player: number): SessionId | undefined {
    const { gateways } = this.context.state() as ShardState
    return [...gateways].find(([, number]) => number === player >>> 20)?.[0]
  }
}
