import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Principal } from '../../protocol/room/values.ts'
import { as, commands, definition, key, moderatorJoined, RoomKit, roomId } from './room.kit.ts'
import { liftedMax, sanctionsMax } from '../sanction-book.ts'

const { create, join, mute, unmute, expire } = commands
const owner = as('owner')

const ref = { kind: 'mute', scope: 'room', scopeId: roomId, userId: 'ann' }
const workflow = `sanction:mute:room:${roomId}:ann`
const open = () => new RoomKit().given(create({ max_participants: 50 }))

describe('muting', () => {
  test('for a time journals the deadline, writes the record and hands the workflow its row', () => {
    const room = open().given(join('ann', 1))
    const { nowMs } = room
    const { reply, events, published, writes } = room.run(mute(owner, 'ann', 60))
    const view = { kind: 'mute', user_id: 'ann', generation: 1, until: '2023-11-14T22:14:20.000Z' }
    assert.deepEqual(reply, view)
    assert.deepEqual(published, [{ type: 'sanction.applied', ...view }])
    assert.deepEqual(events, [
      {
        type: 'sanction.applied',
        v: 1,
        kind: 'mute',
        user_id: 'ann',
        generation: 1,
        until_ms: nowMs + 60_000,
        by: 'owner',
        reason: 'noise',
      },
    ])
    assert.deepEqual(writes, [
      {
        write: 'sanction.put',
        scope: 'room',
        scopeId: roomId,
        userId: 'ann',
        kind: 'mute',
        generation: 1,
        untilMs: nowMs + 60_000,
        by: 'owner',
        reason: 'noise',
        atMs: nowMs,
      },
      {
        write: 'moderation.event',
        roomId,
        moderatorId: 'owner',
        targetUserId: 'ann',
        action: 'mute',
        reason: 'noise',
        evidence: null,
        atMs: nowMs,
        expiresAtMs: nowMs + 60_000,
        durationS: 60,
        data: { generation: 1 },
      },
      { write: 'participant.mute', roomId, userId: 'ann', isMuted: true, mutedUntilMs: nowMs + 60_000 },
      {
        write: 'outbox',
        key: workflow,
        message: { kind: 'sanction.set', ref, generation: 1, untilMs: nowMs + 60_000 },
        atMs: nowMs,
      },
    ])
    assert.equal(room.view().participants[0]?.is_muted, true)
  })

  test('for good has no deadline and starts no workflow', () => {
    const { reply, writes } = open().run(mute(owner, 'ann', null))
    assert.deepEqual(reply, { kind: 'mute', user_id: 'ann', generation: 1, until: null })
    assert.deepEqual(
      writes.map((row) => row.write),
      ['sanction.put', 'moderation.event', 'participant.mute'],
    )
  })

  test('again replaces, with a higher generation', () => {
    const room = open().given(mute(owner, 'ann', 60), mute(owner, 'ann', 5))
    assert.deepEqual(room.view().sanctions, [
      { kind: 'mute', user_id: 'ann', generation: 2, until: '2023-11-14T22:13:25.000Z' },
    ])
  })

  test('for good over a timed one ends the workflow', () => {
    const { writes } = open()
      .given(mute(owner, 'ann', 60))
      .run(mute(owner, 'ann', null))
    assert.deepEqual(writes.at(-1), {
      write: 'outbox',
      key: workflow,
      message: { kind: 'sanction.ended', ref, generation: 2 },
      atMs: 1_700_000_000_000,
    })
    const again = open()
      .given(mute(owner, 'ann', null))
      .run(mute(owner, 'ann', null))
    assert.deepEqual(
      again.writes.filter((row) => row.write === 'outbox'),
      [],
    )
  })

  test('counts generations over lifted ones, through a snapshot, and each user for themselves', () => {
    const room = open().given(mute(owner, 'ann', 60), unmute(owner, 'ann'), mute(owner, 'bob', 60))
    room.state = definition.fromSnapshot(key, JSON.parse(JSON.stringify(definition.toSnapshot(room.state))))
    room.given(mute(owner, 'ann', 60))
    assert.deepEqual(
      room.view().sanctions.map((view) => [view.user_id, view.generation]),
      [
        ['bob', 1],
        ['ann', 2],
      ],
    )
  })

  test('keeps a bound on the sanctions in force', () => {
    const room = open()
    for (let number = 0; number < sanctionsMax; number += 1) room.given(mute(owner, `u${number}`, null))
    assert.deepEqual(room.run(mute(owner, 'ann', 5)).reply, { reject: 'TOO_MANY_SANCTIONS' })
    room.given(mute(owner, 'u7', 5), unmute(owner, 'u7'), mute(owner, 'ann', 5))
  })

  test('keeps a bound on the lifted ones, and never gives a forgotten generation out again', () => {
    const room = open().given(mute(owner, 'ann', 5), mute(owner, 'ann', 5), unmute(owner, 'ann'))
    for (let number = 0; number < liftedMax; number += 1) {
      room.given(mute(owner, `u${number}`, null), unmute(owner, `u${number}`))
    }
    assert.equal(room.state.lifted.size, liftedMax)
    assert.equal(room.state.generationFloor, 2)
    room.given(mute(owner, 'ann', 5))
    assert.equal(room.view().sanctions[0]?.generation, 3)
  })
})

describe('lifting', () => {
  test('names the moderator, and ends the workflow of a timed mute', () => {
    const room = open().given(join('ann', 1), mute(owner, 'ann', 60))
    const { reply, published, writes } = room.run(unmute(owner, 'ann'))
    assert.deepEqual(reply, { kind: 'mute', user_id: 'ann', generation: 1 })
    assert.deepEqual(published, [
      { type: 'sanction.lifted', kind: 'mute', user_id: 'ann', generation: 1, cause: 'moderator', clock: 'none' },
    ])
    assert.deepEqual(writes, [
      {
        write: 'sanction.lifted',
        scope: 'room',
        scopeId: roomId,
        userId: 'ann',
        kind: 'mute',
        generation: 1,
        atMs: room.nowMs,
        cause: 'moderator',
      },
      {
        write: 'moderation.event',
        roomId,
        moderatorId: 'owner',
        targetUserId: 'ann',
        action: 'unmute',
        reason: 'sorry',
        evidence: null,
        atMs: room.nowMs,
        expiresAtMs: null,
        durationS: null,
        data: { generation: 1, cause: 'moderator', clock: 'none' },
      },
      { write: 'participant.mute', roomId, userId: 'ann', isMuted: false, mutedUntilMs: null },
      { write: 'outbox', key: workflow, message: { kind: 'sanction.ended', ref, generation: 1 }, atMs: room.nowMs },
    ])
    assert.equal(room.view().participants[0]?.is_muted, false)
  })

  test('a permanent mute has no workflow to end', () => {
    const { writes } = open()
      .given(mute(owner, 'ann', null))
      .run(unmute(owner, 'ann'))
    assert.deepEqual(
      writes.filter((row) => row.write === 'outbox'),
      [],
    )
  })

  test('what is not there is NOT_SANCTIONED', () => {
    const room = open()
    assert.deepEqual(room.run(unmute(owner, 'ann')).reply, { reject: 'NOT_SANCTIONED' })
    room.given(mute(owner, 'ann', 5), unmute(owner, 'ann'))
    assert.deepEqual(room.run(unmute(owner, 'ann')).reply, { reject: 'NOT_SANCTIONED' })
  })
})

describe('a clock that finds the deadline', () => {
  const muted = () => open().given(mute(owner, 'ann', 2))
  const nothing = { lifted: false, not_before_ms: null }

  test('too early is told when to come again', () => {
    const room = muted()
    room.nowMs += 1_999
    const { reply, events } = room.run(expire('ann', 1))
    assert.deepEqual([reply, events], [{ lifted: false, not_before_ms: room.nowMs + 1 }, []])
  })

  test('in time lifts, and a workflow needs no row to end itself', () => {
    const room = muted()
    room.nowMs += 2_000
    const { reply, events, writes } = room.run(expire('ann', 1))
    assert.deepEqual(reply, { lifted: true, not_before_ms: null })
    assert.deepEqual(
      events.map((event) => event.type === 'sanction.lifted' && [event.clock, event.by]),
      [['workflow', 'system']],
    )
    assert.deepEqual(
      writes.map((row) => row.write),
      ['sanction.lifted', 'moderation.event', 'participant.mute'],
    )
  })

  test('second is told that there is nothing left to do', () => {
    const room = muted()
    room.nowMs += 2_000
    room.given(commands.wake)
    const { reply, events } = room.run(expire('ann', 1))
    assert.deepEqual([reply, events], [nothing, []])
  })

  test('with an older generation, a user never muted or a permanent mute changes nothing', () => {
    const room = muted().given(mute(owner, 'ann', 60), mute(owner, 'bob', null))
    room.nowMs += 5_000
    for (const command of [expire('ann', 1), expire('ann', 3), expire('cid', 1), expire('bob', 1)]) {
      const { reply, events } = room.run(command)
      assert.deepEqual([reply, events], [nothing, []])
    }
  })
})

describe('who may mute and unmute whom', () => {
  // owner, mod and mod2 are what their names say, ann is a member, far has no seat.
  const table: readonly (readonly [Principal, string, boolean])[] = [
    [as('owner'), 'mod', true],
    [as('owner'), 'ann', true],
    [as('owner'), 'far', true],
    [as('mod'), 'ann', true],
    [as('mod'), 'far', true],
    [as('mod'), 'mod2', false],
    [as('mod'), 'owner', false],
    [as('ann'), 'far', false],
    [as('ann'), 'mod', false],
    [as('far'), 'ann', false],
    [as('game', 'service'), 'owner', true],
    [as('boss', 'admin'), 'mod', true],
    [as('mod', 'admin'), 'owner', true],
    [as('ann'), 'ann', false],
    [as('mod'), 'mod', false],
    [as('owner'), 'owner', false],
  ]
  for (const [by, target, allowed] of table) {
    const who = [by.user_id, ...by.privileges].join(' with ')
    test(`${who} ${allowed ? 'may' : 'may not'} mute ${target}`, () => {
      const room = open().given(join('owner', 1), join('ann', 2))
      room.fact(moderatorJoined('mod', 3)).fact(moderatorJoined('mod2', 4))
      const expected = allowed ? undefined : 'FORBIDDEN'
      assert.equal((room.run(mute(by, target, 5)).reply as { reject?: string }).reject, expected)
      room.given(mute(as('x', 'admin'), target, 5))
      assert.equal((room.run(unmute(by, target)).reply as { reject?: string }).reject, expected)
    })
  }

  test('a moderator who left may not', () => {
    const room = open().fact(moderatorJoined('mod', 3)).given(commands.leave('mod'))
    assert.deepEqual(room.run(mute(as('mod'), 'ann', 5)).reply, { reject: 'FORBIDDEN' })
  })
})

test('nothing that everyone is told carries a reason or a moderator', () => {
  const room = open().given(join('ann', 1))
  const told = [room.run(mute(owner, 'ann', 5)), room.run(unmute(owner, 'ann'))]
  const text = JSON.stringify(told.map(({ published, pushes }) => [published, pushes]))
  for (const secret of ['noise', 'sorry', `"by"`]) assert.ok(!text.includes(secret), secret)
})
