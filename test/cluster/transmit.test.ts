import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket, type ReceivedFrame } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

/** What that socket knows of a user in a room by now. */
function seen(socket: VoiceSocket, room: string, user: string): { transmits: string; speaking: boolean } | undefined {
  type One = { user_id: string; session_id: string; transmits: string; speaking: boolean }
  const known = new Map<string, One>()
  const learn = (one: Partial<One> & { session_id: string }) =>
    known.set(one.session_id, { ...known.get(one.session_id), ...one } as One)
  const told = ({ type, participants, participant, events }: ReceivedFrame): readonly One[] => {
    if (type === 'snapshot' || type === 'caught_up') return participants as One[]
    if (type === 'presence') return [participant as One]
    if (type !== 'events') return []
    return (events as { participant?: One }[]).flatMap(({ participant: joined }) => joined ?? [])
  }
  for (const frame of socket.frames) if (frame['room_id'] === room) for (const one of told(frame)) learn(one)
  return [...known.values()].find(({ user_id: id }) => id === user)
}

describe('a player in two rooms', { timeout: 90_000 }, () => {
  let cluster: TestCluster
  let failed = true
  const sockets: VoiceSocket[] = []
  let [party, guild] = ['', '']

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 3 })
    ;[party, guild] = [await cluster.createRoom('host'), await cluster.createRoom('host')]
  })
  after(async () => {
    for (const socket of sockets) socket.close()
    await cluster.stop(failed)
  })

  const comes = async (user: string, gateway: number, ...rooms: string[]) => {
    const socket = await VoiceSocket.connect(cluster.gateway(gateway).ws, cluster.token(user))
    sockets.push(socket)
    for (const room of rooms) {
      assert.equal((await socket.command({ type: 'join', room_id: room })).type, 'reply')
      await socket.heard('snapshot', (frame) => frame['room_id'] === room)
    }
    return socket
  }
  const until = (socket: VoiceSocket, room: string, transmits: string) =>
    waitUntil(
      `ann is known as ${transmits}`,
      () => seen(socket, room, 'ann')?.transmits === transmits,
      15_000,
      () => JSON.stringify(seen(socket, room, 'ann')),
    )

  test('speaks to the one they name, whispers unseen, and is the same to a new owner', async () => {
    const ann = await comes('ann', 0, party, guild)
    const bob = await comes('bob', 1, party)
    const cid = await comes('cid', 0, party)
    const dan = await comes('dan', 1, guild)
    for (const room of [party, guild]) {
      await ann.command({ type: 'set_flags', room_id: room, flags: { speaking: true } })
    }
    assert.equal((await ann.command({ type: 'transmit', room_id: party, to: 'room' })).type, 'reply')
    await until(dan, guild, 'none')
    await until(bob, party, 'room')
    assert.equal((await ann.command({ type: 'transmit', room_id: party, to: 'whisper', users: ['bob'] })).type, 'reply')
    await until(bob, party, 'whisper')
    await until(cid, party, 'none')
    assert.deepEqual([seen(bob, party, 'ann')?.speaking, seen(cid, party, 'ann')?.speaking], [true, false])

    const owner = await cluster.waitForOwner(party)
    owner.kill()
    for (const socket of [bob, cid]) await socket.heard('caught_up', (frame) => frame['room_id'] === party, 15_000)
    await until(bob, party, 'whisper')
    await until(cid, party, 'none')
    for (const socket of [bob, cid]) {
      const after = socket.frames.findIndex(({ type }) => type === 'caught_up')
      const heard = socket.frames.slice(after).filter(({ type }) => type === 'presence')
      const ofAnn = heard.map(({ participant }) => participant as { user_id: string; transmits: string })
      const said = ofAnn.filter(({ user_id: id }) => id === 'ann').map(({ transmits }) => transmits)
      if (socket === cid) assert.ok(!said.includes('whisper'), 'not even in between')
    }

    const refused = await ann.command({ type: 'transmit', room_id: party, to: 'whisper', users: ['nobody'] })
    assert.equal(refused['error'].code, 'PARTICIPANT_NOT_FOUND')
    await until(bob, party, 'whisper')
    await ann.command({ type: 'leave', room_id: party })
    assert.equal(seen(dan, guild, 'ann')?.transmits, 'none', 'nobody hears what was for the party')
    await ann.command({ type: 'transmit', room_id: guild, to: 'all' })
    await until(dan, guild, 'room')
  })

  test('leads a raid, and is heard in the rooms linked to it for as long as they may lead', async () => {
    failed = true
    const raid = await cluster.createRoom('lea')
    const outsider = await cluster.call('POST', '/api/v1/rooms', {
      token: cluster.token('bob'),
      body: { name: 'mine', parent_room_id: raid },
    })
    assert.deepEqual([outsider.status, outsider.body.error?.code], [403, 'FORBIDDEN'])
    const made = { parent_room_id: raid, is_private: true, max_participants: 1, settings: { departure_grace_s: 60 } }
    const groups = [await cluster.createRoom('lea', made), await cluster.createRoom('lea', made)] as const
    const bob = await comes('bob2', 1)
    await admit('bob2', groups[0])
    assert.equal((await bob.command({ type: 'join', room_id: groups[0] })).type, 'reply')
    const lea = await comes('lea', 0, raid)
    const { body } = await cluster.call('GET', `/api/v1/rooms?parent_room_id=${raid}`, { token: cluster.token('lea') })
    assert.deepEqual((body.rooms as { room_id: string }[]).map(({ room_id: id }) => id).sort(), [...groups].sort())
    for (const room of groups) {
      const come = await lea.command({ type: 'join', room_id: room, speaks_from: raid })
      assert.equal(come.type, 'reply', JSON.stringify(come))
      await lea.command({ type: 'set_flags', room_id: room, flags: { speaking: true } })
    }
    const heard = (transmits: string, speaking: boolean) =>
      waitUntil(
        `lea is heard as ${transmits}`,
        () => {
          const now = seen(bob, groups[0], 'lea')
          return now?.transmits === transmits && now.speaking === speaking
        },
        15_000,
      )
    await heard('none', false)
    assert.equal((await lea.command({ type: 'transmit', room_id: raid, to: 'linked' })).type, 'reply')
    await heard('room', true)
    const signal = { type: 'signal', room_id: groups[0], to_user: 'bob2', message_type: 'end_of_candidates' }
    assert.equal((await lea.command(signal)).type, 'reply')
    await bob.heard('signal', ({ from_user: from }) => from === 'lea')

    ;(await cluster.waitForOwner(groups[0])).kill()
    await bob.heard('caught_up', ({ room_id: room }) => room === groups[0], 15_000)
    await heard('room', true)
    assert.equal((await lea.command({ type: 'transmit', room_id: raid, to: 'room' })).type, 'reply')
    await heard('none', false)

    // The old socket still stands, as one does whose client has lost its network.
    const seats = new Map(
      lea.frames.flatMap(({ type, room_id: room, session_id: id }) =>
        type === 'snapshot' ? [[room, id] as const] : [],
      ),
    )
    const again = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('lea'))
    sockets.push(again)
    const alone = { type: 'attach', room_id: groups[0], session_id: seats.get(groups[0]), speaks_from: raid }
    assert.equal((await again.command(alone))['error']?.code, 'SESSION_NOT_FOUND', 'not before the room it speaks from')
    for (const room of [raid, ...groups]) {
      const from = room === raid ? {} : { speaks_from: raid }
      const taken = await again.command({ type: 'attach', room_id: room, session_id: seats.get(room), ...from })
      assert.equal(taken.type, 'reply', JSON.stringify(taken))
      await again.command({ type: 'set_flags', room_id: room, flags: { speaking: true } })
    }
    assert.equal((await again.command({ type: 'transmit', room_id: raid, to: 'linked' })).type, 'reply')
    await heard('room', true)

    const muted = await cluster.call('POST', `/api/v1/rooms/${raid}/participants/lea/mute`, {
      token: cluster.token('root', ['admin']),
      body: {},
    })
    assert.equal(muted.status, 200, JSON.stringify(muted.body))
    const ended = (room: string) => again.heard('session_ended', ({ room_id: of }) => of === room, 15_000)
    for (const room of groups) assert.equal((await ended(room))['reason'], 'unlinked')
    await waitUntil('lea is gone from the group', async () => {
      const { body: room } = await cluster.call('GET', `/api/v1/rooms/${groups[0]}`, { token: cluster.token('lea') })
      return (room.participants as { user_id: string }[]).every(({ user_id: id }) => id !== 'lea')
    })
    const refused = await again.command({ type: 'join', room_id: groups[0], speaks_from: raid })
    assert.equal(refused['error']?.code, 'FORBIDDEN')
    failed = false
  })

  /** The room is private. */
  const admit = (user: string, room: string) =>
    cluster.call('PUT', `/api/v1/rooms/${room}/participants/${user}/role`, {
      token: cluster.token('lea'),
      body: { role: 'member' },
    })
})
