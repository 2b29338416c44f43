import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import { as, commands, definition, key, roomId, RoomKit, type SpecChanges } from './room.kit.ts'

const { create, join, leave, update, close, sanction } = commands
const owner = as('owner')

/** What the workflow of the room's end is told of a command: generation, time from now in ms, whether it warns, how long it is held. */
const told = (room: RoomKit, command: RoomCommand) =>
  room.run(command).writes.flatMap((write) => {
    if (write.write !== 'outbox' || write.message.kind !== 'room_end.set') return []
    assert.equal(write.key, `room-expiry:${roomId}`)
    const { generation, atMs, warns } = write.message
    return [[generation, atMs === null ? null : atMs - room.nowMs, warns, write.holdMs ?? 0]]
  })
const endingIn = (room: RoomKit, ms: number): SpecChanges => ({ scheduled_end_at_ms: room.nowMs + ms })

describe('the workflow of the end of a room', () => {
  test('hears of a scheduled end at once, of every change of it by a higher generation, and when it is taken away', () => {
    const room = new RoomKit()
    assert.deepEqual(told(room, create(endingIn(room, 10_000))), [[1, 10_000, true, 0]])
    assert.deepEqual(told(room, update(owner, { name: 'another' })), [])
    assert.deepEqual(told(room, update(owner, endingIn(room, 20_000))), [[2, 20_000, true, 0]])
    assert.deepEqual(told(room, join('ann', 1)), [])
    assert.deepEqual(told(room, update(owner, { scheduled_end_at_ms: null })), [[3, null, false, 0]])
    assert.deepEqual(told(room, close(owner)), [])
  })

  test('hears of an empty room a while later, and that somebody is there at once', () => {
    const room = new RoomKit()
    const temporary: SpecChanges = { is_temporary: true, settings: { empty_timeout_s: 600 } }
    assert.deepEqual(told(room, create(temporary)), [[1, 600_000, false, 30_000]])
    assert.deepEqual(told(room, join('ann', 1)), [[2, null, false, 0]])
    assert.deepEqual(told(room, leave('ann')), [[3, 600_000, false, 30_000]])
    assert.deepEqual(told(room, update(owner, { settings: { empty_timeout_s: 10 } })), [[4, 10_000, false, 5_000]])
  })

  test('hears of a closing, unless it was its own', () => {
    const room = new RoomKit()
    room.given(create(endingIn(room, 10_000)))
    assert.deepEqual(told(room, close(owner)), [[2, null, false, 0]])
    const own = new RoomKit()
    own.given(create(endingIn(own, 10_000)))
    own.nowMs += 10_000
    assert.deepEqual(told(own, { type: 'expire_room', clock: 'workflow' }), [])
    assert.equal(own.view().room.status, 'closed')
  })

  test('is told by the same generations after a snapshot, and by a room of an older version too', () => {
    const room = new RoomKit()
    room.given(create(endingIn(room, 10_000)), update(owner, endingIn(room, 20_000)))
    const kept = definition.toSnapshot(room.state) as Record<string, unknown>
    room.state = definition.fromSnapshot(key, JSON.parse(JSON.stringify(kept)))
    assert.deepEqual(told(room, update(owner, endingIn(room, 30_000))), [[3, 30_000, true, 0]])
    const { end: _, ...older } = kept
    room.state = definition.fromSnapshot(key, JSON.parse(JSON.stringify(older)))
    assert.deepEqual(told(room, join('ann', 1)), [[1, 20_000, true, 0]])
  })

  test('warns those in the room, once, whoever else has done so', () => {
    const room = new RoomKit()
    room.given(create(endingIn(room, 60_000)), join('ann', 1), commands.attach('ann', 1))
    const warnings = (command: RoomCommand) => room.run(command).pushes.length
    assert.deepEqual(
      [warnings({ type: 'warn_room' }), warnings({ type: 'warn_room' }), warnings(commands.wake)],
      [1, 0, 0],
    )
  })
})

test('a closed room leaves no sanction standing that a clock would wait for', () => {
  const room = new RoomKit().given(create(), sanction(owner, 'mute', 'eve', 60), sanction(owner, 'ban', 'bob', null))
  const { writes } = room.run(close(owner))
  assert.deepEqual(
    writes.flatMap((write) =>
      write.write === 'sanction.lifted' ? [[write.userId, write.generation, write.cause]] : [],
    ),
    [['eve', 1, 'room_closed']],
  )
})
