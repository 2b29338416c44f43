import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { RoomPush } from '../../protocol/room/view.ts'
import { as, commands, definition, RoomKit, session, type SpecChanges } from './room.kit.ts'

const { create, join, attach, leave, update, wake } = commands
const expire: RoomCommand = { type: 'expire_room', clock: 'sweep' }
const temporary: SpecChanges = { is_temporary: true, settings: { empty_timeout_s: 60 } }
const bodies = (room: RoomKit, command: RoomCommand) => room.run(command).pushes.map(({ body }) => body as RoomPush)
const closing = (room: RoomKit, command: RoomCommand) => {
  const [event] = room.run(command).events
  return event?.type === 'room.closed' ? [event.cause, event.clock, event.by] : event
}
const closesAtMs = (room: RoomKit, command: RoomCommand) =>
  room.run(command).writes.flatMap((write) => ('closesAtMs' in write ? [write.closesAtMs] : []))

describe('a temporary room', () => {
  test('closes when it was empty for its time, counted from the last one who left', () => {
    const room = new RoomKit().given(create(temporary), join('ann', 1))
    room.nowMs += 3_600_000
    room.given(attach('ann', 1), leave('ann'))
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + 60_000)
    room.nowMs += 59_999
    assert.deepEqual(room.run(wake).events, [])
    room.nowMs += 1
    assert.deepEqual(closing(room, wake), ['empty', 'actor', 'system'])
    assert.equal(room.view().room.status, 'closed')
  })

  test('stays while somebody is in it, and tells the record when it would close', () => {
    const room = new RoomKit()
    assert.deepEqual(closesAtMs(room, create(temporary)), [room.nowMs + 60_000])
    assert.deepEqual(closesAtMs(room, join('ann', 1)), [null])
    assert.deepEqual(closesAtMs(room, leave('ann')), [room.nowMs + 60_000])
  })

  test('takes nobody in once its time is over, though no clock has struck yet', () => {
    const room = new RoomKit().given(create(temporary))
    room.nowMs += 60_000
    assert.deepEqual(room.run(join('ann', 1)).reply, { reject: 'ROOM_CLOSED' })
  })
})

test('a room that is not temporary stays, however long it is empty', () => {
  const room = new RoomKit().given(create())
  assert.equal(definition.nextWakeAtMs(room.state), null)
  assert.deepEqual(room.run(expire).reply, { closed: false, not_before_ms: null })
})

describe('a scheduled end', () => {
  const ending = (afterMs: number) => {
    const room = new RoomKit()
    return room.given(create({ scheduled_end_at_ms: room.nowMs + afterMs }))
  }

  test('closes the room on time, and tells everyone in it', () => {
    const room = ending(10_000).given(join('ann', 1), attach('ann', 1))
    room.given(wake)
    room.nowMs += 10_000
    const { events, pushes, published } = room.run(wake)
    assert.equal(events[0]?.type, 'room.closed')
    assert.deepEqual(published, [{ type: 'room.closed', cause: 'scheduled_end' }])
    assert.deepEqual(
      pushes.map(({ body }) => body),
      [{ type: 'session_ended', session_id: session(1), reason: 'room_closed' }],
    )
    assert.equal(definition.nextWakeAtMs(room.state), null)
  })

  test('is warned of five minutes and one minute before, each once', () => {
    const room = ending(600_000).given(join('ann', 1), attach('ann', 1))
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + 300_000)
    const warning = { type: 'room_ending', ends_at: new Date(room.nowMs + 600_000).toISOString() }
    room.nowMs += 300_000
    assert.deepEqual(bodies(room, wake), [warning])
    assert.deepEqual(bodies(room, wake), [])
    room.nowMs += 240_000
    assert.deepEqual(bodies(room, wake), [warning])
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + 60_000)
  })

  test('that is nearer than the warnings is warned of once; an empty room warns nobody', () => {
    const room = ending(30_000)
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + 30_000)
    room.given(join('ann', 1))
    assert.deepEqual(bodies(room, wake), [], 'a seat without a connection hears nothing')
    room.given(attach('ann', 1))
    assert.equal(bodies(room, wake).length, 1)
    assert.equal(bodies(room, wake).length, 0)
  })

  test('may be moved, warning anew, and be taken away', () => {
    const room = ending(60_000).given(join('ann', 1), attach('ann', 1), wake)
    const laterMs = room.nowMs + 900_000
    assert.deepEqual(closesAtMs(room, update(as('owner'), { scheduled_end_at_ms: laterMs })), [laterMs])
    assert.equal(definition.nextWakeAtMs(room.state), laterMs - 300_000)
    room.given(update(as('owner'), { scheduled_end_at_ms: null }))
    assert.equal(definition.nextWakeAtMs(room.state), null)
    room.nowMs += 7_200_000
    assert.deepEqual(room.run(wake).events, [])
  })

  test('is kept by whichever clock comes first; one that is early is told when to come', () => {
    const room = ending(10_000)
    assert.deepEqual(room.run(expire).reply, { closed: false, not_before_ms: room.nowMs + 10_000 })
    room.nowMs += 10_000
    assert.deepEqual(closing(room, expire), ['scheduled_end', 'sweep', 'system'])
    assert.deepEqual(room.run(expire).reply, { reject: 'ROOM_CLOSED' })
    assert.deepEqual(room.run(wake).events, [])
  })
})
