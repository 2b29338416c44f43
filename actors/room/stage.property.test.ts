import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import { as, commands, RoomKit } from './room.kit.ts'
import { toSnapshot } from './snapshot.ts'

const name = fc.constantFrom('owner', 'ann', 'bob', 'cid', 'dan', 'eve')
const seats = fc.integer({ min: 1, max: 3 })
const ownType = fc.constantFrom(
  ...(['request_to_speak', 'withdraw_request', 'accept_stage_invite', 'decline_stage_invite', 'leave_stage'] as const),
)
const otherType = fc.constantFrom(...(['invite_to_stage', 'remove_from_stage', 'grant_voice', 'revoke_voice'] as const))

const command = fc.oneof<fc.WeightedArbitrary<RoomCommand>[]>(
  {
    weight: 3,
    arbitrary: fc.tuple(name, fc.integer({ min: 1, max: 20 })).map(([who, session]) => commands.join(who, session)),
  },
  { weight: 1, arbitrary: name.map((who) => commands.leave(who)) },
  { weight: 8, arbitrary: fc.tuple(ownType, name).map(([type, who]) => commands.own(type, as(who))) },
  {
    weight: 5,
    arbitrary: fc.tuple(otherType, name, name).map(([type, by, to]) => commands.ofOther(type, as(by), to)),
  },
  {
    weight: 1,
    arbitrary: seats.map((count) => commands.update(as('owner'), { settings: { stage_seats: count } })),
  },
)

test('whatever is asked of a stage: no place too many, nobody in two, none without a seat, and the queue keeps its order', () => {
  fc.assert(
    fc.property(seats, fc.array(command, { maxLength: 80 }), (count, steps) => {
      const room = new RoomKit().given(
        commands.create({ room_type: 'announcement', max_participants: 10, settings: { stage_seats: count } }),
      )
      for (const step of steps) {
        const before = room.state.stage
        const allowed = Number(room.state.room?.spec.settings['stage_seats'])
        room.run(step)
        const { speakers, queue, invited } = room.state.stage
        assert.ok(speakers.size <= Math.max(before.speakers.size, allowed), 'places')
        const everyone = [...speakers, ...queue, ...invited]
        assert.equal(new Set(everyone).size, everyone.length, 'nobody is in two places')
        for (const user of [...everyone, ...room.state.voices]) assert.ok(room.state.seats.has(user), 'all have seats')
        const stayed = [...before.queue].filter((user) => queue.has(user))
        assert.deepEqual([...queue].slice(0, stayed.length), stayed, 'whoever waited before stays ahead')
      }
      assert.deepEqual(toSnapshot(room.replayed()), toSnapshot(room.state))
    }),
    { numRuns: 300 },
  )
})
