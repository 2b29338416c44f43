import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { Transmit } from '../../protocol/room/transmit.ts'
import type { ParticipantView, RoomSnapshotView } from '../../protocol/room/view.ts'
import { as, commands, definition, RoomKit, session, user, type Outcome } from './room.kit.ts'

const transmit = (name: string, number: number, to: Transmit['to'], ...users: string[]): RoomCommand => ({
  type: 'set_transmit',
  by: as(name),
  session_id: session(number),
  transmit: users.length > 0 ? { to, users: users.map(user) } : { to },
})

/** Ann, Bob and Cid in a room, connected, Ann speaking. */
const trio = (permissions = {}) =>
  new RoomKit().given(
    commands.create({ max_participants: 9, permissions }),
    ...['ann', 'bob', 'cid'].flatMap((name, index) => [
      commands.join(name, index + 1),
      commands.attach(name, index + 1, name === 'ann' ? { speaking: true } : {}),
    ]),
  )

/** What that session sees of Ann, having heard the pushes in order. */
function heardBy(number: number, { pushes }: Outcome): ParticipantView | undefined {
  const mine = pushes.filter(({ to }) => to === 'all' || to.includes(session(number)))
  return (mine.at(-1)?.body as { participant: ParticipantView } | undefined)?.participant
}

const annIn = (snapshot: unknown) =>
  (snapshot as RoomSnapshotView).participants.find(({ user_id: id }) => id === user('ann'))

test('whoever speaks in another room is shown as silent, and is heard again when they come back', () => {
  const room = trio()
  assert.deepEqual(
    [heardBy(2, room.run(transmit('ann', 1, 'none')))].map((ann) => [ann?.transmits, ann?.speaking]),
    [['none', false]],
  )
  const back = heardBy(2, room.run(transmit('ann', 1, 'room')))
  assert.deepEqual([back?.transmits, back?.speaking], ['room', true])
  assert.equal(room.run(transmit('ann', 1, 'room')).pushes.length, 0, 'said again, told nobody')
})

test('a whisper is told to those who hear it, and to the whisperer, and to nobody else', () => {
  const room = trio()
  const outcome = room.run(transmit('ann', 1, 'whisper', 'bob'))
  assert.deepEqual([heardBy(1, outcome)?.transmits, heardBy(1, outcome)?.speaking], ['whisper', true])
  assert.deepEqual([heardBy(2, outcome)?.transmits, heardBy(2, outcome)?.speaking], ['whisper', true])
  assert.deepEqual([heardBy(3, outcome)?.transmits, heardBy(3, outcome)?.speaking], ['none', false])
  assert.ok(!JSON.stringify(outcome.pushes).includes('users'), 'nobody learns who else hears it')
  const flags = room.run(commands.setFlags('ann', 1, { speaking: false, hand_raised: true }))
  assert.equal(heardBy(2, flags)?.transmits, 'whisper')
  assert.equal(heardBy(3, flags)?.transmits, 'none')
})

test('whoever attaches, or reads the room, sees a whisper as they may', () => {
  const room = trio().given(transmit('ann', 1, 'whisper', 'bob'))
  assert.equal(annIn(definition.welcome(room.state, session(2)))?.transmits, 'whisper')
  assert.equal(annIn(definition.welcome(room.state, session(3)))?.transmits, 'none')
  const beside = (number: number) => definition.beside?.(room.state, session(number)) as ParticipantView[]
  assert.equal(beside(2)[0]?.transmits, 'whisper')
  assert.equal(beside(3)[0]?.transmits, 'none')
  assert.equal(annIn(room.view())?.transmits, 'none')
})

test('another list takes the first one’s people out', () => {
  const room = trio().given(transmit('ann', 1, 'whisper', 'bob'))
  const outcome = room.run(transmit('ann', 1, 'whisper', 'cid'))
  assert.equal(heardBy(2, outcome)?.transmits, 'none')
  assert.equal(heardBy(3, outcome)?.transmits, 'whisper')
})

test('whispering needs its permission, and people who are there', () => {
  const denied = trio({ member: { deny: ['whisper'] } })
  assert.deepEqual(denied.run(transmit('ann', 1, 'whisper', 'bob')).reply, { reject: 'FORBIDDEN' })
  assert.equal(annIn(denied.view())?.transmits, 'room')
  assert.deepEqual(trio().run(transmit('ann', 1, 'whisper', 'bob', 'eve')).reply, {
    reject: 'PARTICIPANT_NOT_FOUND',
    data: { user_ids: ['eve'] },
  })
  assert.deepEqual(trio().run(transmit('bob', 1, 'none')).reply, { reject: 'SESSION_NOT_FOUND' })
})

test('the muted whisper to nobody', () => {
  const room = trio().given(commands.mute(as('owner'), 'ann', 60))
  assert.equal(heardBy(2, room.run(transmit('ann', 1, 'whisper', 'bob')))?.speaking, false)
})

test('a new owner learns it from the gateway, and another connection leaves it as it was', () => {
  const room = trio().given(transmit('ann', 1, 'whisper', 'bob'))
  room.given(commands.attach('ann', 1))
  assert.equal(annIn(definition.welcome(room.state, session(2)))?.transmits, 'whisper')
  room.state = room.replayed()
  room.given(commands.activated, {
    ...commands.attach('ann', 1),
    transmit: { to: 'whisper', users: [user('bob')] },
  } as never)
  assert.equal(annIn(definition.welcome(room.state, session(2)))?.transmits, 'whisper')
  assert.equal(annIn(definition.welcome(room.state, session(3)))?.transmits, 'none')
})

test('whispers make nobody a speaker for whom a large room moves links', () => {
  const room = trio().given(transmit('ann', 1, 'whisper', 'bob'))
  assert.equal(
    room.view().participants.find(({ speaking }) => speaking),
    undefined,
  )
})
