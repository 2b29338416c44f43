import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dateAt } from '../../protocol/raids/calendar.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()

describe('raids on a cluster', { timeout: 180_000 }, () => {
  let temporal: TestTemporal
  let cluster: TestCluster
  let failed = 0

  before(async () => {
    temporal = await startTemporal()
    cluster = await startCluster({
      ...{ gateways: 1, nodes: 2, workers: 1, relays: 1 },
      temporalAddress: temporal.address,
    })
  })
  after(async () => {
    for (const socket of sockets) socket.close()
    try {
      await cluster.stop(failed > 0)
    } finally {
      await temporal.stop()
    }
  })

  const call = (user: string, method: string, path: string, body?: unknown) =>
    cluster.call(method, path, { token: cluster.token(user), ...(body === undefined ? {} : { body }) })
  const made = async (body: Record<string, unknown>, user = 'lead') => {
    const answer = await call(user, 'POST', '/api/v1/raids', { name: 'Molten Core', ...body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const occurrence = async (raidId: string) =>
    (await call('lead', 'GET', `/api/v1/raids/${raidId}`)).body.occurrences[0]
  const becomes = (raidId: string, status: string, withinMs: number) =>
    waitUntil(`the raid is ${status}`, async () => (await occurrence(raidId)).status === status, withinMs)
  const join = async (user: string, roomId: string) => {
    const { status, body } = await call(user, 'POST', `/api/v1/rooms/${roomId}/join`, {})
    return status === 200 ? String(body.role) : String(body.error.code)
  }
  const sockets: VoiceSocket[] = []
  const connect = async (user: string) => {
    const socket = await VoiceSocket.open(cluster.gateway(0).ws)
    sockets.push(socket)
    socket.send({ type: 'hello', token: cluster.token(user) })
    await socket.heard('welcome')
    return socket
  }
  const noticesOn = (socket: VoiceSocket) =>
    socket.frames
      .filter(({ type }) => type === 'raid_notice')
      .map((frame) => `${String(frame['notice'])} ${String(frame['raid_id'])} ${String(frame['room_id'])}`)
  const guarded = async (act: () => Promise<void>) => {
    failed += 1
    await act()
    failed -= 1
  }

  test('made for in twenty seconds, the room is there at its time: those who signed up are let in with their roles, others are not, and it ends', () =>
    guarded(async () => {
      const startsAt = inSeconds(20)
      const { raid_id: id, occurrences } = await made({ starts_at: startsAt, opens_before_s: 0, duration_s: 12 })
      const roomId = String(occurrences[0].room_id)
      const path = `/api/v1/raids/${String(id)}`
      assert.equal((await call('bob', 'POST', `${path}/signup`, { role: 'tank' })).status, 200)
      assert.equal(
        (await call('lead', 'PUT', `${path}/roster/mod`, { role: 'healer', room_role: 'moderator' })).status,
        200,
      )
      assert.equal((await call('nay', 'POST', `${path}/signup`, { status: 'declined' })).status, 200)
      assert.equal(await join('bob', roomId), 'ROOM_NOT_FOUND')
      const [bob, stranger] = [await connect('bob'), await connect('stranger')]

      await becomes(id, 'open', 35_000)
      const [row] = await cluster.database.query(
        `select opened_at - starts_at as late, opened_at < starts_at as early from voice_raid_occurrences where raid_id = $1`,
        [id],
      )
      assert.equal(row?.['early'], false)
      assert.equal(await join('bob', roomId), 'member')
      assert.equal(await join('mod', roomId), 'moderator')
      assert.equal(await join('lead', roomId), 'owner')
      for (const other of ['nay', 'stranger']) assert.equal(await join(other, roomId), 'ROOM_NOT_FOUND')
      const { body: room } = await call('bob', 'GET', `/api/v1/rooms/${roomId}`)
      assert.deepEqual(room.metadata.raid.roles, [
        { user_id: 'bob', role: 'tank' },
        { user_id: 'mod', role: 'healer' },
      ])
      assert.equal(room.room_type, 'raid')

      await waitUntil('the player is told', () => noticesOn(bob).length > 0)
      assert.deepEqual(noticesOn(bob), [`open ${String(id)} ${roomId}`])
      assert.deepEqual(noticesOn(stranger), [])

      // Who signs up while it is open comes in, too.
      assert.equal((await call('late', 'POST', `${path}/signup`, { role: 'dps' })).status, 200)
      await waitUntil('they are let in', async () => (await join('late', roomId)) === 'member', 10_000)

      await becomes(id, 'over', 30_000)
      assert.equal(await join('bob', roomId), 'ROOM_CLOSED')
      assert.equal((await call('lead', 'GET', path)).body.status, 'over')
    }))

  test('a raid that is cancelled while it is open closes its room', () =>
    guarded(async () => {
      const { raid_id: id, occurrences } = await made({ starts_at: inSeconds(60), opens_before_s: 3_600 })
      await becomes(id, 'open', 20_000)
      const roomId = String(occurrences[0].room_id)
      assert.equal(await join('lead', roomId), 'owner')
      const lead = await connect('lead')
      assert.equal((await call('lead', 'DELETE', `/api/v1/raids/${String(id)}`, {})).status, 204)
      await waitUntil('its maker is told', () => noticesOn(lead).includes(`cancelled ${String(id)} ${roomId}`))
      await waitUntil('the room is closed', async () => (await join('lead', roomId)) === 'ROOM_CLOSED', 15_000)
    }))

  test('a raid with a rule opens what is near at once, follows an edit, and its schedule goes with it', () =>
    guarded(async () => {
      const soon = new Date(Date.now() + 150_000).toISOString()
      const rule = {
        days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        ...{ time: soon.slice(11, 16), zone: 'UTC', starts_on: dateAt('UTC', Date.now()) },
      }
      const { raid_id: id } = await made({ rule, opens_before_s: 600, duration_s: 600 })
      await becomes(id, 'open', 20_000)
      const { body: raid } = await call('lead', 'GET', `/api/v1/raids/${String(id)}`)
      assert.equal(raid.occurrences[0].occurrence, soon.slice(0, 10))
      assert.equal(raid.occurrences[1].status, 'planned')
      const roomId = String(raid.occurrences[0].room_id)
      await call('lead', 'PATCH', `/api/v1/raids/${String(id)}`, { name: 'Blackwing Lair', duration_s: 1_200 })
      await waitUntil(
        'the room has heard of the edit',
        async () => {
          const { body: room } = await call('lead', 'GET', `/api/v1/rooms/${roomId}`)
          return room.name === 'Blackwing Lair' && room.scheduled_end_at !== raid.occurrences[0].ends_at
        },
        15_000,
      )
      await call('lead', 'DELETE', `/api/v1/raids/${String(id)}`, {})
      await waitUntil('the room is closed', async () => (await join('lead', roomId)) === 'ROOM_CLOSED', 15_000)
    }))

  test('two hundred raids of one moment have two hundred rooms, each made once', () =>
    guarded(async () => {
      const startsAt = inSeconds(25)
      const makers = Array.from({ length: 200 }, (_, index) => `maker-${index}`)
      const waiting = makers.values()
      const lane = async () => {
        for (const maker of waiting) await made({ starts_at: startsAt, opens_before_s: 0, duration_s: 3_600 }, maker)
      }
      await Promise.all(Array.from({ length: 16 }, lane))
      assert.ok(Date.now() < Date.parse(startsAt), 'all were planned in time')
      const open = async () => {
        const [row] = await cluster.database.query(
          `select count(*)::int as open, max(opened_at - starts_at)::text as latest, min(opened_at) < $1 as early
             from voice_raid_occurrences where starts_at = $1 and status = 'open'`,
          [startsAt],
        )
        return row as { open: number; latest: string; early: boolean }
      }
      await waitUntil('all are open', async () => (await open()).open === 200, 70_000)
      const { early, latest } = await open()
      assert.equal(early, false)
      console.log(`200 rooms for one moment: the last one ${latest} behind it`)
      const [rooms] = await cluster.database.query(
        `select count(*)::int as made, count(distinct actor_key)::int as rooms
           from actor_journal, jsonb_array_elements(events) as event
          where event->>'type' = 'room.created' and actor_key in (
                select 'room:' || room_id from voice_raid_occurrences where starts_at = $1)`,
        [startsAt],
      )
      assert.deepEqual(rooms, { made: 200, rooms: 200 })
    }))
})
