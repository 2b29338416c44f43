import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import { as, commands, definition, key, roomId, RoomKit, session, user } from './room.kit.ts'

const { create, join, leave, attach, mute, unmute, setFlags, wake, close } = commands

const of = (
  scope: WiderSanction['scope'],
  kind: WiderSanction['kind'],
  untilMs: number | null = null,
  generation = 1,
): WiderSanction => ({ scope, kind, generation, until_ms: untilMs })
const know = (name: string, ...wider: WiderSanction[]): RoomCommand => ({
  type: 'know_wider',
  user_id: user(name),
  wider,
})
const joinWith = (name: string, number: number, ...wider: WiderSanction[]): RoomCommand =>
  ({ ...join(name, number), wider }) as RoomCommand

const started = () => new RoomKit().given(create({ guild_id: 'g1' }), join('owner', 1))
const seatOf = (room: RoomKit, name: string) => room.view().participants.find(({ user_id }) => user_id === name)
const isMuted = (room: RoomKit, name: string) => seatOf(room, name)?.is_muted
const known = (room: RoomKit, name: string, ...sanctions: Pick<WiderSanction, 'scope' | 'kind' | 'generation'>[]) => ({
  ...{ write: 'sanctions.known', userId: name, guildId: 'g1', known: sanctions, atMs: room.nowMs },
})

describe('at the door', () => {
  test('whoever is banned from the guild or the service is refused, and told from where and until when', () => {
    const room = started()
    const untilMs = room.nowMs + 60_000
    assert.deepEqual(room.run(joinWith('eve', 2, of('guild', 'ban', untilMs))).reply, {
      reject: 'BANNED',
      data: { scope: 'guild', until: new Date(untilMs).toISOString() },
    })
    const both = room.run(joinWith('eve', 2, of('guild', 'ban', untilMs), of('global', 'ban')))
    assert.deepEqual(both.reply, { reject: 'BANNED', data: { scope: 'global', until: null } })
    assert.deepEqual(both.events, [])
  })

  test('a ban whose time has come keeps nobody out, whoever has still to lift it', () => {
    const room = started()
    const { events, writes } = room.run(joinWith('eve', 2, of('guild', 'ban', room.nowMs)))
    assert.deepEqual(
      events.map(({ type }) => type),
      ['participant.joined'],
    )
    assert.deepEqual(writes[0], known(room, 'eve'))
  })

  test('whoever is muted or deafened is so from the first moment, in the record too', () => {
    const room = started()
    const untilMs = room.nowMs + 60_000
    const { events, writes, published } = room.run(
      joinWith('eve', 2, of('guild', 'mute', untilMs), of('global', 'deafen')),
    )
    assert.deepEqual(
      events.map(({ type }) => type),
      ['wider_sanctions.known', 'participant.joined'],
    )
    const put = writes.find((row) => row.write === 'participant.put')
    assert.deepEqual([put?.isMuted, put?.mutedUntilMs, put?.isDeafened], [true, untilMs, true])
    const facts = known(
      room,
      'eve',
      { scope: 'guild', kind: 'mute', generation: 1 },
      { scope: 'global', kind: 'deafen', generation: 1 },
    )
    assert.deepEqual(
      writes.filter(({ write }) => write === 'sanctions.known'),
      [facts, facts],
    )
    assert.deepEqual(
      published.map((event) => (event as { type: string }).type),
      ['wider_sanctions.known', 'participant.joined'],
    )
    const seat = seatOf(room, 'eve')
    assert.deepEqual(
      [seat?.is_muted, seat?.muted_until, seat?.is_deafened],
      [true, new Date(untilMs).toISOString(), true],
    )
    assert.deepEqual(
      room.view().sanctions.map(({ scope, kind, user_id }) => [scope, kind, user_id]),
      [
        ['guild', 'mute', 'eve'],
        ['global', 'deafen', 'eve'],
      ],
    )
  })

  test('what is known goes with the seat, and comes anew with the one in its place', () => {
    const room = started().given(joinWith('eve', 2, of('guild', 'mute')))
    room.given(joinWith('eve', 3))
    assert.deepEqual([isMuted(room, 'eve'), room.state.wider.size], [false, 0])
    room.given(know('eve', of('guild', 'mute')), leave('eve'))
    assert.equal(room.state.wider.size, 0)
    room.given(joinWith('eve', 4, of('guild', 'mute')), close(as('owner')))
    assert.equal(room.state.wider.size, 0)
  })
})

describe('in a live room', () => {
  test('a ban ends the seat, and its session is told why', () => {
    const room = started().given(join('eve', 2))
    const { events, pushes, writes } = room.run(know('eve', of('global', 'ban')))
    assert.deepEqual(
      events.map((event) => ('reason' in event ? event.reason : event.type)),
      ['wider_sanctions.known', 'banned'],
    )
    assert.deepEqual(pushes, [
      { to: [session(2)], body: { type: 'session_ended', session_id: session(2), reason: 'banned' } },
    ])
    assert.deepEqual(writes[0], known(room, 'eve', { scope: 'global', kind: 'ban', generation: 1 }))
    assert.deepEqual([seatOf(room, 'eve'), room.state.wider.size], [undefined, 0])
  })

  test('a mute silences, and its lift restores unless the room itself or another scope mutes too', () => {
    const room = started().given(join('eve', 2), attach('eve', 2), setFlags('eve', 2, { speaking: true }))
    const { pushes } = room.run(know('eve', of('guild', 'mute')))
    const [told] = pushes as unknown as { body: { participant: { speaking: boolean; is_muted: boolean } } }[]
    assert.deepEqual([told?.body.participant.speaking, told?.body.participant.is_muted], [false, true])
    room.given(mute(as('owner'), 'eve', null), know('eve', of('guild', 'mute'), of('global', 'mute', null, 4)))
    room.given(know('eve', of('global', 'mute', null, 4)))
    assert.equal(isMuted(room, 'eve'), true)
    const { writes } = room.run(unmute(as('owner'), 'eve'))
    assert.deepEqual(
      writes.find((row) => row.write === 'participant.mute'),
      { write: 'participant.mute', roomId, userId: 'eve', isMuted: true, mutedUntilMs: null },
      'the wider one stands in the record too',
    )
    assert.equal(isMuted(room, 'eve'), true)
    room.given(know('eve'))
    assert.equal(isMuted(room, 'eve'), false)
  })

  test('the mute that lasts longest is shown, of whatever scope', () => {
    const room = started().given(join('eve', 2), mute(as('owner'), 'eve', 60))
    room.given(know('eve', of('guild', 'mute', room.nowMs + 90_000), of('global', 'mute', room.nowMs + 30_000)))
    assert.equal(seatOf(room, 'eve')?.muted_until, new Date(room.nowMs + 90_000).toISOString())
  })

  test('what is known already, or is of somebody without a seat, changes nothing', () => {
    const room = started().given(join('eve', 2), know('eve', of('guild', 'mute'), of('global', 'deafen')))
    for (const command of [
      know('eve', of('global', 'deafen'), of('guild', 'mute')),
      know('nobody', of('guild', 'ban')),
    ]) {
      const { reply, events } = room.run(command)
      assert.deepEqual([reply, events], [{ changed: false }, []])
    }
  })

  test('a mute is over at its deadline by the room’s own alarm, and its late lift says nothing new', () => {
    const room = started().given(join('eve', 2), attach('eve', 2), attach('owner', 1))
    const untilMs = room.nowMs + 5_000
    room.given(know('eve', of('guild', 'mute', untilMs), of('global', 'deafen')))
    assert.equal(definition.nextWakeAtMs(room.state), untilMs)
    room.nowMs = untilMs
    const { events, published, writes } = room.run(wake)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['wider_sanctions.expired'],
    )
    assert.deepEqual(published, [
      {
        type: 'wider_sanctions.known',
        user_id: 'eve',
        sanctions: [{ scope: 'global', kind: 'deafen', user_id: 'eve', generation: 1, until: null }],
      },
    ])
    assert.deepEqual(
      writes.map(({ write }) => write),
      ['participant.mute', 'participant.deafen'],
      'the deadline needs nobody’s leave',
    )
    assert.deepEqual([isMuted(room, 'eve'), definition.nextWakeAtMs(room.state)], [false, null])
    assert.deepEqual(room.run(know('eve', of('global', 'deafen'))).events, [])
  })

  test('what it knows outlives a crash, by journal and by snapshot', () => {
    const room = started().given(joinWith('eve', 2, of('guild', 'mute')))
    const kept = JSON.parse(JSON.stringify(definition.toSnapshot(room.state))) as unknown
    assert.deepEqual(definition.fromSnapshot(key, kept).wider, room.state.wider)
    assert.deepEqual(room.replayed().wider, room.state.wider)
  })
})
