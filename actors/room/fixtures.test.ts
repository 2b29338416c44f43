import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import { RoomEvent } from '../../protocol/room/events.ts'
import { definition, key, session, user } from './room.kit.ts'
import { sanctionKey } from './state.ts'

/*
 * FROZEN: the fixtures are a journal and a snapshot as version 1 wrote them. When a test here fails, rooms in the field
 * can no longer be read: mend the code, never the fixture.
 */
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../protocol/fixtures/${name}`, import.meta.url), 'utf8'))

const journal = fixture('room-events-v1.json') as readonly {
  readonly at_ms: number
  readonly event: { readonly type: string }
}[]

const after = (entries: number) =>
  journal
    .slice(0, entries)
    .reduce(
      (state, { at_ms: atMs, event }, index) =>
        definition.evolve(state, definition.decodeEvent(event), { key, epoch: 1, seq: index + 1, part: 0, atMs }),
      definition.initial(key),
    )

describe('a journal of version 1', () => {
  test('holds every type of event that this version knows', () => {
    const { oneOf } = RoomEvent as unknown as { oneOf: readonly { properties: { type: { const: string } } }[] }
    const known = oneOf.map((branch) => branch.properties.type.const)
    assert.deepEqual([...new Set(journal.map(({ event }) => event.type))].sort(), [...known].sort())
  })

  test('is still read, each event as it stands', () => {
    const decode = decoder(RoomEvent)
    for (const { event } of journal) assert.deepEqual(decode(event), event)
  })

  test('still leads to the same room', () => {
    const muted = after(journal.findIndex(({ event }) => event.type === 'sanction.lifted'))
    assert.deepEqual([...muted.sessions], [[session(1), 'owner']])
    assert.deepEqual(
      Array.from(muted.sanctions.values(), (one) => [one.userId, one.generation, one.untilMs]),
      [
        ['ann', 1, 1_700_000_061_000],
        ['bob', 1, null],
      ],
    )
    const closed = after(journal.length)
    assert.equal(closed.room?.status, 'closed')
    assert.equal(closed.room.spec.name, 'Raid night 2')
    assert.equal(closed.room.spec.owner_id, 'bob')
    assert.deepEqual(
      [...closed.roles],
      [
        ['owner', 'moderator'],
        ['cyd', 'member'],
      ],
    )
    assert.equal(closed.room.spec.password_hash, null)
    assert.deepEqual(closed.room.spec.settings, { music: { volume: 0.5 } })
    assert.equal(closed.room.createdAtMs, 1_700_000_000_000)
    assert.equal(closed.room.activeAtMs, 1_700_000_061_000)
    assert.deepEqual([closed.seats.size, closed.sanctions.size, closed.lifted.size], [0, 0, 2])
  })

  test('an event of an unknown type or version is refused, so that the room does not start half read', () => {
    const [first] = journal
    assert.throws(() => definition.decodeEvent({ ...first?.event, v: 2 }), { code: 'VALIDATION_FAILED' })
    assert.throws(() => definition.decodeEvent({ type: 'room.painted', v: 1 }), { code: 'UNKNOWN_FRAME' })
  })
})

describe('a snapshot of version 1', () => {
  test('is still read, and still leads to the same room', () => {
    const kept = fixture('room-snapshot-v1.json')
    const room = definition.fromSnapshot(key, kept)
    assert.deepEqual(definition.toSnapshot(room), kept)
    assert.deepEqual(
      [...room.sessions],
      [
        [session(1), 'owner'],
        [session(2), 'ann'],
      ],
    )
    assert.deepEqual(room.sanctions.get(sanctionKey('mute', user('ann'))), {
      kind: 'mute',
      userId: 'ann',
      generation: 2,
      untilMs: null,
      replacesTimed: true,
    })
  })

  test('of another version is refused, so that the room does not start half read', () => {
    const kept = fixture('room-snapshot-v1.json') as object
    assert.throws(() => definition.fromSnapshot(key, { ...kept, v: 2 }), { code: 'VALIDATION_FAILED' })
    assert.throws(() => definition.fromSnapshot(key, { ...kept, more: 1 }), { code: 'VALIDATION_FAILED' })
  })
})
