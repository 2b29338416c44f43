import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomId } from '../../protocol/ids.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { JoinReply } from '../../protocol/room/replies.ts'
import { broadcastersMax } from '../../protocol/room/transmit.ts'
import { as, commands, definition, key, RoomKit, roomId, session, user, type SpecChanges } from './room.kit.ts'

const { create, join, attach, mute, update, setFlags, leave } = commands
const parent = '11111111-2222-4333-8444-555555555555' as RoomId
const elsewhere = '11111111-2222-4333-8444-666666666666' as RoomId

const speakFrom = (name: string, number: number, from: RoomId | null = parent, by = as(name)): RoomCommand => ({
  ...(join(name, number, { by }) as Extract<RoomCommand, { type: 'join' }>),
  ...(from === null ? {} : { speaks_from: from }),
})
const transmit = (name: string, number: number, to: 'room' | 'none'): RoomCommand => ({
  ...{ type: 'set_transmit', by: as(name), session_id: session(number), transmit: { to } },
})
const attachFrom = (name: string, number: number): RoomCommand => ({
  ...(attach(name, number) as Extract<RoomCommand, { type: 'attach' }>),
  speaks_from: parent,
})
const check = (name: string, number: number): RoomCommand => ({
  ...{ type: 'check_broadcast', by: as(name), session_id: session(number) },
})
const linked = (changes: SpecChanges = {}) => new RoomKit().given(create({ parent_room_id: parent, ...changes }))
const seatOf = (room: RoomKit, name: string) => room.view().participants.find(({ user_id: id }) => id === name)

describe('a room that is linked to another one', () => {
  test('takes somebody who speaks from there, private, full and locked as it may be, and counts them for nothing', () => {
    const room = linked({ max_participants: 1, is_private: true, password_hash: 'h' }).given(
      join('ann', 1, { hash: 'h', by: as('ann', 'service') }),
    )
    const { reply } = room.run(speakFrom('lea', 2))
    assert.equal((reply as JoinReply).session_id, session(2))
    assert.equal(room.view().room.current_participants, 1)
    assert.equal(seatOf(room, 'lea')?.speaks_from, parent)
    assert.equal(seatOf(room, 'ann')?.speaks_from, null)
    assert.deepEqual(room.run(join('bob', 3, { by: as('bob', 'service') })).reply, { reject: 'ROOM_FULL' })
  })

  test('does not take them from any other room, nor for somebody else; a private one does not even show itself', () => {
    assert.deepEqual(linked().run(speakFrom('lea', 1, elsewhere)).reply, { reject: 'ROOM_NOT_LINKED' })
    assert.deepEqual(linked({ is_private: true }).run(speakFrom('lea', 1, elsewhere)).reply, {
      reject: 'ROOM_NOT_FOUND',
    })
    assert.deepEqual(linked({ parent_room_id: null }).run(speakFrom('lea', 1)).reply, { reject: 'ROOM_NOT_LINKED' })
    assert.deepEqual(linked().run(speakFrom('lea', 1, parent, as('eve'))).reply, { reject: 'ACTING_USER_MISMATCH' })
  })

  test('hears them only once they say that they speak here too', () => {
    const room = linked().given(join('ann', 1), speakFrom('lea', 2), attachFrom('lea', 2))
    room.given(setFlags('lea', 2, { speaking: true }))
    assert.deepEqual([seatOf(room, 'lea')?.transmits, seatOf(room, 'lea')?.speaking], ['none', false])
    room.given(transmit('lea', 2, 'room'))
    assert.deepEqual([seatOf(room, 'lea')?.transmits, seatOf(room, 'lea')?.speaking], ['room', true])
  })

  test('hears them though its own people may not speak, and not once a moderator of its own has muted them', () => {
    const room = linked({ is_moderated: true, permissions: { member: { deny: ['speak'] } } }).given(
      speakFrom('lea', 2),
      attachFrom('lea', 2),
      transmit('lea', 2, 'room'),
      setFlags('lea', 2, { speaking: true }),
    )
    assert.equal(seatOf(room, 'lea')?.speaking, true)
    room.given(mute(as('owner'), 'lea', null))
    assert.equal(seatOf(room, 'lea')?.speaking, false)
  })

  test('refuses whoever is banned from it', () => {
    const room = linked().given(commands.sanction(as('owner'), 'ban', 'lea'))
    assert.equal((room.run(speakFrom('lea', 1)).reply as { reject: string }).reject, 'BANNED')
  })

  test('takes so many of them and no more', () => {
    const room = linked()
    for (let number = 1; number <= broadcastersMax; number += 1) room.given(speakFrom(`lea-${number}`, number))
    assert.deepEqual(room.run(speakFrom('lea', 99)).reply, { reject: 'ROOM_FULL' })
    room.given(leave('lea-1', 1)).given(speakFrom('lea', 99))
    assert.equal(room.view().participants.length, broadcastersMax)
  })

  test('gives no second seat to who is there; who comes to stay takes a place, in the stead of the other seat', () => {
    const room = linked({ max_participants: 1 }).given(join('ann', 1))
    assert.deepEqual(room.run(speakFrom('ann', 2)).reply, {
      reject: 'ALREADY_IN_ROOM',
      data: { session_id: session(1) },
    })
    room.given(leave('ann', 1), speakFrom('lea', 3), join('bob', 4))
    assert.deepEqual(room.run(join('lea', 5)).reply, { reject: 'ROOM_FULL' })
    room.given(leave('bob', 4), join('lea', 5))
    assert.equal(seatOf(room, 'lea')?.speaks_from, null)
    assert.equal(room.view().room.current_participants, 1)
  })

  test('shows itself to them and lets them go, private as it is, and gives them no way to stay, nor any right of its people', () => {
    const room = linked({ is_private: true }).given(join('ann', 1, { by: as('ann', 'service') }), speakFrom('lea', 2))
    assert.equal('reject' in (room.run(commands.view(as('lea'))).reply as object), false)
    assert.deepEqual(room.run(join('lea', 3)).reply, { reject: 'ROOM_NOT_FOUND' })
    const whisper: RoomCommand = {
      ...{
        type: 'set_transmit',
        by: as('lea'),
        session_id: session(2),
        transmit: { to: 'whisper', users: [user('ann')] },
      },
    }
    assert.deepEqual(room.run(whisper).reply, { reject: 'FORBIDDEN' })
    assert.equal('reject' in (room.run(leave('lea', 2)).reply as object), false)
    assert.deepEqual(room.run(commands.view(as('lea'))).reply, { reject: 'ROOM_NOT_FOUND' })
  })

  test('loses them as soon as it is linked elsewhere, and tells them why', () => {
    const room = linked().given(join('ann', 1), speakFrom('lea', 2))
    const { events, pushes } = room.run(update(as('owner'), { parent_room_id: elsewhere }))
    assert.deepEqual(
      events.map((event) => event.type),
      ['room.updated', 'participant.left'],
    )
    assert.deepEqual(pushes, [
      { to: [session(2)], body: { type: 'session_ended', session_id: session(2), reason: 'unlinked' } },
    ])
    assert.equal(seatOf(room, 'lea'), undefined)
  })

  test('keeps their seats apart from the others over a snapshot, and is attached to only as what they are', () => {
    const room = linked().given(join('ann', 1), speakFrom('lea', 2))
    const again = definition.fromSnapshot(key, JSON.parse(JSON.stringify(definition.toSnapshot(room.state))))
    assert.deepEqual([...again.broadcasters], [user('lea')])
    assert.equal(again.seats.get(user('lea'))?.speaksFrom, parent)
    assert.deepEqual(room.run(attach('lea', 2)).reply, { reject: 'SESSION_NOT_FOUND' })
    assert.equal('reject' in (room.run(attachFrom('lea', 2)).reply as object), false)
  })

  test('is empty when nobody else is there', () => {
    const room = linked({ is_temporary: true }).given(join('ann', 1), speakFrom('lea', 2), leave('ann', 1))
    assert.notEqual(room.state.end.atMs, null)
  })

  test('is never linked to itself', () => {
    assert.equal(
      (new RoomKit().run(create({ parent_room_id: roomId })).reply as { reject: string }).reject,
      'VALIDATION_FAILED',
    )
  })
})

describe('speaking from a room into others', () => {
  test('is for those whose role allows it, with a seat and no mute', () => {
    const room = new RoomKit().given(create(), join('owner', 1), join('ann', 2))
    assert.equal(room.run(check('owner', 1)).reply, null)
    assert.deepEqual(room.run(check('ann', 2)).reply, { reject: 'FORBIDDEN' })
    assert.deepEqual(room.run(check('owner', 2)).reply, { reject: 'SESSION_NOT_FOUND' })
    room.given(mute(as('eve', 'admin'), 'owner', null))
    assert.deepEqual(room.run(check('owner', 1)).reply, { reject: 'FORBIDDEN' })
  })

  test('is lost with the role, and given by the room to others', () => {
    const room = new RoomKit().given(create({ permissions: { member: { allow: ['broadcast'] } } }), join('ann', 2))
    assert.equal(room.run(check('ann', 2)).reply, null)
    room.given(update(as('owner'), { permissions: {} }))
    assert.deepEqual(room.run(check('ann', 2)).reply, { reject: 'FORBIDDEN' })
  })

  test('does not lead on from a room into which one only speaks', () => {
    const room = linked({ permissions: { member: { allow: ['broadcast'] } } }).given(speakFrom('lea', 2))
    assert.deepEqual(room.run(check('lea', 2)).reply, { reject: 'FORBIDDEN' })
  })
})
