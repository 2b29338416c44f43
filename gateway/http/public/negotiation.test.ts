import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionId, UserId } from '../../../protocol/ids.ts'
import type { ParticipantView } from '../../../protocol/room/view.ts'
import { chooseLinks, isPolite, maxLinks, offersCollide, originOf, restartDelayMs } from './negotiation.js'

/** `count` people, who joined one second after the other, in the reverse order of their session ids. */
const people = (count: number): ParticipantView[] =>
  Array.from({ length: count }, (_, index) => ({
    session_id: `s${String(99 - index)}` as SessionId,
    user_id: `u${index}` as UserId,
    username: `p${index}`,
    role: 'member',
    joined_at: new Date(1_900_000_000_000 + index * 1_000).toISOString(),
    speaks_from: null,
    is_connected: true,
    on_stage: false,
    has_voice: false,
    is_muted: false,
    muted_until: null,
    is_deafened: false,
    self_muted: false,
    push_to_talk: false,
    transmits: 'room',
    speaking: false,
    hand_raised: false,
    priority: false,
  }))
const links = (room: ParticipantView[], own: ParticipantView) =>
  chooseLinks(room, own.session_id).linked.map(({ session_id: id }) => id)

test('of two sessions exactly one is polite, the smaller one', () => {
  assert.equal(isPolite('a', 'b'), true)
  assert.equal(isPolite('b', 'a'), false)
})

describe('who is linked with whom', () => {
  test('is everybody with everybody up to nine people', () => {
    const room = people(maxLinks + 1)
    for (const own of room) {
      assert.equal(links(room, own).length, maxLinks)
      assert.deepEqual(chooseLinks(room, own.session_id).unlinked, [])
    }
  })

  test('is agreed on by both sides in a room with more, whatever the order they know', () => {
    const room = people(14)
    const shuffled = [...room.slice(7), ...room.slice(0, 7).reverse()]
    for (const own of room) {
      for (const other of room) {
        if (own === other) continue
        const seen = links(room, own).includes(other.session_id)
        assert.equal(links(shuffled, other).includes(own.session_id), seen)
      }
      assert.ok(links(room, own).length <= maxLinks)
    }
  })

  test('is as the room chose, where it did', () => {
    const room = people(14)
    const [own, one, two] = [room[13]!, room[3]!, room[12]!]
    const { linked, unlinked } = chooseLinks(room, own.session_id, [one.session_id, two.session_id, 'somebody gone'])
    assert.deepEqual(linked, [one, two])
    assert.equal(unlinked.length, 11)
    assert.deepEqual(chooseLinks(room, own.session_id, []).linked, [])
  })

  test('does not change for those who are linked when one more comes', () => {
    const room = people(10)
    for (const own of room.slice(0, 9)) assert.deepEqual(links(room, own), links(room.slice(0, 9), own))
  })

  test('names those without a place: the late ones, and to them everybody', () => {
    const room = people(11)
    const [first, last] = [room[0]!, room[10]!]
    const unlinked = (own: ParticipantView) =>
      chooseLinks(room, own.session_id).unlinked.map(({ username }) => username)
    assert.deepEqual(unlinked(first), ['p9', 'p10'])
    assert.equal(unlinked(last).length, 10)
    assert.deepEqual(links(room, last), [])
  })
})

test('an offer collides with one of our own', () => {
  const quiet = { makingOffer: false, signalingState: 'stable' }
  assert.equal(offersCollide(quiet), false)
  assert.equal(offersCollide({ ...quiet, makingOffer: true }), true)
  assert.equal(offersCollide({ ...quiet, signalingState: 'have-local-offer' }), true)
})

test('a description is known by its origin, whatever candidates were added to it', () => {
  const first = 'v=0\r\no=- 7562 2 IN IP4 127.0.0.1\r\ns=-\r\n'
  assert.equal(originOf(first), '- 7562 2 IN IP4 127.0.0.1')
  assert.equal(originOf(`${first}a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n`), originOf(first))
  assert.notEqual(originOf(first.replace(' 2 ', ' 3 ')), originOf(first))
  assert.equal(originOf('v=0\r\ns=-\r\n'), null)
})

test('pauses between restarts grow up to half a minute', () => {
  assert.deepEqual([0, 1, 2, 20].map(restartDelayMs), [500, 1_000, 2_000, 30_000])
})
