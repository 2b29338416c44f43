import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeFrame, encodeFrame } from '../../protocol/zone/codec.ts'
import { nextEpoch } from '../../protocol/zone/fence.ts'
import type { ToRegion } from '../../protocol/zone/link-messages.ts'
import { user } from '../../test/support/zone-bench.ts'
import { outflowBounds } from './outflow.ts'
import { askAgainMs, ZonePlayerCarrier } from './zone-player.ts'

/** Whom somebody has in earshot: players by alias. */
type Set_ = ReadonlyMap<number, number>

interface Emitted {
  readonly epoch: number
  readonly out: number
  readonly frame: Uint8Array
  /** What a client knows that took this frame in. */
  readonly after: Set_
}

const where = { x: 1, y: 1, z: 1, vx: 0, vy: 0 }
const enterOf = ([alias, player]: readonly [number, number]) => ({ alias, player, flags: 2, ...where })

/** A region that owns the player: it emits frames, each on top of the one before. */
class Owner {
  readonly epoch: number
  #out: number
  #set: Map<number, number>
  #all: boolean

  constructor(epoch: number, out: number, set: Set_, knowsClient: boolean) {
    this.epoch = epoch
    this.#out = out
    this.#set = new Map(set)
    this.#all = !knowsClient
  }

  resync(): void {
    this.#all = true
  }

  /** The next owner, by a hand-off: sets and aliases travel along. */
  handedTo(epoch: number): Owner {
    return new Owner(epoch, this.#out, this.#set, !this.#all)
  }

  emit(alias: number, player: number, isQuiet: boolean): Emitted {
    this.#out += 1
    const { epoch } = this
    const at = { epoch, out: this.#out }
    if (this.#all) {
      this.#all = false
      const enter = Array.from(this.#set, enterOf)
      const more = { tick: 1, epoch: 1, originX: 0, originY: 0, originZ: 0, hz: 10, slot: [] }
      return { ...at, frame: encodeFrame({ type: 'resync', ...more, enter }), after: new Map(this.#set) }
    }
    if (isQuiet) return { ...at, frame: new Uint8Array(), after: new Map(this.#set) }
    const leave = this.#set.has(alias) ? [{ alias }] : []
    this.#set.delete(alias)
    const update = Array.from(this.#set.keys(), (known) => ({ alias: known, ...where }))
    const comes = leave.length === 0 || player % 2 === 0
    if (comes) this.#set.set(alias, player)
    const enter = comes ? [enterOf([alias, player])] : []
    const tick = { tick: 1 }
    const frame = encodeFrame({ type: 'changes', ...tick, leave, enter, update, slot: [] })
    return { ...at, frame, after: new Map(this.#set) }
  }
}

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      does: fc.constant('emit' as const),
      alias: fc.integer({ min: 1, max: 5 }),
      player: fc.integer({ min: 1, max: 999 }),
      isQuiet: fc.boolean(),
      /** By which of those that emit: of all but the last it was thought that they had died. */
      stale: fc.integer({ min: 0, max: 6 }),
      network: fc.constantFrom('comes', 'comes', 'comes', 'comes', 'lost', 'doubled', 'late'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('handOff' as const, 'die' as const) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 1_500 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('late' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('waits' as const),
      bytes: fc.constantFrom(0, outflowBounds.sets + 1, outflowBounds.nothing + 1),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** No datagram is longer under way, and no owner emits for longer whose node has lost its lease, ms. */
const longestMs = 5_000

/** A player, the regions that have them, and a network between. */
class World {
  nowMs = 0
  waiting = 0
  readonly shown: Emitted[] = []
  readonly asked: ToRegion[] = []
  readonly client = new Map<number, number>()
  #current: Emitted | null = null
  #region = 1
  #owners: Owner[] = [new Owner(nextEpoch(0, { region: 1, life: 1 }), 0, new Map([[1, 7]]), false)]
  #late: { readonly emitted: Emitted; readonly atMs: number }[] = []
  /** Since when it was thought that owners had died: all but the last. */
  readonly #deadSinceMs = new Map<Owner, number>()
  readonly player: ZonePlayerCarrier

  constructor() {
    const client = {
      tell: () => undefined,
      show: (frame: Uint8Array) => this.#show(frame),
      waitingBytes: () => this.waiting,
      tooSlow: () => undefined,
      leftZone: () => undefined,
    }
    this.player = new ZonePlayerCarrier(
      { number: 1, userId: user('ann'), name: 'Ann', party: 0 },
      { x: 0, y: 0, z: 0, stance: 1 },
      client,
      {
        wallMs: () => 0,
        nowMs: () => this.nowMs,
        regionAt: () => 1,
        isLeaf: () => true,
        send: (_region, message) => this.asked.push(message) > 0,
        introduce: () => undefined,
        heldBack: () => undefined,
        resyncAsked: () => undefined,
      },
    )
  }

  get owner(): Owner {
    return this.#owners.at(-1)!
  }

  run(one: Step): void {
    switch (one.does) {
      case 'emit': {
        const owner = this.#owners.at(-1 - one.stale) ?? this.owner
        const emitted = owner.emit(one.alias, one.player, one.isQuiet)
        if (one.network === 'late') this.#late.push({ emitted, atMs: this.nowMs })
        else if (one.network !== 'lost')
          for (let n = 0; n < (one.network === 'doubled' ? 2 : 1); n++) this.#come(emitted)
        return
      }
      case 'handOff':
        // Whoever hands them on emits no more.
        this.#owners.splice(-1, 1, this.owner.handedTo(nextEpoch(this.owner.epoch, this.#newLife())))
        return
      case 'die': {
        this.#deadSinceMs.set(this.owner, this.nowMs)
        this.player.adopt()
        const { passage } = this.asked.at(-1) as Extract<ToRegion, { type: 'adopt' }>
        this.#owners.push(new Owner(nextEpoch(passage.epoch, this.#newLife()), passage.out, new Map(), false))
        return
      }
      case 'time':
        this.nowMs += one.ms
        this.#late = this.#late.filter(({ atMs }) => this.nowMs - atMs < longestMs)
        this.#owners = this.#owners.filter(
          (owner) => this.nowMs - (this.#deadSinceMs.get(owner) ?? this.nowMs) < longestMs,
        )
        this.player.tick()
        return
      case 'late': {
        const [late] = this.#late.splice(one.which % Math.max(1, this.#late.length), 1)
        if (late) this.#come(late.emitted)
        return
      }
      case 'waits':
        this.waiting = one.bytes
    }
  }

  /** From here on nothing goes wrong, and whoever is fenced is silent. */
  calm(): void {
    this.waiting = 0
    for (let n = 0; n < 5; n++) {
      this.nowMs += askAgainMs
      this.asked.length = 0
      this.player.tick()
      const needsAll = this.asked.some(({ type }) => type === 'resync')
      for (const owner of [...this.#owners]) {
        if (needsAll) owner.resync()
        this.#come(owner.emit(1, n + 1, false))
        const isFenced = this.asked.some((said) => said.type === 'fenced' && said.epoch > owner.epoch)
        if (isFenced) this.#owners = this.#owners.filter((each) => each !== owner)
      }
    }
  }

  get highest(): number {
    return Math.max(...this.#owners.map(({ epoch }) => epoch))
  }

  #newLife() {
    this.#region += 1
    return { region: this.#region, life: 1 }
  }

  #come(emitted: Emitted): void {
    this.#current = emitted
    this.player.heard(emitted.epoch, emitted.out, emitted.frame)
    this.#current = null
  }

  #show(bytes: Uint8Array): void {
    const emitted = this.#current!
    const before = this.shown.at(-1)
    const isNext =
      !before || emitted.epoch > before.epoch || (emitted.epoch === before.epoch && emitted.out > before.out)
    assert.ok(isNext, 'a lower epoch or number behind a higher one')
    this.shown.push(emitted)
    const twin = decodeFrame(bytes)
    if (twin.type === 'resync') this.client.clear()
    if (twin.type === 'changes') {
      for (const { alias } of twin.leave) assert.ok(this.client.delete(alias), 'somebody leaves who never came')
    }
    if (twin.type === 'changes' || twin.type === 'resync') {
      for (const { alias, player } of twin.enter) this.client.set(alias, player)
    }
    if (twin.type === 'changes') {
      for (const { alias } of twin.update) assert.ok(this.client.has(alias), 'a place of somebody who never came')
    }
    assert.deepEqual(sorted(this.client), sorted(emitted.after))
  }
}

const sorted = (set: Set_) => [...set].sort(([a], [b]) => a - b)

describe('what a client sees of a zone, while frames are lost, doubled and late, regions change and die, and it reads slowly', () => {
  test('rises, and is what the region knew with each frame', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const world = new World()
        for (const one of steps) world.run(one)
      }),
      { numRuns: 4_000 },
    )
  })

  test('is what the last owner knows, soon after nothing goes wrong any more', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const world = new World()
        for (const one of steps) world.run(one)
        world.calm()
        assert.equal(world.shown.at(-1)?.epoch, world.highest)
      }),
      { numRuns: 2_000 },
    )
  })
})
