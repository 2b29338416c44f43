import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fullMeshMax, linksMax } from '../../protocol/room/mesh.ts'
import { newLinkEveryMs, planLinks, type MeshPerson, type MeshPlan } from './mesh-plan.ts'
import { session } from './room.kit.ts'

type Voice = MeshPerson['voice']

interface Step {
  readonly who: number
  readonly does: 'joins' | 'leaves' | 'loses the connection' | 'comes back' | Voice
  readonly afterMs: number
}

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.integer({ min: 1, max: 30 }),
  does: fc.oneof(
    { weight: 6, arbitrary: fc.constant('joins' as const) },
    { weight: 2, arbitrary: fc.constantFrom('leaves' as const, 'loses the connection' as const) },
    { weight: 1, arbitrary: fc.constant('comes back' as const) },
    { weight: 6, arbitrary: fc.constantFrom<Voice>(0, 1, 2) },
  ),
  afterMs: fc.integer({ min: 0, max: 3_000 }),
})

/** A room whose links are planned after each step, and watched. */
class Watched {
  nowMs = 1_000_000
  plan: MeshPlan = { links: new Map(), linkedAtMs: new Map(), changed: new Set(), nextAtMs: null, isComplete: false }
  #people = new Map<number, MeshPerson>()
  #joins = 0
  readonly #newLinkAtMs = new Map<string, number>()

  get people(): readonly MeshPerson[] {
    return [...this.#people.values()]
  }

  join(who: number, voice: Voice = 1): this {
    // Who comes again takes another seat.
    this.#joins += 1
    this.#people.set(who, {
      session: session(this.#joins),
      isConnected: true,
      voice,
      spokeAtMs: voice === 2 ? this.nowMs : 0,
    })
    return this
  }

  take({ who, does, afterMs }: Step): void {
    this.nowMs += afterMs
    const person = this.#people.get(who)
    if (does === 'joins' && !person) this.join(who)
    else if (does === 'leaves') this.#people.delete(who)
    else if (person && does === 'loses the connection') this.#people.set(who, { ...person, isConnected: false })
    else if (person && does === 'comes back') this.#people.set(who, { ...person, isConnected: true })
    else if (person && typeof does === 'number') {
      this.#people.set(who, { ...person, voice: does, spokeAtMs: does === 2 ? this.nowMs : person.spokeAtMs })
    }
    this.step()
  }

  step(): void {
    const before = this.plan
    this.plan = planLinks(before, this.people, this.nowMs)
    const connected = new Map(this.people.map((person) => [person.session, person.isConnected]))
    for (const { session: one } of this.people) {
      const links = this.plan.links.get(one) ?? new Map<never, never>()
      assert.ok(links.size <= linksMax, 'at most eight')
      const isNew = [...links.keys()].filter((other) => !before.links.get(one)?.has(other))
      for (const other of links.keys()) {
        assert.notEqual(other, one)
        assert.ok(connected.has(other), 'only to those who are there')
        assert.ok(this.plan.links.get(other)?.has(one), 'symmetric')
      }
      assert.ok(isNew.length <= 1, 'one at a time')
      if (isNew.length === 0) continue
      assert.ok(connected.get(one), 'new ones for the connected alone')
      assert.ok(this.nowMs - (this.#newLinkAtMs.get(one) ?? -Infinity) >= newLinkEveryMs, 'one a second')
      this.#newLinkAtMs.set(one, this.nowMs)
    }
  }

  /** Plans on until it comes to rest. */
  settle(): this {
    this.step()
    for (let steps = 0; this.plan.nextAtMs !== null; steps += 1) {
      assert.ok(steps < 2_000, 'it comes to rest')
      assert.ok(this.plan.nextAtMs >= this.nowMs)
      this.nowMs = Math.max(this.plan.nextAtMs, this.nowMs + 1)
      this.step()
    }
    return this
  }

  degree(who: MeshPerson): number {
    return this.plan.links.get(who.session)?.size ?? 0
  }

  has(one: MeshPerson, other: MeshPerson): boolean {
    return this.plan.links.get(one.session)?.has(other.session) ?? false
  }
}

const isHeard = ({ voice, isConnected }: MeshPerson) => voice === 2 && isConnected

test('whoever comes, goes, speaks and falls silent: at most eight links, both ways, one new one a second, and then rest', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const room = new Watched()
      for (const one of steps) room.take(one)
      room.settle()
      const { people } = room
      const speakers = people.filter(isHeard)
      if (speakers.length <= fullMeshMax) {
        for (const one of speakers) {
          for (const other of speakers) assert.ok(one === other || room.has(one, other), 'speakers hear one another')
        }
      }
      for (const speaker of speakers.filter((one) => room.degree(one) < linksMax)) {
        for (const other of people.filter((one) => one !== speaker && one.isConnected && !room.has(speaker, one))) {
          assert.equal(room.degree(other), linksMax, 'whoever does not hear a speaker with places left has none')
          const heard = people.filter((one) => room.has(other, one))
          assert.ok(
            heard.every((one) => isHeard(one) || isHeard(other)),
            'for speakers alone',
          )
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('the same people and the same time lead to the same links', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [one, other] = [new Watched(), new Watched()]
      for (const each of steps) {
        one.take(each)
        other.take(each)
      }
      assert.deepEqual(one.plan, other.plan)
    }),
    { numRuns: 100 },
  )
})

test('at rest a speaker among 40 is heard by eight, and nearly everybody has as many links as may be', () => {
  const room = new Watched()
  for (let who = 1; who <= 40; who += 1) room.join(who, who <= 4 ? 2 : 1)
  room.settle()
  for (const person of room.people.slice(0, 4)) assert.equal(room.degree(person), linksMax)
  const degrees = room.people.map((person) => room.degree(person))
  assert.ok(Math.min(...degrees) >= linksMax - 1, `least: ${Math.min(...degrees)}`)
})

test('while the same ones speak no link moves, and a speaker more moves a few links, once', () => {
  const room = new Watched()
  for (let who = 1; who <= 40; who += 1) room.join(who, who <= 3 ? 2 : 1)
  room.settle()
  const before = room.plan.links
  room.nowMs += 60_000
  room.step()
  assert.equal(room.plan.changed.size, 0)
  room.take({ who: 30, does: 2, afterMs: 0 })
  room.settle()
  const isOther = (who: MeshPerson) => {
    const links = room.plan.links.get(who.session)
    return [...(before.get(who.session)?.keys() ?? [])].some((peer) => !links?.has(peer))
  }
  // Three new links, each of which takes two places away from others.
  assert.ok(room.people.filter(isOther).length <= 4 + 6)
})

test('off stage nobody is linked with others off stage', () => {
  const room = new Watched()
  for (let who = 1; who <= 40; who += 1) room.join(who, who <= 2 ? 1 : 0)
  room.settle()
  const [first, second] = room.people
  assert.ok(first && second && room.has(first, second))
  for (const listener of room.people.slice(2)) {
    for (const other of room.people.slice(2)) assert.ok(!room.has(listener, other))
  }
  assert.equal(room.degree(first), linksMax)
})
