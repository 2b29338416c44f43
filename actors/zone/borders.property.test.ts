import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bandOf } from '../../protocol/zone/region-map.ts'
import { stepsAt } from '../../test/support/standing-frame.ts'
import { Client } from './zone.kit.ts'
import { ZoneEngine } from './engine.ts'
import { defaultRules } from '../../protocol/zone/rules.ts'

/** Places spread evenly: doubles would stand about 0 mostly. */
const metres = (least: number, most: number) =>
  fc.integer({ min: Math.ceil(least * 16), max: Math.floor(most * 16) }).map((steps) => steps / 16)

const border = 100
const speedM = 0.6
const [rangeM, edgeM] = [defaultRules.rangeM, defaultRules.rangeM * defaultRules.hysteresis]
const band = bandOf(edgeM, speedM * 10, 10)

interface Walker {
  readonly isEast: boolean
  x: number
  y: number
  readonly turn: number
}

/** One side of a border: its own people, and ghosts of the others as they were a tick ago. */
class Side {
  readonly engine = new ZoneEngine(defaultRules, 200)
  readonly slots = new Map<number, number>()
  readonly clients = new Map<number, Client>()
  readonly #names = new Map<number, number>()

  put(name: number, walker: Walker, isOwn: boolean): void {
    const place = stepsAt(walker)
    const slot = this.slots.get(name)
    if (slot !== undefined) {
      this.engine.move(slot, place.x, place.y, 0, 0, 0)
      return
    }
    const arrival = { player: name, ...place, stance: 1, speakMask: 1, hearMask: 1, party: 0 }
    const taken = isOwn ? this.engine.join(arrival) : this.engine.joinGhost(arrival)
    this.slots.set(name, taken)
    this.#names.set(taken, name)
    if (isOwn) this.clients.set(name, new Client())
  }

  drop(name: number): void {
    const slot = this.slots.get(name)
    if (slot === undefined) return
    this.engine.leave(slot)
    this.slots.delete(name)
  }

  tick(): void {
    const { now } = this.engine
    this.engine.tick((slot, changes) => {
      this.clients.get(this.#names.get(slot)!)!.fold(now, changes, (peer) => this.#names.get(peer)!)
    })
  }
}

test('across a border everybody hears whom they have to, and nobody they may not, with ghosts a tick late', () => {
  const walker = fc.record({
    isEast: fc.boolean(),
    x: metres(0, border),
    y: metres(0, 200),
    turn: metres(0, 6.28),
  })
  let across = 0
  fc.assert(
    fc.property(fc.array(walker, { minLength: 10, maxLength: 60, size: 'max' }), (walkers) => {
      const people: Walker[] = walkers.map((one) => ({ ...one, x: one.isEast ? one.x + border : one.x }))
      const [west, east] = [new Side(), new Side()]
      let before = people.map((one) => ({ ...one }))
      for (let tick = 0; tick < 60; tick++) {
        for (const one of people) walk(one, tick)
        for (const [name, one] of people.entries()) {
          const [home, away] = one.isEast ? [east, west] : [west, east]
          home.put(name, one, true)
          const was = before[name]!
          if (Math.abs(was.x - border) <= band) away.put(name, was, false)
          else away.drop(name)
        }
        for (const side of [west, east]) side.tick()
        across += check(people, west, east)
        before = people.map((one) => ({ ...one }))
      }
    }),
    { numRuns: 60, seed: 6 },
  )
  assert.ok(across > 5000, `only ${across} pairs across the border`)
})

/** A step in a direction that turns, back at the walls and at the border: whom a region owns does not change here. */
function walk(one: Walker, tick: number): void {
  const angle = one.turn + Math.floor(tick / 12)
  const [least, most] = one.isEast ? [border, border * 2] : [0, border]
  one.x = Math.min(most, Math.max(least, one.x + Math.cos(angle) * speedM))
  one.y = Math.min(200, Math.max(0, one.y + Math.sin(angle) * speedM))
}

/** Within the band either is right, because what was decided last still holds there; outside it only one is. */
function check(people: readonly Walker[], west: Side, east: Side): number {
  let across = 0
  for (const [name, one] of people.entries()) {
    const heard = new Set((one.isEast ? east : west).clients.get(name)!.names)
    for (const [other, two] of people.entries()) {
      if (other === name) continue
      const isAcross = one.isEast !== two.isEast
      const error = (isAcross ? 2 * speedM : 0) + 0.125
      const distance = Math.hypot(one.x - two.x, one.y - two.y)
      if (distance <= rangeM - error) assert.ok(heard.has(other), `${name} does not hear ${other} at ${distance} m`)
      if (distance > edgeM + error) assert.ok(!heard.has(other), `${name} hears ${other} at ${distance} m`)
      if (isAcross && heard.has(other)) across++
    }
  }
  return across
}
