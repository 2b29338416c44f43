import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { as, commands, definition, joinGraceMs, key, RoomKit, roomId, session } from './room.kit.ts'

const { create, join, attach, setFlags, signal, mute, sanction, lift, kick, expire, wake, setRole } = commands
const owner = as('owner')
const admin = as('boss', 'admin')

const open = () =>
  new RoomKit().given(create({ max_participants: 50 }), join('owner', 9), join('ann', 1), join('bob', 2))
const reply = (room: RoomKit, command: Parameters<RoomKit['run']>[0]) => room.run(command).reply
const types = (events: readonly RoomEvent[]) => events.map(({ type }) => type)
const written = ({ writes }: ReturnType<RoomKit['run']>) => writes.map(({ write }) => write)
const rejected = (code: string) => ({ reject: code })
const inAMinute = '2023-11-14T22:14:20.000Z'
const bannedUntil = (until: string | null) => ({ reject: 'BANNED', data: { scope: 'room', until } })

describe('a ban', () => {
  test('ends the seat at once, tells the session why, and keeps the user out', () => {
    const room = open()
    const banned = room.run(sanction(owner, 'ban', 'ann', 60))
    assert.deepEqual(banned.reply, { kind: 'ban', user_id: 'ann', generation: 1, until: inAMinute })
    assert.deepEqual(types(banned.events), ['sanction.applied', 'participant.left'])
    assert.deepEqual(banned.pushes, [
      { to: [session(1)], body: { type: 'session_ended', session_id: session(1), reason: 'banned' } },
    ])
    assert.deepEqual(written(banned), [
      'sanction.put',
      'moderation.event',
      'outbox',
      'participant.left',
      'room.activity',
    ])
    assert.deepEqual(reply(room, join('ann', 3)), bannedUntil(inAMinute))
    assert.deepEqual(reply(room, attach('ann', 1)), bannedUntil(inAMinute))
    assert.deepEqual(reply(room, signal('ann', 1, 'bob')), rejected('SESSION_NOT_FOUND'))
    assert.deepEqual(reply(room, signal('bob', 2, 'ann')), rejected('PARTICIPANT_NOT_FOUND'))
  })

  test('holds for whoever asks in the place of the user, and for one without a seat', () => {
    const room = open().given(sanction(owner, 'ban', 'eve'))
    assert.deepEqual(reply(room, join('eve', 3, { by: as('game', 'service') })), bannedUntil(null))
  })

  test('is over at its deadline, though nobody has lifted it yet, and when it is lifted', () => {
    const room = open().given(sanction(owner, 'ban', 'ann', 60), sanction(owner, 'ban', 'bob'))
    room.nowMs += 60_000
    room.given(join('ann', 3), lift(owner, 'ban', 'bob'), join('bob', 4))
    assert.deepEqual(types(room.run(wake).events).slice(0, 1), ['sanction.lifted'])
    assert.deepEqual(room.view().sanctions, [])
  })

  test('outlives a snapshot; the workflow lifts it where nobody has the room in memory', () => {
    const room = open().given(sanction(owner, 'ban', 'ann', 60))
    room.state = definition.fromSnapshot(key, JSON.parse(JSON.stringify(definition.toSnapshot(room.state))))
    assert.deepEqual(reply(room, join('ann', 3)), bannedUntil(inAMinute))
    room.nowMs += 60_000
    const lifted = room.run({ ...expire('ann', 1), kind: 'ban' } as typeof wake)
    assert.deepEqual(lifted.reply, { lifted: true, not_before_ms: null })
    assert.deepEqual(
      lifted.writes.map((row) => (row.write === 'moderation.event' ? row.action : row.write)),
      ['sanction.lifted', 'unban'],
    )
  })

  test('of the owner is for tokens above alone, and stands against them too', () => {
    const room = open().given(setRole(owner, 'ann', 'moderator'))
    assert.deepEqual(reply(room, sanction(as('ann'), 'ban', 'owner')), rejected('FORBIDDEN'))
    room.given(sanction(admin, 'ban', 'owner'))
    assert.deepEqual(reply(room, join('owner', 3)), bannedUntil(null))
    assert.deepEqual(reply(room, lift(owner, 'ban', 'owner')), rejected('FORBIDDEN'))
  })
})

describe('a kick', () => {
  test('ends the seat; without a duration the user may come back', () => {
    const room = open()
    const kicked = room.run(kick(owner, 'ann'))
    assert.deepEqual(kicked.reply, { user_id: 'ann', session_id: session(1), until: null, is_banned: false })
    assert.deepEqual(types(kicked.events), ['participant.kicked', 'participant.left'])
    assert.deepEqual(kicked.published, [
      { type: 'participant.left', session_id: session(1), user_id: 'ann', reason: 'kicked' },
    ])
    assert.deepEqual(kicked.writes[0], {
      write: 'moderation.event',
      roomId,
      moderatorId: 'owner',
      targetUserId: 'ann',
      action: 'kick',
      reason: 'noise',
      evidence: 'clip-1',
      atMs: room.nowMs,
      expiresAtMs: null,
      durationS: null,
      data: { session_id: session(1) },
    })
    room.given(join('ann', 3))
    assert.deepEqual(reply(room, kick(owner, 'eve')), rejected('PARTICIPANT_NOT_FOUND'))
  })

  test('with a duration is a ban for so long, in one line of the trail', () => {
    const room = open()
    const kicked = room.run(kick(owner, 'ann', 60))
    assert.deepEqual(kicked.reply, { user_id: 'ann', session_id: session(1), until: inAMinute, is_banned: true })
    assert.deepEqual(types(kicked.events), ['participant.kicked', 'sanction.applied', 'participant.left'])
    assert.deepEqual(kicked.writes.filter(({ write }) => write === 'moderation.event' || write === 'outbox').length, 2)
    assert.deepEqual(reply(room, join('ann', 3)), bannedUntil(inAMinute))
    room.given(kick(owner, 'eve', 60))
    assert.deepEqual(reply(room, join('eve', 3)), bannedUntil(inAMinute))
  })

  test('never shortens a ban that stands, and lengthens one that is shorter', () => {
    const room = open().given(sanction(owner, 'ban', 'eve', 600), sanction(owner, 'ban', 'dan'))
    assert.deepEqual(types(room.run(kick(owner, 'eve', 60)).events), ['participant.kicked'])
    const forGood = { user_id: 'dan', session_id: null, until: null, is_banned: true }
    assert.deepEqual(reply(room, kick(owner, 'dan', 60)), forGood)
    room.given(kick(owner, 'eve', 6_000))
    assert.deepEqual(reply(room, join('eve', 3)), bannedUntil('2023-11-14T23:53:20.000Z'))
  })
})

describe('deafening', () => {
  test('is shown and written, and lifted', () => {
    const room = open()
    const deafened = room.run(sanction(owner, 'deafen', 'ann', 60))
    assert.deepEqual(written(deafened), ['sanction.put', 'moderation.event', 'participant.deafen', 'outbox'])
    const shown = () => room.view().participants.find(({ user_id: id }) => id === 'ann')
    assert.deepEqual([shown()?.is_deafened, shown()?.is_muted], [true, false])
    room.given(lift(owner, 'deafen', 'ann'))
    assert.equal(shown()?.is_deafened, false)
  })
})

describe('muting everyone', () => {
  const muteAll = (by = owner, durationS: number | null = null) => sanction(by, 'mute_all', 'all', durationS)
  const muted = (room: RoomKit) =>
    Object.fromEntries(room.view().participants.map((one) => [one.user_id, one.is_muted]))

  test('silences those who may not mute, and those who come later', () => {
    const room = open().given(setRole(owner, 'bob', 'moderator'))
    assert.deepEqual(reply(room, muteAll()), {
      ...{ kind: 'mute_all', user_id: 'all', generation: 1, until: null },
      except_roles: ['owner', 'moderator'],
    })
    room.given(join('cid', 3))
    assert.deepEqual(muted(room), { owner: false, ann: true, bob: false, cid: true })
    room.given(setRole(owner, 'bob', 'member'))
    assert.equal(muted(room)['bob'], true)
    room.given(lift(owner, 'mute_all', 'all'))
    assert.deepEqual(muted(room), { owner: false, ann: false, bob: false, cid: false })
  })

  test('shows those anew whose role changed meanwhile', () => {
    const room = open().given(muteAll())
    const { pushes } = room.run(setRole(owner, 'ann', 'moderator'))
    assert.deepEqual(
      pushes.map(({ body }) => (body as { participant: { is_muted: boolean } }).participant.is_muted),
      [false],
    )
    assert.deepEqual(open().run(setRole(owner, 'ann', 'moderator')).pushes, [])
  })

  test('leaves a mute of somebody alone, and the longer one counts', () => {
    const room = open().given(mute(owner, 'ann', 60), muteAll(owner, 600), mute(owner, 'bob', null))
    const untils = room.view().participants.map(({ muted_until: until }) => until)
    assert.deepEqual(untils, [null, '2023-11-14T22:23:20.000Z', null])
    room.given(lift(owner, 'mute_all', 'all'))
    assert.deepEqual(muted(room), { owner: false, ann: true, bob: true })
  })

  test('ends by its own clock', () => {
    const room = open().given(attach('ann', 1), attach('bob', 2), attach('owner', 9), muteAll(owner, 60))
    room.nowMs += Math.max(60_000, joinGraceMs)
    assert.deepEqual(types(room.run(wake).events), ['sanction.lifted'])
  })

  test('is on everyone and on nobody else', () => {
    const room = open()
    assert.deepEqual(reply(room, sanction(owner, 'mute_all', 'ann')), {
      reject: 'VALIDATION_FAILED',
      data: { field: 'target_user_id' },
    })
    assert.deepEqual(reply(room, muteAll(as('ann'))), rejected('FORBIDDEN'))
    room.given(mute(owner, 'all', null))
    assert.deepEqual(muted(room), { owner: false, ann: false, bob: false })
  })
})

describe('whoever is muted', () => {
  const flag = (room: RoomKit) => room.view().participants.find(({ user_id: id }) => id === 'ann')?.speaking

  test('is not shown as speaking, whatever they say', () => {
    const room = open().given(attach('ann', 1), mute(owner, 'ann', null), setFlags('ann', 1, { speaking: true }))
    assert.equal(flag(room), false)
    room.given(attach('ann', 1, { speaking: true }))
    assert.equal(flag(room), false)
  })

  for (const [what, command] of [
    ['a mute', mute(owner, 'ann', null)],
    ['a mute of everyone', sanction(owner, 'mute_all', 'all')],
  ] as const) {
    test(`falls silent by ${what} in the middle of a word`, () => {
      const room = open().given(attach('ann', 1), setFlags('ann', 1, { speaking: true }))
      const { pushes } = room.run(command)
      assert.deepEqual(
        pushes.map(
          ({ body }) => (body as { participant: { user_id: string; speaking: boolean } }).participant.speaking,
        ),
        [false],
      )
      assert.equal(flag(room), false)
    })
  }
})
