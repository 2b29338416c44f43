import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomPush } from '../../protocol/room/view.ts'
import { as, commands, RoomKit, user, type SpecChanges } from './room.kit.ts'
import { maySendAudio } from './speech.ts'

const { create, join, attach, setFlags, mute, unmute } = commands

/** A room with Ann in it, connected. */
const withAnn = (changes: SpecChanges = {}) =>
  new RoomKit().given(create(changes), join('ann', 1), attach('ann', 1), join('owner', 2))

const speaks = (room: RoomKit, name = 'ann') =>
  room.view().participants.find((participant) => participant.user_id === name)?.speaking

describe('who may be heard', () => {
  test('is whoever has a seat and may speak', () => {
    const room = withAnn()
    assert.equal(maySendAudio(room.state, user('ann')), true)
    assert.equal(maySendAudio(room.state, user('eve')), false)
  })

  test('is nobody who is muted, until the mute is over', () => {
    const room = withAnn().given(setFlags('ann', 1, { speaking: true }), mute(as('owner'), 'ann', null))
    assert.equal(maySendAudio(room.state, user('ann')), false)
    assert.equal(speaks(room), false)
    room.given(unmute(as('owner'), 'ann'), setFlags('ann', 1, { speaking: true }))
    assert.equal(speaks(room), true)
  })

  test('is nobody whose role may not speak; the owner always may', () => {
    const room = withAnn({ permissions: { member: { deny: ['speak'] } } })
    assert.equal(maySendAudio(room.state, user('ann')), false)
    assert.equal(maySendAudio(room.state, user('owner')), true)
  })
})

describe('push to talk', () => {
  test('has only those speak who hold their key', () => {
    const room = withAnn({ settings: { push_to_talk: true } }).given(setFlags('ann', 1, { speaking: true }))
    assert.equal(speaks(room), false)
    const { pushes } = room.run(setFlags('ann', 1, { push_to_talk: true }))
    const { participant } = pushes[0]?.body as Extract<RoomPush, { type: 'presence' }>
    assert.deepEqual([participant.speaking, participant.push_to_talk], [true, true])
    room.given(setFlags('ann', 1, { push_to_talk: false }))
    assert.equal(speaks(room), false)
  })

  test('where it is not asked for changes nothing', () => {
    assert.equal(speaks(withAnn().given(setFlags('ann', 1, { speaking: true }))), true)
  })

  test('a key is let go of with the connection', () => {
    const room = withAnn({ settings: { push_to_talk: true } })
    room.given(setFlags('ann', 1, { speaking: true, push_to_talk: true }), commands.detach(1))
    assert.equal(room.view().participants[0]?.push_to_talk, false)
  })
})
