import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stageQueueMax } from '../../protocol/room/stage.ts'
import { as, commands, definition, key, RoomKit, user, type SpecChanges } from './room.kit.ts'
import { maySendAudio } from './speech.ts'

const { create, join, leave, own, ofOther, setRole, update } = commands

/** An announcement with two places on stage, its owner, a moderator and three listeners. */
const hall = (changes: SpecChanges = {}) =>
  new RoomKit().given(
    create({ room_type: 'announcement', max_participants: 1_000, settings: { stage_seats: 2 }, ...changes }),
    setRole(as('owner'), 'mod', 'moderator'),
    ...['owner', 'mod', 'ann', 'bob', 'cid'].map((name, index) => join(name, index + 1)),
  )
const ask = (name: string) => own('request_to_speak', as(name))
const stageOf = (room: RoomKit) => room.view().stage
const refusal = (room: RoomKit, command: ReturnType<typeof ask>) =>
  (room.run(command).reply as { readonly reject?: string }).reject

describe('a stage', () => {
  test('is empty at first, and nobody is heard who is not on it', () => {
    const room = hall()
    assert.deepEqual(stageOf(room), { seats: 2, speakers: [], queue: [], invited: [] })
    assert.equal(maySendAudio(room.state, user('owner')), false)
    room.given(ask('owner'))
    assert.equal(maySendAudio(room.state, user('owner')), true)
    assert.equal(room.view().participants[0]?.on_stage, true)
  })

  test('is open to those who manage it, while a place is free', () => {
    const room = hall().given(ask('owner'), ask('mod'))
    assert.deepEqual(stageOf(room)?.speakers, ['owner', 'mod'])
    room.given(own('leave_stage', as('owner')), ask('ann'), ofOther('invite_to_stage', as('mod'), 'ann'))
    assert.equal(refusal(room, ask('owner')), 'STAGE_FULL')
  })

  test('has a queue in the order of asking; asking twice keeps the place', () => {
    const room = hall().given(ask('ann'), ask('bob'))
    assert.deepEqual(room.run(ask('ann')).reply, { user_id: 'ann', place: 'queue', position: 1 })
    assert.deepEqual(room.run(ask('cid')).reply, { user_id: 'cid', place: 'queue', position: 3 })
    room.given(own('withdraw_request', as('ann')), ask('ann'))
    assert.deepEqual(stageOf(room)?.queue, ['bob', 'cid', 'ann'])
  })

  test('takes who asked at once when a moderator invites them; whoever did not ask has to accept', () => {
    const room = hall().given(ask('ann'), ofOther('invite_to_stage', as('mod'), 'ann'))
    assert.deepEqual(stageOf(room)?.speakers, ['ann'])
    const invited = room.run(ofOther('invite_to_stage', as('mod'), 'bob'))
    assert.deepEqual(invited.published, [{ type: 'stage.moved', user_id: 'bob', to: 'invited' }])
    assert.deepEqual(stageOf(room)?.speakers, ['ann'])
    room.given(own('accept_stage_invite', as('bob')))
    assert.deepEqual(stageOf(room), { seats: 2, speakers: ['ann', 'bob'], queue: [], invited: [] })
  })

  test('has as many places as the room says, for whoever comes which way', () => {
    const room = hall().given(ask('owner'), ofOther('invite_to_stage', as('mod'), 'ann'), ask('mod'), ask('bob'))
    assert.equal(refusal(room, own('accept_stage_invite', as('ann'))), 'STAGE_FULL')
    assert.equal(refusal(room, ofOther('invite_to_stage', as('mod'), 'bob')), 'STAGE_FULL')
    assert.deepEqual(stageOf(room)?.invited, ['ann'], 'the invitation stands')
    room.given(update(as('owner'), { settings: { stage_seats: 1 } }))
    assert.equal(stageOf(room)?.speakers.length, 2, 'nobody is taken off by fewer places')
  })

  test('is left by leaving it, by being taken off, and with the seat; a replaced seat keeps the place', () => {
    const room = hall().given(ask('owner'), ask('ann'), ask('bob'), ofOther('invite_to_stage', as('owner'), 'ann'))
    room.given(join('ann', 20), join('bob', 21))
    assert.deepEqual(stageOf(room), { seats: 2, speakers: ['owner', 'ann'], queue: ['bob'], invited: [] })
    room.given(ofOther('remove_from_stage', as('mod'), 'ann'), own('leave_stage', as('owner')), leave('bob'))
    assert.deepEqual(stageOf(room), { seats: 2, speakers: [], queue: [], invited: [] })
  })

  test('refuses what does not fit where somebody is', () => {
    const room = hall()
    for (const [type, code] of [
      ['withdraw_request', 'NOT_IN_QUEUE'],
      ['accept_stage_invite', 'NOT_INVITED'],
      ['decline_stage_invite', 'NOT_INVITED'],
      ['leave_stage', 'NOT_ON_STAGE'],
    ] as const) {
      assert.equal(refusal(room, own(type, as('ann'))), code)
    }
    assert.equal(refusal(room, ofOther('remove_from_stage', as('mod'), 'ann')), 'NOT_ON_STAGE')
    assert.equal(refusal(room, ask('eve')), 'PARTICIPANT_NOT_FOUND')
    assert.equal(refusal(room, ofOther('invite_to_stage', as('mod'), 'eve')), 'PARTICIPANT_NOT_FOUND')
  })

  test('is managed by those whose role may, and not over their own rank', () => {
    const room = hall().given(ask('owner'))
    assert.equal(refusal(room, ofOther('invite_to_stage', as('ann'), 'bob')), 'FORBIDDEN')
    assert.equal(refusal(room, ofOther('remove_from_stage', as('mod'), 'owner')), 'FORBIDDEN')
    const silent = hall({ permissions: { member: { deny: ['request_to_speak'] } } })
    assert.equal(refusal(silent, ask('ann')), 'FORBIDDEN')
  })

  test('has a bounded queue', () => {
    const room = hall()
    for (let index = 0; index < stageQueueMax; index += 1) room.given(join(`u${index}`, 100 + index), ask(`u${index}`))
    assert.deepEqual(room.run(ask('ann')).reply, { reject: 'QUEUE_FULL', data: { limit: stageQueueMax } })
  })

  test('outlives its owner: journal and snapshot tell the same stage', () => {
    const room = hall().given(ask('owner'), ask('ann'), ask('bob'), ofOther('invite_to_stage', as('mod'), 'cid'))
    const again = definition.fromSnapshot(key, JSON.parse(JSON.stringify(definition.toSnapshot(room.state))))
    assert.deepEqual(again.stage, room.state.stage)
    assert.deepEqual(room.replayed().stage, room.state.stage)
  })

  test('is only in rooms of a type that has one', () => {
    const room = new RoomKit().given(create(), join('ann', 1))
    assert.equal(refusal(room, ask('ann')), 'NO_STAGE')
    assert.equal(room.view().stage, null)
  })
})

describe('a moderated room', () => {
  const moderated = () => new RoomKit().given(create({ is_moderated: true }), join('owner', 1), join('ann', 2))

  test('hears who manages it, and whom a moderator gave a voice', () => {
    const room = moderated()
    assert.equal(maySendAudio(room.state, user('owner')), true)
    assert.equal(maySendAudio(room.state, user('ann')), false)
    const { published } = room.run(ofOther('grant_voice', as('owner'), 'ann'))
    assert.deepEqual(published, [{ type: 'voice.changed', user_id: 'ann', has_voice: true }])
    assert.equal(maySendAudio(room.state, user('ann')), true)
    room.given(ofOther('revoke_voice', as('owner'), 'ann'))
    assert.equal(maySendAudio(room.state, user('ann')), false)
  })

  test('forgets a voice with the seat, and keeps it over a replaced one', () => {
    const room = moderated().given(ofOther('grant_voice', as('owner'), 'ann'), join('ann', 3))
    assert.equal(maySendAudio(room.state, user('ann')), true)
    room.given(leave('ann'), join('ann', 4))
    assert.equal(maySendAudio(room.state, user('ann')), false)
  })

  test('has voices given by those who may, and to those who are there', () => {
    const room = moderated()
    assert.equal(refusal(room, ofOther('grant_voice', as('ann'), 'owner')), 'FORBIDDEN')
    assert.equal(refusal(room, ofOther('grant_voice', as('owner'), 'eve')), 'PARTICIPANT_NOT_FOUND')
    assert.deepEqual(
      room.given(ofOther('grant_voice', as('owner'), 'ann')).run(ofOther('grant_voice', as('owner'), 'ann')).events,
      [],
    )
  })
})
