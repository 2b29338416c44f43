import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionId } from '../../protocol/ids.ts'
import { linksMax } from '../../protocol/room/mesh.ts'
import { restoreMs, settleMs } from './decide-mesh.ts'
import { as, commands, definition, RoomKit, session, type Outcome } from './room.kit.ts'

type LinksTold = ReadonlyMap<SessionId, readonly SessionId[] | null>

/** What each session was told of its links. */
function linksTold({ pushes }: Pick<Outcome, 'pushes'>): LinksTold {
  const bodies = pushes.map(({ body }) => body as { type: string; session_id: SessionId; links: SessionId[] | null })
  return new Map(bodies.filter(({ type }) => type === 'links').map((body) => [body.session_id, body.links]))
}

/** A room of so many, all connected; `p1` holds session 1 and so on. */
function crowd(count: number): RoomKit {
  const room = new RoomKit().given(commands.create({ max_participants: 100 }))
  for (let who = 1; who <= count; who += 1) {
    room.given(commands.join(`p${who}`, who), commands.attach(`p${who}`, who))
  }
  return room
}

/** Lets the alarm ring until it is not due within the time; what was told last to each. */
function waited(room: RoomKit, ms: number): Map<SessionId, readonly SessionId[] | null> {
  const told = new Map<SessionId, readonly SessionId[] | null>()
  const untilMs = room.nowMs + ms
  for (;;) {
    const dueMs = definition.nextWakeAtMs(room.state)
    if (dueMs === null || dueMs > untilMs) break
    room.nowMs = Math.max(room.nowMs, dueMs)
    for (const [to, links] of linksTold(room.run(commands.wake))) told.set(to, links)
  }
  room.nowMs = untilMs
  return told
}

/** Somebody with whom that one is not linked. */
const strangerOf = (room: RoomKit, who: number): number =>
  Array.from({ length: room.state.seats.size }, (_, index) => index + 1).find(
    (other) => other !== who && !room.state.mesh?.links.get(session(who))?.has(session(other)),
  ) ?? 0

const signal = (room: RoomKit, from: number, to: number) =>
  room.run(commands.signal(`p${from}`, from, `p${to}`)).reply as { readonly reject?: string }

test('nine people are a full mesh: nobody is told of links, and everyone may signal everyone', () => {
  const room = crowd(9)
  assert.equal(waited(room, 60_000).size, 0)
  assert.equal(room.view().mesh, 'full')
  assert.equal(signal(room, 1, 9).reject, undefined)
})

test('with the tenth everybody is told at once with whom they link, and the first nine keep what they have', () => {
  const room = crowd(10)
  const told = linksTold(room.run(commands.wake))
  assert.equal(told.size, 10)
  assert.equal(room.view().mesh, 'chosen')
  assert.equal(told.get(session(10))?.length, 1)
  // One of the first nine gave one link up for the tenth, and one lost it.
  const links = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((who) => told.get(session(who))?.length)
  assert.deepEqual(links.toSorted(), [7, 8, 8, 8, 8, 8, 8, 8, 8])
})

test('a signal between two who are not linked is refused', () => {
  const room = crowd(10)
  const [linked] = waited(room, 0).get(session(10)) ?? []
  const number = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((who) => session(who) === linked) ?? 0
  const other = number === 1 ? 2 : 1
  assert.equal(signal(room, 10, number).reject, undefined)
  assert.equal(signal(room, number, 10).reject, undefined)
  assert.equal(signal(room, 10, other).reject, 'NOT_LINKED')
  assert.equal(signal(room, other, 10).reject, 'NOT_LINKED')
})

test('whoever begins to speak is linked with those who speak, and a pause of theirs moves nothing', () => {
  const room = crowd(30)
  waited(room, 60_000)
  const other = strangerOf(room, 30)
  room.given(
    commands.setFlags(`p${other}`, other, { speaking: true }),
    commands.setFlags('p30', 30, { speaking: true }),
  )
  const told = waited(room, 10_000)
  assert.ok(told.get(session(other))?.includes(session(30)))
  assert.ok(told.get(session(30))?.includes(session(other)))
  room.given(commands.setFlags('p30', 30, { speaking: false }))
  assert.equal(waited(room, 5_000).size, 0)
})

test('a muted one is no speaker', () => {
  const room = crowd(30)
  waited(room, 60_000)
  room.given(commands.mute(as('owner'), 'p30', 60))
  const other = strangerOf(room, 30)
  room.given(
    commands.setFlags('p30', 30, { speaking: true }),
    commands.setFlags(`p${other}`, other, { speaking: true }),
  )
  assert.ok(!waited(room, 10_000).get(session(other))?.includes(session(30)))
})

test('back at nine, everybody comes to be linked with everybody, and is told that it is so', () => {
  const room = crowd(12)
  waited(room, 60_000)
  room.given(commands.leave('p1'), commands.leave('p2'), commands.leave('p3'))
  const told = waited(room, 60_000)
  assert.equal(room.view().mesh, 'full')
  assert.equal(told.size, 9)
  for (const links of told.values()) assert.equal(links, null)
  assert.equal(definition.nextWakeAtMs(room.state), null)
})

test('a new owner has the links that the gateways tell it, moves none of them, and lets signals pass meanwhile', () => {
  const room = crowd(20)
  const told = waited(room, 60_000)
  const before = new Map(Array.from({ length: 20 }, (_, index) => [session(index + 1), told.get(session(index + 1))]))
  room.state = room.replayed()
  room.run(commands.activated)
  assert.equal(signal(room, 1, 20).reject, undefined, 'nobody has told yet')
  for (let who = 1; who <= 20; who += 1) {
    room.given({ ...commands.attach(`p${who}`, who), links: [...(before.get(session(who)) ?? [])] } as never)
  }
  const after = waited(room, settleMs)
  assert.equal(after.size, 20, 'each is told once more')
  for (const [to, links] of after) assert.deepEqual(new Set(links), new Set(before.get(to)))
})

test('what a session says of its links counts only after a fresh start', () => {
  const room = crowd(30)
  waited(room, 60_000 + restoreMs)
  const stranger = session(strangerOf(room, 30))
  room.given({ ...commands.attach('p30', 30), links: [stranger] } as never)
  assert.ok(!room.state.mesh?.links.get(session(30))?.has(stranger))
  assert.deepEqual([...waited(room, 1_000).keys()], [session(30)], 'but it is told what it has')
})

test('a session with chosen links in a room that is small by now is told to link with everybody', () => {
  const room = crowd(5)
  room.given({ ...commands.attach('p5', 5), links: [session(1)] } as never)
  const told = waited(room, 1_000)
  assert.equal(told.get(session(5)), null)
  assert.equal(room.view().mesh, 'full')
})

test('on a stage of two with a crowd before it, those on stage reach eight of the crowd each', () => {
  const room = new RoomKit().given(commands.create({ room_type: 'announcement', max_participants: 100 }))
  for (let who = 1; who <= 40; who += 1) {
    room.given(commands.join(`p${who}`, who), commands.attach(`p${who}`, who))
  }
  for (const who of ['p1', 'p2']) {
    room.given(commands.ofOther('invite_to_stage', as('owner'), who), commands.own('accept_stage_invite', as(who)))
  }
  waited(room, 60_000)
  const links = (who: number) => room.state.mesh?.links.get(session(who))?.size
  assert.equal(links(1), linksMax)
  assert.equal(links(2), linksMax)
  assert.ok(!room.state.mesh?.links.get(session(39))?.has(session(40)))
})
