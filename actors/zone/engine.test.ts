import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZoneEngine } from './engine.ts'
import { defaultRules } from '../../protocol/zone/rules.ts'
import { inSteps, someone, ZoneKit } from './zone.kit.ts'

const arrival = (player: number) => ({
  ...{ player, x: player, y: 0, z: 0, stance: 1, speakMask: 1, hearMask: 1, party: 0 },
})

test('somebody comes into earshot at 30 m and goes out of it at 33 m', () => {
  const zone = new ZoneKit()
  const [ann, bob] = [zone.join(someone(0, 0)), zone.join(someone(30.1, 0))]
  const hears = (x: number) => {
    zone.change(bob, { x })
    zone.tick()
    return zone.clients.get(ann)!.names.includes(bob)
  }
  assert.deepEqual([30.1, 30, 32.9, 33, 33.1, 32.9, 30.1, 30].map(hears), [
    false,
    true,
    true,
    true,
    false,
    false,
    false,
    true,
  ])
})

test('who shouts is heard twice as far, who whispers half as far, and the range is theirs alone', () => {
  const zone = new ZoneKit()
  const [ann, bob] = [zone.join(someone(0, 0)), zone.join(someone(50, 0, { stance: 2 }))]
  zone.tick()
  assert.deepEqual(zone.clients.get(ann)!.names, [bob])
  assert.deepEqual(zone.clients.get(bob)!.names, [])
  zone.change(bob, { stance: 0, x: 16 })
  zone.tick()
  assert.deepEqual(zone.clients.get(ann)!.names, [bob], 'within the band of a whisper')
  zone.change(bob, { x: 17 })
  zone.tick()
  assert.deepEqual(zone.clients.get(ann)!.names, [])
  assert.deepEqual(zone.clients.get(bob)!.names, [ann])
})

test('people on another floor are not in earshot', () => {
  const zone = new ZoneKit()
  const [ann] = [zone.join(someone(0, 0)), zone.join(someone(1, 1, { z: 31 }))]
  zone.tick()
  assert.deepEqual(zone.clients.get(ann)!.names, [])
})

test('a ghost is heard and hears nobody', () => {
  const zone = new ZoneKit()
  const [ann, ghost] = [zone.join(someone(0, 0)), zone.join(someone(5, 0, { listens: false }))]
  zone.tick()
  assert.deepEqual(zone.clients.get(ann)!.names, [ghost])
})

test('somebody who comes over does not go on hearing whom a moderator has muted meanwhile', () => {
  const engine = new ZoneEngine(defaultRules, 8)
  const [ann, bob, cy] = [engine.joinGhost(arrival(1)), engine.joinGhost(arrival(2)), engine.joinGhost(arrival(3))]
  engine.setMasks(bob, 0, 1)
  for (let n = 0; n < 4; n++) engine.tick(() => undefined)
  engine.promote(ann)
  engine.setMasks(ann, 1, 1)
  const peers = [bob, cy].map((slot, n) => ({ slot, alias: n + 1, mediaSlot: -1 }))
  engine.resume(ann, { peers, lastAlias: 2 })
  assert.deepEqual(
    engine.heardBy(ann).peers.map(({ slot }) => slot),
    [cy],
  )
})

test('a full region takes nobody, and has room again two ticks after somebody left', () => {
  const engine = new ZoneEngine(defaultRules, 3)
  const slots = [1, 2, 3].map((player) => engine.join(arrival(player)))
  assert.equal(engine.join(arrival(4)), -1)
  engine.tick(() => undefined)
  engine.leave(slots[1]!)
  assert.equal(engine.join(arrival(4)), -1)
  engine.tick(() => undefined)
  engine.tick(() => undefined)
  assert.equal(engine.join(arrival(4)), slots[1])
})

test('a mesh is given one new link a second', () => {
  const zone = new ZoneKit({ newLinkEveryS: 1, audibleMax: 8 })
  const ann = zone.join(someone(0, 0))
  for (let n = 0; n < 6; n++) zone.join(someone(n, 5))
  const links: number[] = []
  for (let tick = 0; tick < 41; tick++) {
    zone.tick()
    links.push(zone.clients.get(ann)!.slots.size)
  }
  assert.deepEqual(
    [0, 9, 10, 19, 20, 30, 40].map((tick) => links[tick]),
    [1, 1, 2, 2, 3, 4, 5],
  )
})

test('of too many, those who speak are heard, wherever they stand', () => {
  const zone = new ZoneKit({ audibleMax: 4 })
  const ann = zone.join(someone(20, 20))
  for (let n = 0; n < 10; n++) zone.join(someone(20 + n / 10, 21))
  const far = [zone.join(someone(40, 20)), zone.join(someone(20, 42))]
  for (let tick = 0; tick < 12; tick++) zone.tick()
  assert.ok(!zone.clients.get(ann)!.audible.includes(far[0]!))
  for (const name of far) zone.engine.speak(zone.slotOf.get(name)!)
  zone.tick()
  for (const name of far) assert.ok(zone.clients.get(ann)!.audible.includes(name))
})

test('with fewer slots those who rank lowest are silenced, and come back with the slots', () => {
  const zone = new ZoneKit({ audibleMax: 8 })
  const ann = zone.join(someone(0, 0))
  const others = Array.from({ length: 8 }, (_, n) => zone.join(someone(3 + n, 0)))
  zone.tick()
  assert.equal(zone.clients.get(ann)!.slots.size, 8)
  zone.engine.relieve({ lookEvery: 1, outerEvery: 2, audibleMax: 3, crowdRange: 1 })
  zone.tick()
  assert.deepEqual(zone.clients.get(ann)!.audible, others.slice(0, 3))
  zone.engine.relieve({ lookEvery: 1, outerEvery: 2, audibleMax: 8, crowdRange: 1 })
  zone.tick()
  assert.equal(zone.clients.get(ann)!.slots.size, 8)
})

test('who thinks of somebody by what they were told is never farther off than the tier allows', () => {
  const zone = new ZoneKit()
  zone.join(someone(100, 100))
  const bob = zone.join(someone(101, 100))
  const { engine } = zone
  const slot = zone.slotOf.get(bob)!
  let [x, y, told] = [inSteps(101), inSteps(100), 0]
  for (let tick = 0; tick < 400; tick++) {
    const turn = Math.floor(tick / 15) * 2
    const [vx, vy] = [Math.round(40 * Math.cos(turn)), Math.round(40 * Math.sin(turn))]
    x += Math.round(vx * 0.2)
    y += Math.round(vy * 0.2)
    engine.move(slot, x, y, 0, vx, vy)
    engine.tick(() => told++)
    for (const [tier, most] of [4, 12, 24].entries()) {
      // The middle tier is told in every second tick, the farthest in every fourth.
      if (tick % (2 * tier || 1) !== 0) continue
      const error = Math.hypot(
        engine.reckoning.thought(slot, tier, 0, tick) - x,
        engine.reckoning.thought(slot, tier, 1, tick) - y,
      )
      assert.ok(error <= most + 1, `tier ${tier} is off by ${error} steps`)
    }
  }
  assert.ok(told < 120, `${told} of 400 ticks were told`)
})

test('when listeners are looked at in every tick again, nobody has missed that somebody stopped', () => {
  for (const halfTicks of [20, 21]) {
    const zone = new ZoneKit()
    const { engine } = zone
    const listeners = [zone.join(someone(100, 100)), zone.join(someone(100, 101))].map((name) => zone.slotOf.get(name)!)
    const slot = zone.slotOf.get(zone.join(someone(103, 100)))!
    const pace = (lookEvery: 1 | 2) => engine.relieve({ lookEvery, outerEvery: 2, audibleMax: 16, crowdRange: 1 })
    /** What each listener was told last: where, how fast in steps a tick, and when. */
    const told = new Map<number, { x: number; speed: number; tick: number }>()
    const tick = () => {
      const at = engine.now
      engine.tick((listener, changes) => {
        for (let n = 0; n < changes.updates; n++) {
          const [peer, tier] = [changes.updatePeer[n]!, changes.updateTier[n]!]
          if (peer !== slot) continue
          const speed = engine.reckoning.velocity(peer, tier, 0) * 0.2
          told.set(listener, { x: engine.reckoning.thought(peer, tier, 0, at), speed, tick: at })
        }
      })
    }
    pace(2)
    let x = inSteps(103)
    for (let n = 0; n < halfTicks; n++) {
      // Sets out in the last two ticks, stops in the last.
      const speed = n === halfTicks - 2 ? 10 : 0
      if (n >= halfTicks - 2) engine.move(slot, (x += 10), inSteps(100), 0, speed, 0)
      tick()
    }
    pace(1)
    for (let n = 0; n < 60; n++) tick()
    for (const listener of listeners) {
      const word = told.get(listener)!
      const thought = word.x + word.speed * (engine.now - 1 - word.tick)
      assert.ok(Math.abs(thought - x) <= 4, `off by ${thought - x} steps after ${halfTicks} ticks`)
    }
  }
})

test('an overloaded zone of few ticks tells less of the middle tier as well', () => {
  const told = ([2, 4] as const).map((outerEvery) => {
    const zone = new ZoneKit({ tickHz: 5 })
    zone.join(someone(100, 100))
    const slot = zone.slotOf.get(zone.join(someone(110, 100)))!
    zone.engine.relieve({ lookEvery: 1, outerEvery, audibleMax: 16, crowdRange: 1 })
    let updates = 0
    for (let tick = 0; tick < 200; tick++) {
      zone.engine.move(slot, inSteps(110), inSteps(100 + ((tick * 7) % 11) * 0.5), 0, 0, 0)
      zone.engine.tick((_, changes) => (updates += changes.updates))
    }
    return updates
  })
  assert.ok(told[1]! < told[0]! * 0.7, told.join(' and '))
})

test('in a crowd in which all speak, the nearest who speak are heard and then the nearest of the others, from the first tick on', () => {
  const zone = new ZoneKit({ crowdMax: 24, crowdSpeakers: 16 })
  for (let n = 0; n < 300; n++) zone.join(someone((n * 7.3) % 37, (n * 11.9) % 37))
  for (const slot of zone.slotOf.values()) zone.engine.speak(slot)
  zone.tick()
  for (const [name, client] of zone.clients) {
    assert.ok(zone.isCrowded(name))
    const near = [...zone.people.keys()]
      .filter((other) => zone.mayHear(name, other, false))
      .sort((a, b) => zone.square(name, a) - zone.square(name, b))
    const farthest = zone.square(name, near[23]!)
    const nearer = near.filter((other) => zone.square(name, other) < farthest)
    for (const other of nearer) assert.ok(client.names.includes(other), `${name} does not hear ${other}`)
    assert.equal(client.names.length, 24)
  }
})

test('rules that do not hold are refused with all that is wrong', () => {
  const rules = { ...defaultRules, earshotMax: 81, hysteresis: 0.9 }
  assert.throws(() => new ZoneEngine(rules, 10), /hysteresis.*earshotMax/)
})

test('a tick at rest takes next to no memory', () => {
  const zone = new ZoneKit({}, 800)
  for (let n = 0; n < 600; n++) zone.join(someone((n * 37) % 400, (n * 91) % 400))
  const slots = [...zone.slotOf.values()]
  const walk = (tick: number) => {
    for (const slot of slots) {
      const turn = slot + tick / 40
      zone.engine.move(
        slot,
        3200 + Math.round(2000 * Math.cos(turn)),
        3200 + Math.round(2000 * Math.sin(turn)),
        0,
        9,
        9,
      )
    }
    zone.engine.tick(() => undefined)
  }
  for (let tick = 0; tick < 300; tick++) walk(tick)
  const before = process.memoryUsage().heapUsed
  for (let tick = 300; tick < 400; tick++) walk(tick)
  const grown = process.memoryUsage().heapUsed - before
  // An object for each player would be 60,000 of them.
  assert.ok(grown < 1_000_000, `${grown} bytes in 100 ticks of 600 players`)
})
