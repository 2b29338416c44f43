import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ServerFrame } from '../../../protocol/client/frames.ts'
import type { RoomId, SessionId, UserId } from '../../../protocol/ids.ts'
import type { ParticipantView, PresenceView, PublicRoomEvent, RoomView } from '../../../protocol/room/view.ts'
import { applyFrame, emptyRoster, hasTheWord, type RoomFrame } from './roster.js'

const roomId = 'room' as RoomId
const room = { room_id: roomId, name: 'Hall', status: 'active' } as RoomView

const person = (name: string, more: Partial<ParticipantView> = {}): ParticipantView => ({
  session_id: `s-${name}` as SessionId,
  user_id: `u-${name}` as UserId,
  username: name,
  role: 'member',
  joined_at: '2030-01-01T00:00:00.000Z',
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
  ...more,
})
const snapshot = (epoch: number, seq: number, participants: ParticipantView[]): RoomFrame => ({
  type: 'snapshot',
  room_id: roomId,
  session_id: 's-ann' as SessionId,
  epoch,
  seq,
  room,
  participants,
  sanctions: [],
  stage: null,
  mesh: 'full',
  volumes: [],
})
const events = (epoch: number, seq: number, ...list: PublicRoomEvent[]): RoomFrame => ({
  type: 'events',
  room_id: roomId,
  epoch,
  seq,
  events: list,
})
const presence = (epoch: number, seq: number, participant: ParticipantView): ServerFrame & { type: 'presence' } => ({
  type: 'presence',
  room_id: roomId,
  epoch,
  seq,
  participant,
})
const caughtUp = (epoch: number, seq: number, ...participants: PresenceView[]): RoomFrame => ({
  type: 'caught_up',
  room_id: roomId,
  session_id: 's-ann' as SessionId,
  epoch,
  seq,
  participants,
})
const leaves = (name: string): PublicRoomEvent => ({
  type: 'participant.left',
  session_id: `s-${name}` as SessionId,
  user_id: `u-${name}` as UserId,
  reason: 'left',
})
const after = (...frames: RoomFrame[]) => frames.reduce(applyFrame, emptyRoster)
const names = (...frames: RoomFrame[]) => [...after(...frames).participants.values()].map(({ username }) => username)

describe('the roster', () => {
  test('takes the flags of those it knows from the end of what was missed, and goes on at its position', () => {
    const flags = (name: string, raised: boolean) => ({
      ...{ session_id: `s-${name}` as SessionId, is_connected: false },
      ...{
        self_muted: true,
        push_to_talk: false,
        transmits: 'room' as const,
        speaking: false,
        hand_raised: raised,
        priority: false,
      },
    })
    const roster = after(snapshot(1, 3, [person('bob')]), caughtUp(2, 4, flags('bob', true), flags('eve', false)))
    assert.deepEqual([...roster.participants.values()], [person('bob', { ...flags('bob', true) })])
    assert.deepEqual([roster.epoch, roster.seq, roster.room], [2, 4, room])
  })

  test('follows who is on stage and who has a voice', () => {
    const moved: PublicRoomEvent = { type: 'stage.moved', user_id: 'u-bob' as UserId, to: 'stage' }
    const given: PublicRoomEvent = { type: 'voice.changed', user_id: 'u-bob' as UserId, has_voice: true }
    const roster = after(snapshot(1, 1, [person('ann'), person('bob')]), events(1, 2, moved), events(1, 3, given))
    assert.deepEqual(
      [...roster.participants.values()],
      [person('ann'), person('bob', { on_stage: true, has_voice: true })],
    )
  })

  test('follows the stage: its places, who leaves it with their seat, and who keeps it in another one', () => {
    const bob = 'u-bob' as UserId
    const stage = { seats: 8, speakers: [], queue: [bob], invited: [] }
    const hall = { ...snapshot(1, 1, [person('bob')]), stage } as RoomFrame
    const moved: PublicRoomEvent = { type: 'stage.moved', user_id: bob, to: 'stage' }
    const onStage = { ...stage, speakers: [bob], queue: [] }
    const replaced: PublicRoomEvent = { ...leaves('bob'), reason: 'replaced' } as PublicRoomEvent
    assert.deepEqual(after(hall, events(1, 2, moved)).stage, onStage)
    assert.deepEqual(after(hall, events(1, 2, moved, replaced)).stage, onStage)
    assert.deepEqual(after(hall, events(1, 2, moved, leaves('bob'))).stage, { ...onStage, speakers: [] })
    const wider = { ...room, effective_settings: { stage_seats: 12 } } as RoomView
    assert.equal(after(hall, events(1, 2, { type: 'room.updated', room: wider })).stage?.seats, 12)
  })

  test('follows who comes and who goes', () => {
    const joined: PublicRoomEvent = { type: 'participant.joined', participant: person('bob') }
    assert.deepEqual(names(snapshot(1, 1, [person('ann')]), events(1, 2, joined)), ['ann', 'bob'])
    assert.deepEqual(names(snapshot(1, 1, [person('ann')]), events(1, 2, joined), events(1, 3, leaves('ann'))), ['bob'])
  })

  test('ignores what is older in its epoch, and whatever an older owner still says', () => {
    const now = snapshot(2, 5, [person('ann')])
    assert.deepEqual(names(now, events(2, 4, leaves('ann'))), ['ann'])
    assert.deepEqual(names(now, events(1, 9, leaves('ann'))), ['ann'])
    assert.deepEqual(names(now, snapshot(1, 9, [])), ['ann'])
    const roster = after(now)
    assert.equal(applyFrame(roster, events(1, 9, leaves('ann'))), roster)
  })

  test('takes a snapshot of a new owner although its sequence is behind', () => {
    const roster = after(snapshot(2, 50, [person('ann')]), snapshot(3, 4, [person('ann'), person('bob')]))
    assert.equal(roster.participants.size, 2)
    assert.deepEqual({ epoch: roster.epoch, seq: roster.seq }, { epoch: 3, seq: 4 })
  })

  test('lets every presence at one position count, the last one wins', () => {
    const roster = after(
      snapshot(1, 1, [person('ann')]),
      presence(1, 1, person('ann', { speaking: true })),
      presence(1, 1, person('ann', { speaking: false, hand_raised: true })),
    )
    const ann = roster.participants.get('s-ann')
    assert.equal(ann?.speaking, false)
    assert.equal(ann.hand_raised, true)
  })

  test('does not bring anybody back by a late presence', () => {
    const gone = [snapshot(1, 1, [person('ann')]), events(1, 2, leaves('ann'))]
    assert.deepEqual(names(...gone, presence(1, 2, person('ann'))), [])
  })

  test('shows a mute with its end, and its lift', () => {
    const until = '2030-01-01T00:01:00.000Z'
    const userId = 'u-ann' as UserId
    const muted = [
      snapshot(1, 1, [person('ann'), person('bob')]),
      events(1, 2, { type: 'sanction.applied', kind: 'mute', user_id: userId, generation: 1, until }),
    ]
    assert.equal(after(...muted).participants.get('s-ann')?.muted_until, until)
    assert.equal(after(...muted).participants.get('s-ann')?.is_muted, true)
    assert.equal(after(...muted).participants.get('s-bob')?.is_muted, false)
    const lifted = events(1, 3, {
      type: 'sanction.lifted',
      kind: 'mute',
      user_id: userId,
      generation: 1,
      cause: 'expired',
      clock: 'actor',
    })
    assert.equal(after(...muted, lifted).participants.get('s-ann')?.is_muted, false)
    assert.equal(after(...muted, lifted).participants.get('s-ann')?.muted_until, null)
  })

  test('has the links that the room told last, keeps them over a snapshot, and forgets them where all link with all', () => {
    const told = (links: string[] | null): RoomFrame => ({
      ...{ type: 'links', room_id: roomId, session_id: 's-ann' as SessionId, epoch: 1, seq: 1 },
      links: links as SessionId[] | null,
    })
    const chosen = { ...snapshot(1, 1, [person('ann')]), mesh: 'chosen' } as RoomFrame
    assert.equal(after(snapshot(1, 1, [])).links, null)
    assert.deepEqual(after(chosen).links, [], 'nobody, until it is told')
    assert.deepEqual(after(chosen, told(['s-bob']), chosen).links, ['s-bob'])
    assert.equal(after(chosen, told(['s-bob']), told(null)).links, null)
    assert.equal(after(chosen, told(['s-bob']), snapshot(1, 1, [])).links, null)
  })

  test('is never changed in place', () => {
    const before = after(snapshot(1, 1, [person('ann')]))
    applyFrame(before, events(1, 2, leaves('ann')))
    assert.equal(before.participants.size, 1)
  })

  test('moves past events that a newer server tells of', () => {
    const unknown = { type: 'stage.opened' } as unknown as PublicRoomEvent
    assert.equal(after(snapshot(1, 1, [person('ann')]), events(1, 2, unknown)).seq, 2)
  })
})

test('the word is with those on stage, or in a moderated room with moderators and whoever was given a voice', () => {
  const hall = { ...room, room_type: 'announcement' } as RoomView
  assert.deepEqual(
    [hasTheWord(hall, person('ann')), hasTheWord(hall, person('bob', { on_stage: true }))],
    [false, true],
  )
  const moderated = { ...room, room_type: 'group', is_moderated: true } as RoomView
  const people = [person('ann'), person('bob', { has_voice: true }), person('mod', { role: 'moderator' })]
  assert.deepEqual(
    people.map((one) => hasTheWord(moderated, one)),
    [false, true, true],
  )
  assert.equal(hasTheWord({ ...room, room_type: 'group', is_moderated: false } as RoomView, person('ann')), true)
})

describe('sanctions beyond the room', () => {
  const ofGuild = (name: string, ...kinds: ('mute' | 'deafen')[]): PublicRoomEvent => ({
    type: 'wider_sanctions.known',
    user_id: `u-${name}` as UserId,
    sanctions: kinds.map((kind) => ({
      ...{ scope: 'guild', kind, user_id: `u-${name}` as UserId, generation: 1, until: null },
    })),
  })
  const is = (name: string, ...frames: RoomFrame[]) => {
    const found = after(snapshot(1, 1, [person('bob'), person('eve')]), ...frames).participants.get(`s-${name}`)
    return [found?.is_muted, found?.is_deafened]
  }
  const mute: PublicRoomEvent = {
    type: 'sanction.applied',
    ...{ kind: 'mute', user_id: 'u-eve' as UserId, generation: 1, until: null },
  }
  const unmute: PublicRoomEvent = {
    type: 'sanction.lifted',
    ...{ kind: 'mute', user_id: 'u-eve' as UserId, generation: 1, cause: 'moderator', clock: 'none' },
  }

  test('mute and deafen as those of the room do, each beside the other', () => {
    assert.deepEqual(is('eve', events(1, 2, ofGuild('eve', 'mute', 'deafen'))), [true, true])
    assert.deepEqual(is('bob', events(1, 2, ofGuild('eve', 'mute', 'deafen'))), [false, false])
    assert.deepEqual(is('eve', events(1, 2, ofGuild('eve', 'mute'), mute, unmute)), [true, false])
    assert.deepEqual(is('eve', events(1, 2, ofGuild('eve', 'mute'), mute, ofGuild('eve'))), [true, false])
    assert.deepEqual(is('eve', events(1, 2, ofGuild('eve', 'mute', 'deafen'), ofGuild('eve', 'deafen'))), [false, true])
  })

  test('go with the one they are on', () => {
    const roster = after(snapshot(1, 1, [person('eve')]), events(1, 2, ofGuild('eve', 'mute'), mute, leaves('eve')))
    assert.deepEqual([...roster.sanctions.keys()], ['mute u-eve'])
  })
})
