import assert from 'node:assert/strict'
import { shardDefinition, zoneShardResident } from '../../actors/zone-shard/index.ts'
import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { ZonePlayerCarrier } from '../../gateway/zone/zone-player.ts'
import type { Zones } from '../../gateway/zone/zones.ts'
import { commandId } from '../../protocol/ids.ts'
import { decodeFrame } from '../../protocol/zone/codec.ts'
import { zoneKey, type ZonePlan } from '../../protocol/zone/plan.ts'
import { Emitters } from './emitters.ts'
import { MemoryClusterBench } from './memory-cluster-bench.ts'
import { plainRoot } from './plain-zone.ts'
import { standingFrame } from './standing-frame.ts'
import { silentLogger } from './silent-logger.ts'
import type { TallyWrite } from './tally-actor.ts'
import { planOf, zoneId } from './zone-bench.ts'
import { enterZone, zonesAt } from './zones-on-bench.ts'

/** What a client of a zone knows: it folds the frames that come, and nothing else. Holds what frames promise. */
export class ZoneListener {
  /** Player by alias. */
  readonly heard = new Map<number, number>()
  /** Alias by media slot. */
  readonly slots = new Map<number, number>()
  /** What came, and who came and went by it: of a resync, those whom it has and the client had not, and the other way round. */
  readonly comings: { readonly frame: string; readonly came: readonly number[]; readonly went: readonly number[] }[] =
    []
  resyncs = 0
  /** What contradicted what came before. Kept, since whoever hands frames on guards itself against what is thrown. */
  readonly contradictions: string[] = []

  fold(bytes: Uint8Array): void {
    try {
      this.#fold(bytes)
    } catch (error) {
      this.contradictions.push(String(error))
    }
  }

  #fold(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    const before = new Set(this.heard.values())
    if (frame.type === 'resync') {
      this.resyncs += 1
      this.heard.clear()
      this.slots.clear()
    }
    if (frame.type === 'changes') {
      for (const { alias } of frame.leave) assert.ok(this.heard.delete(alias), 'an alias that is not in use ends')
      for (const { alias } of frame.update) assert.ok(this.heard.has(alias), 'an update of a stranger')
    }
    if (frame.type === 'changes' || frame.type === 'resync') {
      for (const { alias, player } of frame.enter) {
        const known = this.heard.get(alias)
        assert.ok(known === undefined || known === player, 'an alias in use is given to somebody else')
        this.heard.set(alias, player)
      }
      for (const { slot, alias } of frame.slot) {
        if (alias === 0) this.slots.delete(slot)
        else this.slots.set(slot, alias)
      }
    }
    const after = new Set(this.heard.values())
    assert.equal(after.size, this.heard.size, 'somebody has two aliases')
    const came = [...after].filter((player) => !before.has(player))
    const went = [...before].filter((player) => !after.has(player))
    if (came.length + went.length > 0) this.comings.push({ frame: frame.type, came, went })
  }
}

/** Somebody in a zone, on a gateway, whose client says where they walk. Metres. */
export class Walker {
  readonly name: string
  readonly listener = new ZoneListener()
  told: readonly string[] = []
  player!: ZonePlayerCarrier
  hold!: Awaited<ReturnType<Zones['open']>>
  x: number
  y: number
  /** The next word is a leap. */
  leaps = false
  #seq = 0

  constructor(name: string, x: number, y: number) {
    this.name = name
    this.x = x
    this.y = y
  }

  get isOut(): boolean {
    return this.told.some((what) => what.startsWith('left'))
  }

  get number(): number {
    return this.player.number
  }

  /** Says where they are now. */
  say(flags = 2): void {
    if (this.isOut) return
    this.#seq = (this.#seq + 1) & 0xffff
    if (this.leaps) flags |= 8
    this.leaps = false
    this.hold.zone.moved(this.player, standingFrame(this, this.#seq, flags))
  }

  hears(other: Walker): boolean {
    return [...this.listener.heard.values()].includes(other.number)
  }
}

/** What befalls datagrams: shares that are lost, come twice, and come late by up to 150 ms. */
export interface Weather {
  readonly loss: number
  readonly twice: number
  readonly late: number
}
export const calm: Weather = { loss: 0, twice: 0, late: 0 }

/** Gateways with walkers, on nodes that host a plain root and regions as they are. */
export class WalkersOnCluster {
  readonly bench: MemoryClusterBench
  readonly walkers: Walker[] = []
  weather: Weather = calm
  /** The next word of a region to a gateway throws. */
  fails = false
  /** Datagrams that came to regions. */
  datagrams = 0
  readonly #random: () => number
  /** Where two regions told somebody in one epoch. */
  readonly #problems: readonly string[]
  #plans = 0

  private constructor(bench: MemoryClusterBench, random: () => number, problems: readonly string[]) {
    this.bench = bench
    this.#random = random
    this.#problems = problems
  }

  static async open(
    nodes: readonly string[],
    plan: Partial<ZonePlan> = {},
    random: () => number = () => 0.5,
  ): Promise<WalkersOnCluster> {
    const problems: string[] = []
    const emitters = new Emitters((problem) => problems.push(problem))
    const bench: MemoryClusterBench = await MemoryClusterBench.open({
      ...{ latencyMs: 1, storeLatencyMs: () => 1 },
      definitions: [plainRoot(planOf(plan)), shardDefinition] as unknown as readonly AnyDefinition<TallyWrite>[],
      residents: new Map([
        [
          'shard',
          (context) => {
            const region = zoneShardResident({ clock: bench.time, timers: bench.time, logger: silentLogger })({
              ...context,
              send: (key, payload, lane) => world.#weathered(() => context.send(key, payload, lane)),
              tell: (session, payload, lane) => {
                if (world.fails) {
                  world.fails = false
                  throw new Error('as a test wants it')
                }
                emitters.note(context.key, context.epoch, payload)
                return world.#weathered(() => context.tell(session, payload, lane))
              },
            })
            return {
              onDatagram: (payload, from) => {
                world.datagrams += 1
                region.onDatagram(payload, from)
              },
              onState: (state) => region.onState(state),
              end: () => region.end(),
            }
          },
        ],
      ]),
    })
    const world = new WalkersOnCluster(bench, random, problems)
    for (const node of nodes) await bench.node(node)
    return world
  }

  async gateway(name: string) {
    const { bench } = this
    const { zones, router } = await zonesAt(bench, name, (send) => this.#weathered(send))
    return {
      zones,
      router,
      enter: (who: string, x: number, y: number) => this.#enter(zones, new Walker(who, x, y)),
      /** Of the plain root: another plan. */
      plan: (next: Partial<ZonePlan>) =>
        bench.done(
          router.ask(zoneKey(zoneId), { type: 'plan', plan: next }, { commandId: commandId('test', ++this.#plans) }),
        ),
    }
  }

  /** Lets so many ms pass; each 100 ms `step` is called and everybody says where they are. */
  async walk(ms: number, step: (walker: Walker) => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      for (const walker of this.walkers) {
        step(walker)
        walker.say()
      }
      await this.bench.time.advance(100)
    }
  }

  /**
   * Holds what everybody hears against everybody's place: nearer than `least` m must be heard, farther than `most` must not. Says how many pairs were in
   * earshot.
   */
  check(least: number, most: number): number {
    assert.deepEqual(this.#problems, [])
    for (const { name, listener } of this.walkers) assert.deepEqual(listener.contradictions, [], name)
    let pairs = 0
    for (const one of this.walkers) {
      for (const other of this.walkers) {
        if (one === other) continue
        const away = Math.hypot(one.x - other.x, one.y - other.y)
        const hears = one.hears(other)
        if (hears) pairs += 1
        if (away <= least) assert.ok(hears, `${one.name} hears ${other.name}, ${away.toFixed(1)} m away`)
        if (away > most) assert.ok(!hears, `${one.name} does not hear ${other.name}, ${away.toFixed(1)} m away`)
      }
    }
    return pairs
  }

  /** Sends it as the weather has it: once, twice, late, or not at all. The sender is told that it went. */
  #weathered(send: () => boolean): boolean {
    const { loss, twice, late } = this.weather
    if (loss + twice + late === 0) return send()
    if (this.#random() < loss) return true
    const times = this.#random() < twice ? 2 : 1
    for (let n = 0; n < times; n++) {
      if (this.#random() < late) this.bench.time.after(1 + Math.floor(this.#random() * 150), send)
      else send()
    }
    return true
  }

  async #enter(zones: Zones, walker: Walker): Promise<Walker> {
    Object.assign(walker, await enterZone(this.bench, zones, walker, (frame) => walker.listener.fold(frame)))
    await this.bench.until(`${walker.name} knows everything`, () => walker.listener.resyncs > 0)
    this.walkers.push(walker)
    return walker
  }
}
