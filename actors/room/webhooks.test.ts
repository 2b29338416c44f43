import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { messageOf } from '../../persistence/index.ts'
import { decoder } from '../../protocol/codec.ts'
import { WebhookEvent } from '../../protocol/webhooks/events.ts'
import { as, commands, roomId, RoomKit } from './room.kit.ts'

const decode = decoder(WebhookEvent)
const open = () => new RoomKit().given(commands.create())

/** The messages that go out, each held against its schema. */
const messages = (room: RoomKit) => room.webhooks.map((write) => decode(JSON.parse(messageOf(write).body)))
const last = (room: RoomKit) => messages(room).at(-1)

describe('webhooks are told', () => {
  test('of a room: made, changed and closed, with the room as it is then', () => {
    const room = open().given(
      commands.update(as('owner'), {
        name: 'Late night',
        password_hash: '$argon2id$x',
        scheduled_end_at_ms: 1_800_000_000_000,
      }),
    )
    room.given(commands.close(as('root', 'admin')))
    const told = messages(room)
    assert.deepEqual(
      told.map(({ type }) => type),
      ['room.created', 'room.updated', 'room.closed'],
    )
    const [created, updated, closed] = told
    assert.ok(created?.type === 'room.created' && updated?.type === 'room.updated' && closed?.type === 'room.closed')
    assert.deepEqual([created.data.by, created.data.room.name], ['owner', 'Raid night'])
    assert.deepEqual(
      [updated.data.room.name, updated.data.changed],
      ['Late night', ['name', 'has_password', 'scheduled_end_at']],
    )
    assert.deepEqual(
      [closed.data.by, closed.data.reason, closed.data.cause, closed.data.room.status],
      ['root', 'over', 'closed', 'closed'],
    )
    assert.doesNotMatch(JSON.stringify(told), /argon2/)
  })

  test('of a new owner, as of a change of the room', () => {
    const room = open().given(commands.join('bob', 1), commands.transfer(as('owner'), 'bob'))
    const told = last(room)
    assert.ok(told?.type === 'room.updated')
    assert.deepEqual([told.data.room.owner_id, told.data.changed], ['bob', ['owner_id']])
  })

  test('who comes and who goes, and how many are there then', () => {
    const room = open().given(commands.join('bob', 1), commands.join('cyd', 2), commands.leave('bob', 1))
    assert.deepEqual(
      messages(room)
        .slice(1)
        .map((event) => [
          event.type,
          'user_id' in event.data && event.data.user_id,
          'current_participants' in event.data && event.data.current_participants,
        ]),
      [
        ['participant.joined', 'bob', 1],
        ['participant.joined', 'cyd', 2],
        ['participant.left', 'bob', 1],
      ],
    )
  })

  test('of every kind of sanction and of its end, by whom and why', () => {
    const owner = as('owner')
    const room = open().given(commands.join('bob', 1))
    for (const kind of ['mute', 'deafen', 'ban', 'mute_all'] as const) {
      const target = kind === 'mute_all' ? 'all' : 'bob'
      room.given(commands.sanction(owner, kind, target, 60), commands.lift(owner, kind, target))
    }
    const told = messages(room).filter(({ type }) => type.startsWith('moderation.'))
    assert.deepEqual(
      told.map((event) => [event.type, 'user_id' in event.data && event.data.user_id]),
      [
        ['moderation.muted', 'bob'],
        ['moderation.unmuted', 'bob'],
        ['moderation.deafened', 'bob'],
        ['moderation.undeafened', 'bob'],
        ['moderation.banned', 'bob'],
        ['moderation.unbanned', 'bob'],
        ['moderation.mute_all', null],
        ['moderation.unmute_all', null],
      ],
    )
    const [muted, unmuted] = told
    assert.ok(muted?.type === 'moderation.muted' && unmuted?.type === 'moderation.unmuted')
    assert.deepEqual(
      [muted.data.by, muted.data.reason, muted.data.generation, muted.data.until],
      ['owner', 'noise', 1, new Date(room.nowMs + 60_000).toISOString()],
    )
    assert.deepEqual([unmuted.data.cause, unmuted.data.reason], ['moderator', 'sorry'])
  })

  test('of a kick once, and of the seat that ended with it', () => {
    const room = open().given(commands.join('bob', 1), commands.kick(as('owner'), 'bob', 60))
    const told = messages(room).slice(2)
    assert.deepEqual(told.map(({ type }) => type).toSorted(), ['moderation.kicked', 'participant.left'])
    const kicked = told.find((event) => event.type === 'moderation.kicked')
    assert.deepEqual(
      [kicked?.data.user_id, kicked?.data.evidence, kicked?.data.until],
      ['bob', 'clip-1', new Date(room.nowMs + 60_000).toISOString()],
    )
  })

  test('where in the room each event stands: no two at one place, each behind the one before', () => {
    const room = open().given(
      commands.join('bob', 1),
      commands.kick(as('owner'), 'bob', 60),
      commands.close(as('owner')),
    )
    const places = messages(room).map(({ epoch, seq, part }) => [epoch, seq, part] as const)
    const sorted = places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
    assert.deepEqual(places, sorted)
    assert.equal(new Set(places.map(String)).size, places.length)
    assert.ok(messages(room).every((event) => event.room_id === roomId))
  })

  test('nothing of what is refused, nor of what is nobody’s business outside', () => {
    const room = open()
    const before = room.webhooks.length
    room.run(commands.mute(as('bob'), 'owner', 60))
    room.given(commands.setRole(as('owner'), 'bob', 'moderator'))
    assert.equal(room.webhooks.length, before)
  })
})
