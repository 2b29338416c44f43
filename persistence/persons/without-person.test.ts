import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import { RoomEvent } from '../../protocol/room/events.ts'
import { withoutPerson } from './without-person.ts'

const journal = JSON.parse(
  readFileSync(new URL('../../protocol/fixtures/room-events-v1.json', import.meta.url), 'utf8'),
) as readonly { readonly event: { readonly type: string } }[]
const decode = decoder(RoomEvent)

/** Nothing of them is in force. */
const of = (userId: string, keeps: () => boolean = () => false) => ({ userId, pseudonym: 'erased-1', keeps })
const people = ['owner', 'ann', 'bob', 'cyd', 'dan']

describe('a stored event', () => {
  for (const userId of people) {
    test(`can be read as before without ${userId}, of whom it says nothing`, () => {
      for (const { event } of journal) {
        const without = withoutPerson(event, of(userId))
        assert.deepEqual(decode(without), without)
        const kept = JSON.stringify(without, (name, value: unknown) => (name === 'role' ? undefined : value))
        assert.ok(!kept.includes(`"${userId}"`), kept)
      }
    })
  }

  test('that does not speak of the person is the same one', () => {
    for (const { event } of journal) assert.equal(withoutPerson(event, of('nobody')), event)
  })

  test('keeps what is no user, though it is called like one', () => {
    const event = { type: 'role.changed', v: 1, user_id: 'ann', role: 'member', by: 'member' }
    assert.deepEqual(withoutPerson(event, of('member')), { ...event, by: 'erased-1' })
    const named = { type: 'participant.joined', user_id: 'ann', username: 'eve' }
    assert.equal(withoutPerson(named, of('eve')), named)
  })

  test('loses what was written beside them, and what they are called', () => {
    const muted = {
      type: 'sanction.applied',
      kind: 'mute',
      user_id: 'eve',
      generation: 1,
      by: 'ann',
      reason: 'x',
      evidence: 'y',
    }
    const { evidence: _, ...rest } = muted
    assert.deepEqual(withoutPerson(muted, of('eve')), { ...rest, user_id: 'erased-1', reason: '' })
    assert.deepEqual(withoutPerson({ snapshot: { participants: [{ user_id: 'eve', username: 'Eve' }] } }, of('eve')), {
      snapshot: { participants: [{ user_id: 'erased-1', username: 'erased' }] },
    })
    assert.deepEqual(withoutPerson({ accepted_by: ['ann', 'eve'] }, of('eve')), { accepted_by: ['ann', 'erased-1'] })
  })

  test('keeps the user of a sanction that is in force, and nothing else of them', () => {
    const banned = { type: 'sanction.applied', kind: 'ban', user_id: 'eve', generation: 2, by: 'ann', reason: 'x' }
    assert.deepEqual(
      withoutPerson(
        banned,
        of('eve', () => true),
      ),
      { ...banned, reason: '' },
    )
    assert.deepEqual(
      withoutPerson(
        banned,
        of('ann', () => true),
      ),
      { ...banned, by: 'erased-1', reason: '' },
    )
  })
})
