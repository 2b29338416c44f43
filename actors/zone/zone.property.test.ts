import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { someone, ZoneKit } from './zone.kit.ts'

/** Places spread evenly: doubles would stand about 0 mostly. */
const metres = (least: number, most: number) =>
  fc.integer({ min: Math.ceil(least * 16), max: Math.floor(most * 16) }).map((steps) => steps / 16)

const sideM = 120
const coordinate = metres(-20, sideM + 20)
const height = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, metres(-40, 40))
const mask = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.constantFrom(0, 2, 3))
const stance = fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.constantFrom(0, 2))
const who = fc.nat()
const step = metres(-3, 3)

const crowd = fc.array(fc.tuple(coordinate, coordinate, stance), { maxLength: 40, size: 'max' })
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('join' as const),
      x: coordinate,
      y: coordinate,
      z: height,
      stance,
      speak: mask,
      hear: mask,
      ghost: fc.nat(5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('leave' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('leap' as const), who, x: coordinate, y: coordinate, z: height }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('stance' as const), who, stance }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('masks' as const), who, speak: mask, hear: mask }) },
  {
    weight: 12,
    arbitrary: fc.record({
      what: fc.constant('walk' as const),
      dx: step,
      dy: step,
      ticks: fc.integer({ min: 1, max: 8 }),
    }),
  },
)

/** Everybody walks, each their own way, but the same in every run. */
function walk(zone: ZoneKit, dx: number, dy: number): void {
  for (const [name, { x, y }] of zone.people) {
    if (name % 3 === 0) continue
    const turn = name * 2.4
    zone.change(name, {
      x: x + dx * Math.cos(turn) - dy * Math.sin(turn),
      y: y + dx * Math.sin(turn) + dy * Math.cos(turn),
    })
  }
}

test('walks, leaps, joins, leaves, stances and masks: everybody hears exactly those whom an all-pairs oracle says', () => {
  let compared = 0
  fc.assert(
    fc.property(
      crowd,
      fc.array(happening, { maxLength: 60, size: 'max' }),
      fc.constantFrom(1, 1, 2),
      (places, story, lookEvery) => {
        const zone = new ZoneKit({ hysteresis: 1.1 })
        for (const [x, y, how] of places) zone.join(someone(x, y, { stance: how }))
        const all = () => [...zone.people.keys()]
        zone.engine.relieve({ lookEvery: lookEvery, outerEvery: 2, audibleMax: 16, crowdRange: 1 })
        for (const event of story) {
          const names = all()
          const name = 'who' in event ? names[event.who % Math.max(1, names.length)] : undefined
          if (event.what === 'join') {
            const { x, y, z, stance, speak, hear, ghost } = event
            zone.join(someone(x, y, { z, stance, speak, hear, listens: ghost > 0 }))
          } else if (event.what === 'walk') {
            for (let n = 0; n < event.ticks; n++) {
              walk(zone, event.dx, event.dy)
              zone.tick()
              if (lookEvery === 1) compared += agree(zone)
              else noStrangers(zone)
            }
          } else if (name !== undefined) {
            if (event.what === 'leave') zone.leave(name)
            else if (event.what === 'leap') zone.change(name, { x: event.x, y: event.y, z: event.z })
            else if (event.what === 'stance') zone.change(name, { stance: event.stance })
            else zone.change(name, { speak: event.speak, hear: event.hear })
          }
        }
      },
    ),
    { numRuns: 70, seed: 7 },
  )
  assert.ok(compared > 50_000, `only ${compared} pairs were compared`)
})

/** The oracle's sets are the clients' sets; and what is heard both ways where it must be. The number of pairs heard. */
function agree(zone: ZoneKit): number {
  let pairs = 0
  for (const [name, client] of zone.clients) {
    assert.deepEqual(
      client.names,
      [...zone.expected.get(name)!].sort((a, b) => a - b),
      `what ${name} hears`,
    )
    assert.equal(client.slots.size, Math.min(zone.rules.audibleMax, client.heard.size), 'media slots stand empty')
    pairs += client.heard.size
  }
  return pairs
}

/** Looked at in every second tick only: nobody is in earshot whom the last look did not find within the edge. */
function noStrangers(zone: ZoneKit): void {
  for (const [name, client] of zone.clients) {
    if (((zone.slotOf.get(name)! + zone.engine.now - 1) & 1) === 1) continue
    for (const heard of client.names) if (zone.people.has(heard)) assert.ok(zone.mayHear(name, heard, true))
    for (const other of zone.people.keys()) {
      if (zone.mayHear(name, other, false)) assert.ok(client.names.includes(other), `${name} does not hear ${other}`)
    }
  }
}

test('equal stances and masks: whom I hear hears me', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 60 }),
      step,
      step,
      (places, dx, dy) => {
        const zone = new ZoneKit({})
        for (const [x, y] of places) zone.join(someone(x, y))
        for (let n = 0; n < 20; n++) {
          walk(zone, dx, dy)
          zone.tick()
          for (const [name, client] of zone.clients) {
            for (const other of client.names) assert.ok(zone.clients.get(other)!.names.includes(name))
          }
        }
      },
    ),
    { numRuns: 60, seed: 11 },
  )
})

test('a crowd: no more than the cap, nobody out of range, the party first, and nobody farther than one left out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(metres(0, 40), metres(0, 40)), {
        minLength: 90,
        maxLength: 300,
      }),
      fc.array(fc.nat(), { maxLength: 30 }),
      step,
      (places, speakers, dx) => {
        const rules = { earshotMax: 40, crowdMax: 24, crowdSpeakers: 10, stickiness: 1 }
        const zone = new ZoneKit(rules, 400)
        for (const [x, y] of places) zone.join(someone(x, y))
        const names = [...zone.people.keys()]
        for (const name of names.slice(0, 7)) zone.change(name, { party: 77 })
        for (let n = 0; n < 12; n++) {
          walk(zone, dx / 10, 0)
          const speaking = new Set(speakers.map((at) => names[at % names.length]!))
          for (const name of speaking) zone.engine.speak(zone.slotOf.get(name)!)
          zone.tick()
          for (const name of names) if (name % 7 === n % 7 && zone.isCrowded(name)) crowdHolds(zone, name, speaking)
        }
      },
    ),
    { numRuns: 25, seed: 3 },
  )
})

function crowdHolds(zone: ZoneKit, name: number, speaking: ReadonlySet<number>): void {
  const client = zone.clients.get(name)!
  const heard = new Set(client.names)
  assert.ok(heard.size <= zone.rules.crowdMax)
  for (const other of heard) assert.ok(zone.mayHear(name, other, true), 'somebody out of range is heard')
  const others = [...zone.people.keys()].filter((other) => zone.mayHear(name, other, false))
  if (zone.people.get(name)!.party !== 0) {
    for (const mate of others) if (zone.people.get(mate)!.party === 77) assert.ok(heard.has(mate), 'a mate is left out')
  }
  const near = (list: readonly number[]) => [...list].sort((a, b) => zone.square(name, a) - zone.square(name, b))
  // Ties and those in the band aside, the nearest speakers are in.
  const limit = near(others.filter((other) => speaking.has(other)))[5]
  for (const speaker of others.filter((other) => speaking.has(other))) {
    const isClear = limit === undefined || zone.square(name, speaker) < zone.square(name, limit)
    if (isClear) assert.ok(heard.has(speaker), 'a near speaker is left out')
  }
  const left = near(others.filter((other) => !heard.has(other)))[0]
  if (left === undefined) return
  assert.equal(heard.size, zone.rules.crowdMax, 'places stand empty in a crowd')
  const silent = near([...heard].filter((other) => !speaking.has(other) && zone.people.get(other)!.party === 0))
  if (speaking.size > 0 || silent.length === 0) return
  assert.ok(
    zone.square(name, silent.at(-1)!) <= zone.square(name, left),
    'one farther away is heard in place of a nearer',
  )
}

test('people at both ends of a zone: cells are larger where they would be too many, and nothing else changes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(metres(0, 50), metres(0, 50), fc.boolean(), fc.boolean(), stance), {
        minLength: 40,
        maxLength: 150,
      }),
      step,
      (places, dx) => {
        const zone = new ZoneKit({ earshotMax: 30, crowdMax: 24, crowdSpeakers: 0, stickiness: 1 })
        const far = (isThere: boolean) => (isThere ? 4000 : 0)
        for (const [x, y, isEast, isNorth, how] of places) {
          zone.join(someone(x + far(isEast), y + far(isNorth), { stance: how }))
        }
        for (let n = 0; n < 6; n++) {
          walk(zone, dx / 4, 0)
          zone.tick()
          for (const [name, client] of zone.clients) {
            if (zone.isCrowded(name)) crowdHolds(zone, name, new Set())
            else
              assert.deepEqual(
                client.names,
                [...zone.expected.get(name)!].sort((a, b) => a - b),
                `what ${name} hears`,
              )
          }
        }
      },
    ),
    { numRuns: 40, seed: 13 },
  )
})

test('the audible set never outgrows its slots, keeps its dwell, and holds on to the party', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(metres(0, 30), metres(0, 30)), {
        minLength: 12,
        maxLength: 40,
      }),
      fc.array(fc.array(fc.nat(), { maxLength: 6 }), { minLength: 20, maxLength: 40 }),
      (places, speech) => {
        const zone = new ZoneKit({ audibleMax: 4, dwellS: 1 })
        for (const [x, y] of places) zone.join(someone(x, y))
        const names = [...zone.people.keys()]
        zone.change(names[0]!, { party: 5 })
        zone.change(names[1]!, { party: 5 })
        const since = new Map<string, number>()
        let before = new Set<string>()
        for (const [tick, round] of speech.entries()) {
          for (const at of round) zone.engine.speak(zone.slotOf.get(names[at % names.length]!)!)
          zone.tick()
          const now = new Set<string>()
          for (const [name, client] of zone.clients) {
            assert.ok(client.slots.size <= 4)
            for (const heard of client.audible) now.add(`${name} ${heard}`)
          }
          for (const pair of now) if (!before.has(pair)) since.set(pair, tick)
          for (const pair of before)
            if (!now.has(pair)) assert.ok(tick - since.get(pair)! >= 10, 'a place was taken within the dwell')
          before = now
          const isNear = zone.mayHear(names[0]!, names[1]!, false)
          if (isNear && tick > 10) assert.ok(now.has(`${names[0]} ${names[1]}`), 'a mate in earshot is not heard')
        }
      },
    ),
    { numRuns: 60, seed: 5 },
  )
})
