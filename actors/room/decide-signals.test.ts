import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { candidates, firefoxOffer } from '../../test/support/call-specimens.ts'
import type { KeptSignal, RoomCommand } from '../../protocol/room/commands.ts'
import type { RoomPush } from '../../protocol/room/view.ts'
import { unheardBounds } from './signal-book.ts'
import { as, commands, connection, definition, joinGraceMs, RoomKit, session, type Outcome } from './room.kit.ts'

const { create, join, leave, attach, signal, update } = commands

const withAnn = () => new RoomKit().given(create(), join('ann', 1))
const lapseAt = (room: RoomKit, number: number) => room.state.presence.get(session(number))?.lapseAtMs

describe('signaling', () => {
  test('goes to the receiver alone and journals nothing', () => {
    const room = withAnn().given(attach('ann', 1), join('bob', 2), attach('bob', 2))
    const done = room.run(signal('ann', 1, 'bob'))
    assert.deepEqual(done.reply, {
      delivered_to: session(2),
      connected: true,
      dropped_candidates: 0,
      signal_seq: 1_000_000_001,
    })
    assert.deepEqual(done.pushes, [
      {
        to: [session(2)],
        body: {
          type: 'signal',
          session_id: session(2),
          from_session: session(1),
          from_user: 'ann',
          message_type: 'offer',
          sdp: 'v=0',
          signal_seq: 1_000_000_001,
        },
      },
    ])
    assert.deepEqual(done.events, [])
  })

  test('says when nobody carries the receiving seat', () => {
    const room = withAnn().given(join('bob', 2))
    assert.deepEqual(room.run(signal('ann', 1, 'bob')).reply, {
      delivered_to: session(2),
      connected: false,
      dropped_candidates: 0,
      signal_seq: 1_000_000_001,
    })
  })

  test('keeps a seat without a connection alive', () => {
    const room = withAnn().given(join('bob', 2))
    const joinedAt = room.nowMs
    room.nowMs += 20_000
    room.given(signal('ann', 1, 'bob'))
    assert.deepEqual([lapseAt(room, 1), lapseAt(room, 2)], [room.nowMs + joinGraceMs, joinedAt + joinGraceMs])
  })

  test("from a session that is not the sender's is SESSION_NOT_FOUND", () => {
    const room = withAnn().given(join('bob', 2))
    for (const command of [signal('ann', 9, 'bob'), signal('bob', 1, 'ann')]) {
      assert.deepEqual(room.run(command).reply, { reject: 'SESSION_NOT_FOUND' })
    }
  })

  test('to a user without a seat is PARTICIPANT_NOT_FOUND', () => {
    assert.deepEqual(withAnn().run(signal('ann', 1, 'bob')).reply, { reject: 'PARTICIPANT_NOT_FOUND' })
  })
})

describe('a room that only relays', () => {
  const droppedIn = (reply: unknown) => (reply as { dropped_candidates: number }).dropped_candidates
  const relaying = () => withAnn().given(join('bob', 2), update(as('owner'), { settings: { ice_policy: 'relay' } }))
  const saying = (message: Partial<Extract<RoomCommand, { type: 'signal' }>>): RoomCommand => {
    const { sdp: _, ...about } = signal('ann', 1, 'bob') as Extract<RoomCommand, { type: 'signal' }>
    return { ...about, ...message }
  }

  test('hands on no candidate but those of TURN servers, and says how many it left out', () => {
    const room = relaying()
    const outcomes = candidates.map((candidate) => room.run(saying({ message_type: 'candidate', candidate })))
    assert.deepEqual(
      outcomes.map(({ reply }) => droppedIn(reply)),
      candidates.map((candidate) => (candidate.includes('typ relay') ? 0 : 1)),
    )
    assert.equal(outcomes.flatMap(({ pushes }) => pushes).length, 2)
  })

  test('hands descriptions on without an address of anybody', () => {
    const { reply, pushes } = relaying().run(saying({ message_type: 'offer', sdp: firefoxOffer }))
    assert.equal(droppedIn(reply), 4)
    const { sdp } = pushes[0]?.body as { sdp: string }
    assert.doesNotMatch(sdp, /192\.0\.2\.95|198\.51\.100\.176/)
  })

  test('hands on everything again once it is told to', () => {
    const room = relaying().given(update(as('owner'), { settings: {} }))
    const [candidate = ''] = candidates
    assert.equal(room.run(saying({ message_type: 'candidate', candidate })).pushes.length, 1)
  })
})

describe('signals of a session', () => {
  type Signalled = Extract<RoomPush, { type: 'signal' }>
  const told = ({ pushes }: Outcome) => pushes.map(({ body }) => body as RoomPush)
  const numbersIn = (outcome: Outcome) =>
    told(outcome)
      .filter((body): body is Signalled => body.type === 'signal')
      .map(({ signal_seq: seq }) => seq)
  const unheard = (room: RoomKit, number: number) =>
    (definition.unheard?.(room.state, session(number)) ?? []) as readonly Signalled[]
  const heard = (number: number, from: number, seq: number): RoomCommand => ({
    type: 'signals_heard',
    session_id: session(number),
    heard: [{ from_session: session(from), signal_seq: seq }],
  })
  const numbered = (seq: number, to = 'bob'): RoomCommand => ({ ...signalOf('ann', 1, to), signal_seq: seq })
  const signalOf = (from: string, number: number, to: string) =>
    signal(from, number, to) as Extract<RoomCommand, { type: 'signal' }>
  const kept = (seq: number, to = 2, candidate = `candidate ${seq}`): KeptSignal => ({
    ...{ to_session: session(to), signal_seq: seq, message_type: 'candidate', candidate },
  })
  const attachWith = (...unconfirmed: KeptSignal[]): RoomCommand => ({
    ...(attach('ann', 1, {}, connection(1)) as Extract<RoomCommand, { type: 'attach' }>),
    unconfirmed,
  })
  const three = () => withAnn().given(join('bob', 2), join('cid', 3))

  test('are numbered in their order, above every number of an earlier life', () => {
    const room = three()
    const outcomes = [signal('ann', 1, 'bob'), signal('ann', 1, 'cid'), signal('ann', 1, 'bob')].map((one) =>
      room.run(one),
    )
    assert.deepEqual(outcomes.flatMap(numbersIn), [1_000_000_001, 1_000_000_002, 1_000_000_003])
    const later = three()
    later.epoch = 2
    assert.deepEqual(numbersIn(later.run(signal('ann', 1, 'bob'))), [2_000_000_001])
  })

  test('are kept until they are confirmed, and go again behind the first push of whoever attaches', () => {
    const room = three().given(
      signal('ann', 1, 'bob'),
      signal('cid', 3, 'bob'),
      signal('ann', 1, 'bob'),
      signal('ann', 1, 'cid'),
    )
    assert.deepEqual(
      unheard(room, 2).map(({ from_user: from, signal_seq: seq }) => [from, seq % 1_000]),
      [
        ['ann', 1],
        ['cid', 1],
        ['ann', 2],
      ],
    )
    const confirmed = room.run(heard(2, 1, 1_000_000_001))
    assert.deepEqual(confirmed.pushes, [
      {
        to: [session(1)],
        body: {
          type: 'signals_confirmed',
          by: session(2),
          senders: [{ session_id: session(1), signal_seq: 1_000_000_001 }],
        },
      },
    ])
    assert.deepEqual(
      unheard(room, 2).map(({ from_user: from }) => from),
      ['cid', 'ann'],
    )
    room.given(heard(2, 1, 1_000_000_009), heard(2, 3, 1_000_000_009))
    assert.deepEqual(unheard(room, 2), [])
    assert.equal(unheard(room, 3).length, 1)
    assert.deepEqual(room.run(heard(2, 1, 1_000_000_009)).pushes, [])
  })

  test('that come again under their id are answered as before and go nowhere', () => {
    const room = three()
    const first = room.run(signal('ann', 1, 'bob'), 'source/7')
    room.given(signal('ann', 1, 'bob'))
    const again = room.run(signal('ann', 1, 'bob'), 'source/7')
    assert.deepEqual(again.reply, first.reply)
    assert.deepEqual([again.pushes, unheard(room, 2).length], [[], 2])
    // From another gateway, which numbers it anew.
    assert.deepEqual(room.run(numbered(1_000_000_050), 'source/7').reply, first.reply)
  })

  test('have the number that their gateway says, unless it was given', () => {
    const room = three()
    const numbers = [numbered(7), numbered(9), numbered(9), numbered(3), signal('ann', 1, 'bob')].map((one) =>
      room.run(one),
    )
    assert.deepEqual(numbers.flatMap(numbersIn), [7, 9, 10, 11, 12])
  })

  test('wait in a new life for what their gateway has kept', () => {
    const room = three()
    const next = { ...signalOf('ann', 1, 'bob'), signal_seq: 3, connection_id: connection(1) }
    assert.deepEqual(room.run(next).reply, { reject: 'RETRY_LATER' })
    const attached = room.run(attachWith(kept(1), kept(2)))
    assert.deepEqual(numbersIn(attached), [1, 2])
    assert.deepEqual(attached.reply, { session_id: session(1), role: 'member', mesh: 'full', last_signal_seq: 2 })
    assert.deepEqual(numbersIn(room.run(next)), [3])
    assert.deepEqual(
      unheard(room, 2).map(({ signal_seq: seq }) => seq),
      [1, 2, 3],
    )
    // The same life hears it again, over another link.
    assert.deepEqual(numbersIn(room.run(attachWith(kept(1), kept(2), kept(3)))), [])
    assert.equal(unheard(room, 2).length, 3)
  })

  test('of those who have left, and to them, are let go of', () => {
    const room = three().given(signal('ann', 1, 'bob'), leave('bob', 2), join('bob', 4))
    assert.deepEqual([unheard(room, 2), unheard(room, 4)], [[], []])
    assert.deepEqual(numbersIn(room.run(attachWith(kept(1_000_000_005), kept(1_000_000_006, 4)))), [1_000_000_006])
  })

  test('that nobody confirms are kept up to a bound, the newest of them', () => {
    const room = three()
    for (let count = 0; count < unheardBounds.signals + 40; count += 1) room.given(signal('ann', 1, 'bob'))
    const list = unheard(room, 2)
    assert.deepEqual([list.length, list[0]?.signal_seq], [unheardBounds.signals, 1_000_000_041])
    const large = { ...signalOf('cid', 3, 'bob'), sdp: 'x'.repeat(14_000) }
    for (let count = 0; count < 40; count += 1) room.given(large)
    const bytes = unheard(room, 2).reduce((sum, { sdp = '' }) => sum + sdp.length, 0)
    assert.ok(bytes <= unheardBounds.bytes && bytes > unheardBounds.bytes - 30_000, String(bytes))
  })

  test('are kept back where only relays go on by now', () => {
    const [host = ''] = candidates
    const room = three().given({
      ...signalOf('ann', 1, 'bob'),
      message_type: 'candidate',
      sdp: undefined,
      candidate: host,
    } as never)
    assert.equal(unheard(room, 2).length, 1)
    room.given(update(as('owner'), { settings: { ice_policy: 'relay' } }))
    assert.deepEqual(unheard(room, 2), [])
  })
})
