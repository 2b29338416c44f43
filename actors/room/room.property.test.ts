import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RoomChanges, RoomCommand } from '../../protocol/room/commands.ts'
import { as, commands, definition, joinGraceMs, key, RoomKit } from './room.kit.ts'
import { standing } from '../sanction-book.ts'
import { muteOf } from './sanctions-on.ts'
import { toSnapshot } from './snapshot.ts'

/** Six people and eight sessions: few enough that replacing, colliding and coming back happen all the time. */
const name = fc.constantFrom('owner', 'ann', 'bob', 'cid', 'dan', 'eve')
const number = fc.integer({ min: 1, max: 8 })
const by = fc.oneof(
  name.map((who) => as(who)),
  fc.constantFrom(as('game', 'service'), as('boss', 'admin')),
)
const duration = fc.option(fc.integer({ min: 1, max: 40 }))
const flags = fc.record({ speaking: fc.boolean(), hand_raised: fc.boolean() }, { requiredKeys: [] })
const changes = fc.record<RoomChanges>(
  {
    max_participants: fc.integer({ min: 1, max: 4 }),
    is_private: fc.boolean(),
    password_hash: fc.constantFrom('h', null),
  },
  { requiredKeys: [] },
)

const command = fc.oneof<fc.WeightedArbitrary<RoomCommand>[]>(
  {
    weight: 6,
    arbitrary: fc
      .tuple(name, number, fc.option(by), fc.boolean())
      .map(([who, session, other, knows]) =>
        commands.join(who, session, { by: other ?? as(who), ...(knows ? { hash: 'h' } : {}) }),
      ),
  },
  { weight: 2, arbitrary: fc.tuple(name, number).map(([who, session]) => commands.leave(who, session)) },
  { weight: 2, arbitrary: name.map((who) => commands.leave(who)) },
  { weight: 3, arbitrary: fc.tuple(name, number, flags).map(([who, at, set]) => commands.attach(who, at, set)) },
  { weight: 2, arbitrary: number.map((session) => commands.detach(session)) },
  { weight: 1, arbitrary: fc.tuple(name, number, flags).map(([who, at, set]) => commands.setFlags(who, at, set)) },
  { weight: 2, arbitrary: fc.tuple(name, number, name).map(([from, at, to]) => commands.signal(from, at, to)) },
  { weight: 4, arbitrary: fc.tuple(by, name, duration).map(([who, target, s]) => commands.mute(who, target, s)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(by, fc.constantFrom('deafen', 'ban'), name, duration)
      .map(([who, kind, target, s]) => commands.sanction(who, kind, target, s)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(by, duration).map(([who, s]) => commands.sanction(who, 'mute_all', 'all', s)),
  },
  { weight: 1, arbitrary: by.map((who) => commands.lift(who, 'mute_all', 'all')) },
  { weight: 1, arbitrary: fc.tuple(by, name, duration).map(([who, target, s]) => commands.kick(who, target, s)) },
  { weight: 2, arbitrary: fc.tuple(by, name).map(([who, target]) => commands.lift(who, 'ban', target)) },
  { weight: 2, arbitrary: fc.tuple(by, name).map(([who, target]) => commands.unmute(who, target)) },
  {
    weight: 3,
    arbitrary: fc.tuple(name, fc.integer({ min: 1, max: 5 })).map(([who, at]) => commands.expire(who, at)),
  },
  { weight: 1, arbitrary: fc.tuple(by, changes).map(([who, set]) => commands.update(who, set)) },
  { weight: 1, arbitrary: fc.constant(commands.activated) },
  { weight: 4, arbitrary: fc.constant(commands.wake) },
  { weight: 1, arbitrary: fc.option(by).map((who) => commands.view(who)) },
)
const step = fc.record({ command, waitMs: fc.integer({ min: 0, max: joinGraceMs / 2 }) })
const story = fc.record({
  steps: fc.array(step, { maxLength: 80 }),
  capacity: fc.integer({ min: 1, max: 4 }),
  closes: fc.boolean(),
})

/** Sees every event go by, and objects to a generation that comes twice. */
class SanctionWatch {
  readonly #highest = new Map<string, number>()
  readonly #lifted = new Set<string>()

  see(events: ReturnType<RoomKit['run']>['events']): void {
    for (const event of events) {
      if (event.type === 'sanction.applied') {
        const of = `${event.kind} ${event.user_id}`
        assert.ok(event.generation > (this.#highest.get(of) ?? 0), 'generations count up')
        this.#highest.set(of, event.generation)
      }
      if (event.type === 'sanction.lifted') {
        const of = `${event.kind} ${event.user_id}`
        const one = `${of}/${event.generation}`
        assert.ok(!this.#lifted.has(one), `${one} is lifted once`)
        assert.equal(event.generation, this.#highest.get(of), 'only the newest generation is lifted')
        this.#lifted.add(one)
      }
    }
  }
}

function assertConsistent(room: RoomKit): void {
  const { seats, sessions, presence, sanctions, lifted } = room.state
  for (const seat of seats.values()) {
    assert.ok(!standing(room.state, 'ban', seat.userId, room.nowMs), 'nobody who is banned has a seat')
    const isSpeaking = presence.get(seat.sessionId)?.speaking === true
    assert.ok(!isSpeaking || !muteOf(room.state, seat), 'nobody who is muted speaks')
  }
  assert.deepEqual(
    Array.from(seats.values(), (seat) => [seat.sessionId, seat.userId]).sort(),
    [...sessions.entries()].sort(),
  )
  for (const session of presence.keys()) assert.ok(sessions.has(session), 'presence belongs to a seat')
  for (const one of sanctions.keys()) assert.ok(!lifted.has(one), 'a sanction is in force or lifted')
}

test('whatever is sent to a room, its promises hold', () => {
  fc.assert(
    fc.property(story, ({ steps, capacity, closes }) => {
      const room = new RoomKit().given(commands.create({ max_participants: capacity }))
      const watch = new SanctionWatch()
      for (const { command, waitMs } of steps) {
        room.nowMs += waitMs
        const before = room.state
        const beforeText = JSON.stringify(toSnapshot(before))
        const { events } = room.run(command)
        watch.see(events)
        assertConsistent(room)
        assert.ok(room.state.seats.size <= Math.max(before.seats.size, room.state.room?.spec.max_participants ?? 0))
        assert.equal(JSON.stringify(toSnapshot(before)), beforeText, 'an older state stays as it was')
        if (command.type === 'wake') {
          assert.ok((definition.nextWakeAtMs(room.state) ?? Number.POSITIVE_INFINITY) > room.nowMs)
        }
      }
      if (closes) room.given(commands.close(as('owner')))
      const kept = toSnapshot(room.state)
      assert.deepEqual(toSnapshot(room.replayed()), kept, 'the journal tells the same room')
      const again = definition.fromSnapshot(key, JSON.parse(JSON.stringify(kept)))
      assert.deepEqual(toSnapshot(again), kept, 'the snapshot tells the same room')
      assert.deepEqual([...again.sessions], [...room.state.sessions])
    }),
    { numRuns: 300 },
  )
})

test('a seat lasts exactly as long as someone carries it, uses it or waits within the grace', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const room = new RoomKit().given(commands.create({ max_participants: 4 }))
      for (const { command, waitMs } of steps) {
        const due = definition.nextWakeAtMs(room.state)
        room.nowMs += waitMs
        if (due !== null && due <= room.nowMs) room.given(commands.wake)
        room.run(command)
        for (const seat of room.state.seats.values()) {
          const presence = room.state.presence.get(seat.sessionId)
          assert.ok(presence, 'every seat has its presence')
          assert.equal(presence.connected, presence.lapseAtMs === null)
          assert.ok(presence.lapseAtMs === null || presence.lapseAtMs > room.nowMs)
        }
      }
    }),
    { numRuns: 200 },
  )
})
