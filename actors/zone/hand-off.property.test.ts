import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  nextEpoch,
  regionOfEpoch,
  stepFence,
  type Fence,
  type GatewayMessage,
  type RegionMessage,
} from '../../protocol/zone/fence.ts'
import { stepRegion, type Copy, type RegionInput } from './hand-off.ts'

interface Weather {
  /** Shares of messages that are lost, doubled, and held up so that others pass them. */
  readonly loss: number
  readonly twice: number
  readonly late: number
  readonly kills: boolean
}

type Letter = { readonly atMs: number; readonly order: number } & (
  | { readonly to: number; readonly message: RegionMessage }
  | { readonly to: 'gateway'; readonly message: GatewayMessage }
)

const regions = [1, 2, 3]
const tickMs = 50

/** One player, three regions, one gateway, and whatever befalls the messages between them. All of it from one seed. */
class Walk {
  readonly copies = new Map<number, Copy | null>(regions.map((region) => [region, null]))
  readonly incarnations = new Map<number, number>(regions.map((region) => [region, 1]))
  /** Which incarnation of which region emitted in an epoch. */
  readonly emitters = new Map<number, string>()
  fence: Fence
  nowMs = 0
  passed = 0
  gaps = 0
  handOffs = 0
  #letters: Letter[] = []
  #order = 0
  #state: number
  #last: readonly [number, number] = [0, 0]
  #weather: Weather
  #seq = 0

  constructor(seed: number, weather: Weather) {
    this.#state = seed | 1
    this.#weather = weather
    const epoch = nextEpoch(0, { region: 1, life: 1 })
    this.copies.set(1, { role: 'owner', epoch, out: 0, seq: 0 })
    this.fence = { epoch, out: 0, seq: 0, route: 1, heardAtMs: 0 }
  }

  lot(): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) / 0x1_0000_0000
  }

  calm(): void {
    this.#weather = { loss: 0, twice: 0, late: 0, kills: false }
  }

  get emitting(): readonly number[] {
    return regions.filter((region) => ['owner', 'offering'].includes(this.copies.get(region)?.role ?? ''))
  }

  /** Ten ms: what is due arrives, and at the end of a tick everybody emits. */
  advance(isWalking: boolean): void {
    this.nowMs += 10
    const due = this.#letters
      .filter(({ atMs }) => atMs <= this.nowMs)
      .sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    this.#letters = this.#letters.filter(({ atMs }) => atMs > this.nowMs)
    for (const letter of due) {
      if (letter.to === 'gateway') this.#gateway(letter.message)
      else this.#region(letter.to, letter.message)
    }
    if (this.nowMs % tickMs === 0) for (const region of regions) this.#region(region, { type: 'tick' })
    if (this.nowMs % 100 === 0) this.#gateway({ type: 'tick' })
    if (this.nowMs % 30 === 0) this.#send({ to: this.fence.route, message: { type: 'position', seq: ++this.#seq } })
    if (!isWalking) return
    if (this.lot() < 0.02)
      for (const region of this.emitting)
        this.#region(region, { type: 'cross', to: regions[Math.floor(this.lot() * 3)]! })
    if (this.#weather.kills && this.lot() < 0.003) this.#kill(regions[Math.floor(this.lot() * 3)]!)
  }

  #kill(region: number): void {
    this.copies.set(region, null)
    this.incarnations.set(region, this.incarnations.get(region)! + 1)
    // A connection dies with its node: what it had under way to others may arrive, what was under way to it does not.
    this.#letters = this.#letters.filter(({ to }) => to !== region)
  }

  #region(region: number, input: RegionInput): void {
    const before = this.copies.get(region) ?? null
    const { copy, toRegions, toGateway } = stepRegion(
      before,
      input,
      { region, life: this.incarnations.get(region)! },
      this.nowMs,
    )
    this.copies.set(region, copy)
    if (before?.role !== 'handed' && copy?.role === 'handed') this.handOffs++
    if (before && copy && before.role !== 'pending' && copy.role !== 'pending')
      assert.ok(copy.seq >= before.seq, 'an older position counts')
    for (const message of toGateway) {
      if (message.type === 'frame') this.#note(region, message.epoch)
      this.#send({ to: 'gateway', message })
    }
    for (const { to, message } of toRegions) this.#send({ to, message })
  }

  #note(region: number, epoch: number): void {
    const who = `${region} in its life ${this.incarnations.get(region)}`
    assert.equal(this.emitters.get(epoch) ?? who, who, `two emit in the epoch ${epoch}`)
    assert.equal(regionOfEpoch(epoch), region)
    this.emitters.set(epoch, who)
  }

  #gateway(input: GatewayMessage | { readonly type: 'tick' }): void {
    const { fence, isPassed, needsResync, toRegions } = stepFence(this.fence, input, this.nowMs)
    this.fence = fence
    for (const { to, message } of toRegions) this.#send({ to, message })
    if (!isPassed || input.type !== 'frame') return
    const [epoch, out] = this.#last
    assert.ok(input.epoch > epoch || (input.epoch === epoch && input.out > out), 'a frame passes behind a later one')
    this.#last = [input.epoch, input.out]
    this.passed++
    if (needsResync) this.gaps++
  }

  #send(letter: { to: number; message: RegionMessage } | { to: 'gateway'; message: GatewayMessage }): void {
    const { loss, twice, late } = this.#weather
    const copies = this.lot() < loss ? 0 : this.lot() < twice ? 2 : 1
    for (let n = 0; n < copies; n++) {
      const delay = this.lot() < late ? this.lot() * 900 : 2
      this.#letters.push({ ...letter, atMs: this.nowMs + delay, order: this.#order++ })
    }
  }
}

const share = (max: number) => fc.integer({ min: 0, max: max * 100 }).map((percent) => percent / 100)
const rough = (kills: boolean) =>
  fc.record({ loss: share(0.4), twice: share(0.4), late: share(0.4), kills: fc.constant(kills) })

/** Faults for a while, then none: whoever is left has to be one, the gateway's, and heard. */
function settles(walk: Walk): void {
  walk.calm()
  for (let n = 0; n < 600; n++) walk.advance(false)
  const before = walk.passed
  for (let n = 0; n < 50; n++) walk.advance(false)
  assert.deepEqual(walk.emitting, [walk.fence.route], 'not one owner, or not the one the gateway sends to')
  assert.ok(walk.passed - before >= 8, 'nothing is heard')
}

test('whatever is lost, doubled or late: never two emit at once, and each epoch is of one region', () => {
  let handOffs = 0
  fc.assert(
    fc.property(fc.integer(), rough(false), (seed, weather) => {
      const walk = new Walk(seed, weather)
      for (let n = 0; n < 800; n++) {
        walk.advance(true)
        assert.ok(walk.emitting.length <= 1, `${walk.emitting.join(' and ')} emit at once`)
      }
      settles(walk)
      handOffs += walk.handOffs
    }),
    { numRuns: 400, seed: 1 },
  )
  assert.ok(handOffs > 1000, `only ${handOffs} hand-offs`)
})

test('nodes die as well: at most one epoch passes the gateway at a time, and soon one owner is left', () => {
  fc.assert(
    fc.property(fc.integer(), rough(true), (seed, weather) => {
      const walk = new Walk(seed, weather)
      for (let n = 0; n < 800; n++) walk.advance(true)
      settles(walk)
    }),
    { numRuns: 400, seed: 2 },
  )
})

test('on a sound network no frame is lost or doubled by a hand-off', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const walk = new Walk(seed, { loss: 0, twice: 0, late: 0, kills: false })
      for (let n = 0; n < 2000; n++) walk.advance(true)
      assert.equal(walk.gaps, 0)
      assert.ok(walk.handOffs > 3)
      assert.ok(walk.passed >= 400 - walk.handOffs - 1, `${walk.passed} frames of 400 ticks`)
    }),
    { numRuns: 50, seed: 3 },
  )
})
