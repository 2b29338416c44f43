import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionId, UserId } from '../../../protocol/ids.ts'
import type { ParticipantView, RoomView } from '../../../protocol/room/view.ts'
import { isPlayed, isSpokenTo } from './hearing.js'
import { emptyRoster } from './roster.js'

const group = { room_type: 'group', is_moderated: false, effective_settings: { push_to_talk: false } } as RoomView
const byKey = { ...group, effective_settings: { ...group.effective_settings, push_to_talk: true } }
const hall = { ...group, room_type: 'announcement' as const }
const moderated = { ...group, is_moderated: true }

const person = (name: string, more: Partial<ParticipantView> = {}) =>
  ({
    ...{ session_id: name as SessionId, user_id: name as UserId, role: 'member', is_muted: false, is_deafened: false },
    ...{ on_stage: false, has_voice: false, push_to_talk: false },
    ...more,
  }) as ParticipantView

const inRoom = (room: RoomView, ...people: ParticipantView[]) => ({
  ...emptyRoster,
  room,
  participants: new Map(people.map((one) => [one.session_id, one])),
})
const plays = (room: RoomView, ann: Partial<ParticipantView>, bob: Partial<ParticipantView>) =>
  isPlayed(inRoom(room, person('ann', ann), person('bob', bob)), 'ann', 'bob')
const sends = (room: RoomView, ann: Partial<ParticipantView>, bob: Partial<ParticipantView>) =>
  isSpokenTo(inRoom(room, person('ann', ann), person('bob', bob)), 'ann', 'bob')

describe('a listener', () => {
  test('plays everybody in a common room, but not whom the room muted', () => {
    assert.equal(plays(group, {}, {}), true)
    assert.equal(plays(group, {}, { is_muted: true }), false)
    assert.equal(plays(group, { is_muted: true }, {}), true)
  })

  test('plays nobody while deafened', () => {
    assert.equal(plays(group, { is_deafened: true }, {}), false)
  })

  test('plays only who is on stage, or was given a voice, whatever else comes in', () => {
    assert.deepEqual([plays(hall, {}, {}), plays(hall, {}, { on_stage: true })], [false, true])
    assert.deepEqual([plays(moderated, {}, {}), plays(moderated, {}, { has_voice: true })], [false, true])
  })

  test('plays only who holds the key, where the room asks for one', () => {
    assert.deepEqual([plays(byKey, {}, {}), plays(byKey, {}, { push_to_talk: true })], [false, true])
  })

  test('plays nothing of somebody who speaks elsewhere, and a whisper to oneself', () => {
    const played = (['room', 'whisper', 'none'] as const).map((transmits) => plays(group, {}, { transmits }))
    assert.deepEqual(played, [true, true, false])
  })

  test('plays nobody whose seat it does not know', () => {
    assert.equal(isPlayed(inRoom(group, person('ann')), 'ann', 'eve'), false)
  })
})

describe('a speaker', () => {
  test('sends to those alone whom the microphone is for', () => {
    const room = inRoom(group, person('ann'), person('bob'))
    assert.equal(
      isSpokenTo(room, 'ann', 'bob', (user) => user === 'bob'),
      true,
    )
    assert.equal(
      isSpokenTo(room, 'ann', 'bob', (user) => user === 'cid'),
      false,
    )
  })

  test('sends to everybody, but not to the deafened', () => {
    assert.equal(sends(group, {}, {}), true)
    assert.equal(sends(group, {}, { is_deafened: true }), false)
  })

  test('sends to nobody while muted, off the stage or without a voice', () => {
    assert.equal(sends(group, { is_muted: true }, {}), false)
    assert.deepEqual([sends(hall, {}, {}), sends(hall, { on_stage: true }, {})], [false, true])
    assert.deepEqual([sends(moderated, {}, {}), sends(moderated, { role: 'moderator' }, {})], [false, true])
  })

  test('has its key to talk at the microphone, so that the first syllable does not wait for the room', () => {
    assert.equal(sends(byKey, { push_to_talk: false }, {}), true)
  })
})
