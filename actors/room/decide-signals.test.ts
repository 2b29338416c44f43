import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { candidates, firefoxOffer } from '../../test/support/call-specimens.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import { as, commands, joinGraceMs, RoomKit, session } from './room.kit.ts'

const { create, join, attach, signal, update } = commands

const withAnn = () => new RoomKit().given(create(), join('ann', 1))
const lapseAt = (room: RoomKit, number: number) => room.state.presence.get(session(number))?.lapseAtMs

describe('signaling', () => {
  test('goes to the receiver alone and keeps nothing', () => {
    const room = withAnn().given(attach('ann', 1), join('bob', 2), attach('bob', 2))
    const before = room.state
    const done = room.run(signal('ann', 1, 'bob'))
    assert.deepEqual(done.reply, { delivered_to: session(2), connected: true, dropped_candidates: 0 })
    assert.deepEqual(done.pushes, [
      {
        to: [session(2)],
        body: {
          type: 'signal',
          session_id: session(2),
          from_session: session(1),
          from_user: 'ann',
          message_type: 'offer',
          sdp: 'v=0',
        },
      },
    ])
    assert.deepEqual(done.events, [])
    assert.equal(room.state, before)
  })

  test('says when nobody carries the receiving seat', () => {
    const room = withAnn().given(join('bob', 2))
    assert.deepEqual(room.run(signal('ann', 1, 'bob')).reply, {
      delivered_to: session(2),
      connected: false,
      dropped_candidates: 0,
    })
  })

  test('keeps a seat without a connection alive', () => {
    const room = withAnn().given(join('bob', 2))
    const joinedAt = room.nowMs
    room.nowMs += 20_000
    room.given(signal('ann', 1, 'bob'))
    assert.deepEqual([lapseAt(room, 1), lapseAt(room, 2)], [room.nowMs + joinGraceMs, joinedAt + joinGraceMs])
  })

  test("from a session that is not the sender's is SESSION_NOT_FOUND", () => {
    const room = withAnn().given(join('bob', 2))
    for (const command of [signal('ann', 9, 'bob'), signal('bob', 1, 'ann')]) {
      assert.deepEqual(room.run(command).reply, { reject: 'SESSION_NOT_FOUND' })
    }
  })

  test('to a user without a seat is PARTICIPANT_NOT_FOUND', () => {
    assert.deepEqual(withAnn().run(signal('ann', 1, 'bob')).reply, { reject: 'PARTICIPANT_NOT_FOUND' })
  })
})

describe('a room that only relays', () => {
  const droppedIn = (reply: unknown) => (reply as { dropped_candidates: number }).dropped_candidates
  const relaying = () => withAnn().given(join('bob', 2), update(as('owner'), { settings: { ice_policy: 'relay' } }))
  const saying = (message: Partial<Extract<RoomCommand, { type: 'signal' }>>): RoomCommand => {
    const { sdp: _, ...about } = signal('ann', 1, 'bob') as Extract<RoomCommand, { type: 'signal' }>
    return { ...about, ...message }
  }

  test('hands on no candidate but those of TURN servers, and says how many it left out', () => {
    const room = relaying()
    const outcomes = candidates.map((candidate) => room.run(saying({ message_type: 'candidate', candidate })))
    assert.deepEqual(
      outcomes.map(({ reply }) => droppedIn(reply)),
      candidates.map((candidate) => (candidate.includes('typ relay') ? 0 : 1)),
    )
    assert.equal(outcomes.flatMap(({ pushes }) => pushes).length, 2)
  })

  test('hands descriptions on without an address of anybody', () => {
    const { reply, pushes } = relaying().run(saying({ message_type: 'offer', sdp: firefoxOffer }))
    assert.equal(droppedIn(reply), 4)
    const { sdp } = pushes[0]?.body as { sdp: string }
    assert.doesNotMatch(sdp, /192\.0\.2\.95|198\.51\.100\.176/)
  })

  test('hands on everything again once it is told to', () => {
    const room = relaying().given(update(as('owner'), { settings: {} }))
    const [candidate = ''] = candidates
    assert.equal(room.run(saying({ message_type: 'candidate', candidate })).pushes.length, 1)
  })
})
