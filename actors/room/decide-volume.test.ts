import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { RoomSnapshotView } from '../../protocol/room/view.ts'
import { volumesMax } from '../../protocol/room/volume.ts'
import { as, commands, definition, RoomKit, session, user } from './room.kit.ts'

const setVolume = (name: string, number: number, target: string, volume: number): RoomCommand => ({
  type: 'set_volume',
  user_id: user(name),
  session_id: session(number),
  target_user_id: user(target),
  volume,
})
const pair = (permissions = {}) =>
  new RoomKit().given(
    commands.create({ permissions }),
    ...['ann', 'bob'].flatMap((name, index) => [commands.join(name, index + 1), commands.attach(name, index + 1)]),
  )
const volumesOf = (room: RoomKit, number: number) =>
  (definition.welcome(room.state, session(number)) as RoomSnapshotView).volumes

test('a volume is the listener’s alone: nobody is told, and nobody else is shown it', () => {
  const room = pair()
  const { pushes, events } = room.run(setVolume('ann', 1, 'bob', 150))
  assert.deepEqual([pushes, events], [[], []])
  assert.deepEqual(volumesOf(room, 1), [{ user_id: 'bob', volume: 150 }])
  assert.deepEqual([volumesOf(room, 2), room.view().volumes], [[], []])
  room.given(setVolume('ann', 1, 'bob', 100))
  assert.deepEqual(volumesOf(room, 1), [])
})

test('it outlives a lost connection and, told by the gateway, the owner of the room; and it is for whoever comes later, too', () => {
  const room = pair().given(setVolume('ann', 1, 'bob', 0), setVolume('ann', 1, 'cid', 30))
  room.given(commands.detach(1), commands.attach('ann', 1))
  assert.equal(volumesOf(room, 1).length, 2)
  room.state = room.replayed()
  room.given({ ...commands.attach('ann', 1), volumes: [{ user_id: user('bob'), volume: 0 }] } as never)
  assert.deepEqual(volumesOf(room, 1), [{ user_id: 'bob', volume: 0 }])
})

test('volumes are bounded, and of one’s own seat', () => {
  const room = pair()
  for (let index = 0; index < volumesMax; index += 1) room.given(setVolume('ann', 1, `u${index}`, 50))
  assert.deepEqual(room.run(setVolume('ann', 1, 'bob', 50)).reply, {
    reject: 'TOO_MANY_VOLUMES',
    data: { limit: volumesMax },
  })
  room.given(setVolume('ann', 1, 'u0', 20))
  assert.deepEqual(room.run(setVolume('ann', 2, 'bob', 50)).reply, { reject: 'SESSION_NOT_FOUND' })
})

test('priority is for those whom the room lets, and ends with the connection', () => {
  const room = pair({ member: { allow: ['priority_speaker'] } })
  room.given(commands.setFlags('ann', 1, { priority: true, speaking: true }))
  const ann = () => room.view().participants[0]
  assert.deepEqual([ann()?.priority, ann()?.speaking], [true, true])
  room.given(commands.update(as('owner'), { permissions: {} }))
  assert.equal(ann()?.priority, false)
  assert.deepEqual(room.run(commands.setFlags('ann', 1, { priority: true })).reply, { reject: 'FORBIDDEN' })
  room.given(commands.update(as('owner'), { permissions: { member: { allow: ['priority_speaker'] } } }))
  room.given(commands.detach(1), commands.attach('ann', 1))
  assert.equal(ann()?.priority, false)
  assert.deepEqual(pair().run(commands.setFlags('bob', 2, { priority: true })).reply, { reject: 'FORBIDDEN' })
})

test('a hand is raised by those whom the room lets', () => {
  const room = pair({ member: { deny: ['raise_hand'] } })
  assert.deepEqual(room.run(commands.setFlags('ann', 1, { hand_raised: true })).reply, { reject: 'FORBIDDEN' })
  room.given(commands.setFlags('ann', 1, { hand_raised: false }), commands.attach('ann', 1, { hand_raised: true }))
  assert.equal(room.view().participants[0]?.hand_raised, false, 'nor by an attach')
})
