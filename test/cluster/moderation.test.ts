import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { signTestToken } from '../support/tokens.ts'
import { VoiceSocket, type ReceivedFrame } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

const guild = 'knights'

const codeOf = (frame: ReceivedFrame): string => (frame['error'] as { code: string } | undefined)?.code ?? frame.type
const eventsOf = (socket: VoiceSocket) =>
  socket.frames
    .filter(({ type }) => type === 'events')
    .flatMap((frame) => frame['events'] as { type: string; user_id: string; sanctions: { kind: string }[] }[])

/** Real processes and what befalls them, under sanctions of a room, of a guild and of the whole service. */
describe('a sanction', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 3, workers: 2, relays: 0, env: { VOICE_ROOM_IDLE_MS: '60000' } })
  })
  after(() => cluster.stop(failed))

  const tokenOf = (user: string, role?: string) =>
    role === undefined
      ? cluster.token(user)
      : signTestToken(cluster.env['JWT_SECRET'] ?? '', user, [], { guilds: [{ id: guild, role }] })
  const admin = () => cluster.token('boss', ['admin'])

  const on = (path: string, method: string, token: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    cluster.call(method, path, { token, body, headers })
  /** In every room of the guild, by its moderator. */
  const inGuild = (user: string, kind: string, body: unknown = {}) =>
    on(`/api/v1/guilds/${guild}/users/${user}/sanctions/${kind}`, 'PUT', tokenOf('mod', 'moderator'), body)
  const liftInGuild = (user: string, kind: string) =>
    on(`/api/v1/guilds/${guild}/users/${user}/sanctions/${kind}/lift`, 'POST', tokenOf('mod', 'moderator'))
  const inRoom = (roomId: string, user: string, act: string, body: unknown = {}) =>
    on(`/api/v1/rooms/${roomId}/participants/${user}/${act}`, 'POST', tokenOf('host'), body)

  const seated = async (user: string, roomId: string, gateway = 0) => {
    const socket = await VoiceSocket.connect(cluster.gateway(gateway).ws, tokenOf(user))
    const joined = await socket.command({ type: 'join', room_id: roomId })
    assert.equal(joined.type, 'reply', JSON.stringify(joined))
    return socket
  }
  const guildRoom = async (fields: Record<string, unknown> = {}) => {
    const body = { name: 'a room', owner_id: 'host', room_type: 'raid', guild_id: guild, ...fields }
    const made = await on('/api/v1/rooms', 'POST', cluster.token('game', ['service']), body)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return String(made.body.room_id)
  }
  const seatIn = async (roomId: string, user: string) => {
    const { body } = await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token: admin() })
    return (body.participants as { user_id: string; is_muted: boolean; is_deafened: boolean }[]).find(
      ({ user_id }) => user_id === user,
    )
  }
  const isMuted = async (roomId: string, user: string) => (await seatIn(roomId, user))?.is_muted === true
  const applied = async (key: string) => {
    const rows = await cluster.database.query(
      `select event->>'type' as type, event->>'kind' as kind from actor_journal, jsonb_array_elements(events) as event
        where actor_key = $1 order by seq`,
      [key],
    )
    return rows.map((row) => `${String(row['type'])} ${String(row['kind'])}`)
  }
  /** The process that has the guild's sanctions in memory. */
  const ownerOfGuild = async () => {
    for (const node of cluster.nodes()) {
      const { ok, body } = await node.admin('/cluster')
      if (ok && body.includes(`sanctions:guild:${guild}`)) return node
    }
    return null
  }
  /** Kills a node and has it start again, so that the next test finds three. */
  const killed = (process: { kill(): void; start(): void; ready(): Promise<void> }) => {
    process.kill()
    return async () => {
      process.start()
      await process.ready()
    }
  }

  /** Nothing that the user can do lets them in. */
  async function staysOut(user: string, roomId: string, scope: string): Promise<void> {
    for (const gateway of [0, 1]) {
      const socket = await VoiceSocket.connect(cluster.gateway(gateway).ws, tokenOf(user))
      const refused = await socket.command({ type: 'join', room_id: roomId })
      assert.equal(codeOf(refused), 'BANNED', JSON.stringify(refused))
      assert.equal((refused['error'] as { details: { scope: string } }).details.scope, scope)
      socket.close()
      const byRest = await cluster.call('POST', `/api/v1/rooms/${roomId}/join`, {
        ...{ token: tokenOf(user), body: {}, gateway },
      })
      assert.deepEqual([byRest.status, byRest.body.error.code], [403, 'BANNED'])
    }
    assert.equal(await seatIn(roomId, user), undefined)
  }

  test('of a guild puts a banned user out of every room of it at once, keeps them out, and lets other rooms be', async () => {
    const rooms = [await guildRoom(), await guildRoom({ room_type: 'guild', is_private: false })]
    const elsewhere = await cluster.createRoom('host')
    const sockets = await Promise.all([
      seated('rude', rooms[0]!, 0),
      seated('rude', rooms[1]!, 1),
      seated('rude', elsewhere, 1),
    ])
    const startedMs = performance.now()
    const banned = await inGuild('rude', 'ban', { duration: 600, reason: 'threats', evidence: 'clip-17' })
    assert.equal(banned.status, 200, JSON.stringify(banned.body))
    assert.deepEqual(
      [banned.body.scope, banned.body.scope_id, banned.body.kind, banned.body.user_id, banned.body.generation],
      ['guild', guild, 'ban', 'rude', 1],
    )
    for (const socket of sockets.slice(0, 2)) {
      await socket.heard('session_ended', (frame) => frame['reason'] === 'banned', 3_000)
    }
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs < 2_000, `out after ${tookMs} ms`)
    for (const roomId of rooms) await staysOut('rude', roomId, 'guild')
    assert.ok(await seatIn(elsewhere, 'rude'), 'still in a room that is not of the guild')
    // A room that was not there when the ban came.
    await staysOut('rude', await guildRoom(), 'guild')

    assert.equal((await liftInGuild('rude', 'ban')).status, 200)
    const again = await seated('rude', rooms[0]!)
    for (const socket of [...sockets, again]) socket.close()
    failed = false
  })

  test('of the whole service keeps a banned user out of every room there is', async () => {
    failed = true
    const rooms = [await cluster.createRoom('host'), await guildRoom()]
    const sockets = await Promise.all(rooms.map((roomId, index) => seated('cheat', roomId, index)))
    const path = '/api/v1/users/cheat/sanctions/ban'
    assert.equal((await on(path, 'PUT', tokenOf('mod', 'owner'), {})).body.error.code, 'FORBIDDEN')
    assert.equal((await on(path, 'PUT', admin(), { reason: 'aim bot' })).status, 200)
    for (const socket of sockets) await socket.heard('session_ended', (frame) => frame['reason'] === 'banned', 3_000)
    for (const roomId of rooms) await staysOut('cheat', roomId, 'global')
    for (const socket of sockets) socket.close()
    failed = false
  })

  test('is never outrun: of joins that race with a ban none is in behind it', async () => {
    failed = true
    const roomId = await guildRoom({ max_participants: 50 })
    for (let round = 0; round < 8; round += 1) {
      const user = `racer-${round}`
      let isOver = false
      let admitted = 0
      const joining = Promise.all(
        [0, 1].map(async (gateway) => {
          while (!isOver) {
            const joined = await cluster.call('POST', `/api/v1/rooms/${roomId}/join`, {
              ...{ token: tokenOf(user), body: {}, gateway },
            })
            if (joined.status === 200) admitted += 1
            else assert.equal(joined.body.error.code, 'BANNED', JSON.stringify(joined.body))
          }
        }),
      )
      await waitUntil('one is in', () => admitted > 0, 5_000)
      const ban = await inGuild(user, 'ban')
      assert.equal(ban.status, 200, JSON.stringify(ban.body))
      // Acknowledged: what is asked for from here on is behind it.
      const late = await cluster.call('POST', `/api/v1/rooms/${roomId}/join`, { token: tokenOf(user), body: {} })
      assert.equal(late.body.error?.code, 'BANNED', JSON.stringify(late.body))
      isOver = true
      await joining
      await waitUntil('they are out', async () => (await seatIn(roomId, user)) === undefined, 3_000)
    }
    failed = false
  })

  test('mutes and deafens in every room of the guild, those joined later too, and ends where no other one stands', async () => {
    failed = true
    const [one, two] = [await guildRoom(), await guildRoom()]
    const loud = await seated('loud', one)
    const listener = await seated('host', one, 1)
    assert.equal((await inGuild('loud', 'mute')).status, 200)
    assert.equal((await inGuild('loud', 'deafen')).status, 200)
    await waitUntil('the guild mutes them here', () => isMuted(one, 'loud'), 3_000)
    await listener.heard('events', (frame) =>
      (frame['events'] as { type: string; sanctions: { kind: string; scope: string }[] }[]).some(
        ({ type, sanctions }) => type === 'wider_sanctions.known' && sanctions.some(({ kind }) => kind === 'deafen'),
      ),
    )
    const joined = await loud.command({ type: 'join', room_id: two })
    const { participants } = joined['value'].snapshot as {
      participants: { user_id: string; is_muted: boolean; is_deafened: boolean }[]
    }
    assert.deepEqual(
      participants.map(({ user_id, is_muted, is_deafened }) => [user_id, is_muted, is_deafened]),
      [['loud', true, true]],
      'muted and deafened from the first moment',
    )
    await inRoom(one, 'loud', 'mute')
    assert.equal((await liftInGuild('loud', 'mute')).status, 200)
    await waitUntil('the other room lets them speak', async () => !(await isMuted(two, 'loud')), 3_000)
    assert.equal(await isMuted(one, 'loud'), true, 'the mute of the room itself stands')
    await inRoom(one, 'loud', 'unmute')
    assert.equal(await isMuted(one, 'loud'), false)
    assert.equal((await seatIn(two, 'loud'))?.is_deafened, true, 'the other kind stands')
    const rows = await cluster.database.query(
      `select room_id, is_muted, is_deafened from voice_participants where user_id = 'loud' and status = 'active'`,
    )
    assert.deepEqual(
      rows.map((row) => [row['is_muted'], row['is_deafened']]),
      [
        [false, true],
        [false, true],
      ],
    )
    loud.close()
    listener.close()
    failed = false
  })

  test('of a guild ends on time, once, in the guild and in its rooms', async () => {
    failed = true
    const roomId = await guildRoom()
    const brief = await seated('brief', roomId)
    assert.equal((await inGuild('brief', 'mute', { duration: 2 })).status, 200)
    await waitUntil('they are muted', () => isMuted(roomId, 'brief'), 1_500)
    await waitUntil('they are not any more', async () => !(await isMuted(roomId, 'brief')), 5_000)
    const row = async () => {
      const [found] = await cluster.database.query(
        `select lifted_at, until, lift_cause from voice_sanctions where scope = 'guild' and user_id = 'brief'`,
      )
      return found as { lifted_at: Date | null; until: Date; lift_cause: string }
    }
    await waitUntil('it is lifted in the record', async () => (await row()).lifted_at !== null, 5_000)
    const { lifted_at: liftedAt, until, lift_cause: cause } = await row()
    assert.ok(liftedAt && liftedAt >= until && liftedAt.getTime() - until.getTime() < 1_500, String(liftedAt))
    assert.equal(cause, 'expired')
    const told = eventsOf(brief).filter(({ type }) => type === 'wider_sanctions.known')
    assert.deepEqual(
      told.map(({ sanctions }) => sanctions.length),
      [1, 0],
    )
    const lifts = await cluster.database.query(
      `select event from actor_journal, jsonb_array_elements(events) as event
        where actor_key = $1 and event->>'type' = 'sanction.lifted' and event->>'user_id' = 'brief'`,
      [`sanctions:guild:${guild}`],
    )
    assert.equal(lifts.length, 1)
    brief.close()
    failed = false
  })

  test('survives the death of the guild’s owner in the middle of the command, and of the room’s, and a worker’s', async () => {
    failed = true
    const roomId = await guildRoom()
    const target = await seated('hardy', roomId)
    await inGuild('nobody', 'mute')
    const owner = await ownerOfGuild()
    assert.ok(owner, 'the guild has an owner')
    const key = { 'idempotency-key': 'ban-of-hardy' }
    const path = `/api/v1/guilds/${guild}/users/hardy/sanctions/ban`
    const put = () => on(path, 'PUT', tokenOf('mod', 'moderator'), { reason: 'spam' }, key)
    const asked = put()
    const [revivesOwner, revivesWorker] = [killed(owner), killed(cluster.process('worker-1'))]
    let answer = await asked
    // What a client does that did not hear the outcome: the same again.
    for (const untilMs = performance.now() + 10_000; answer.status >= 500 && performance.now() < untilMs;)
      answer = await put()
    assert.deepEqual([answer.status, answer.body.generation], [200, 1], JSON.stringify(answer.body))
    await target.heard('session_ended', (frame) => frame['reason'] === 'banned' || frame['reason'] === 'lapsed', 8_000)
    await waitUntil('they are out', async () => (await seatIn(roomId, 'hardy')) === undefined, 8_000)
    assert.equal((await put()).body.generation, 1, 'one event, however often it was asked for')
    await Promise.all([revivesOwner(), revivesWorker()])

    const room = await cluster.waitForOwner(roomId)
    const revivesRoom = killed(room)
    await staysOut('hardy', roomId, 'guild')
    await revivesRoom()
    target.close()
    failed = false
  })

  test('reaches a room whose owner is killed in that moment', async () => {
    failed = true
    const roomId = await guildRoom()
    const target = await seated('quick', roomId)
    const owner = await cluster.waitForOwner(roomId)
    const revives = killed(owner)
    const ban = async () => {
      const answer = await on(
        `/api/v1/users/quick/sanctions/ban`,
        'PUT',
        admin(),
        {},
        { 'idempotency-key': 'ban-of-quick' },
      )
      return answer.status
    }
    await waitUntil('the ban is acknowledged', async () => (await ban()) === 200, 8_000)
    await target.heard('session_ended', () => true, 8_000)
    await staysOut('quick', roomId, 'global')
    await revives()
    target.close()
    failed = false
  })

  test('of a room survives reconnecting, another gateway, another token, its owner’s death and a hand-off', async () => {
    failed = true
    const roomId = await cluster.createRoom('host')
    const host = await seated('host', roomId, 1)
    const [muted, kicked] = [await seated('mute-me', roomId), await seated('kick-me', roomId)]
    assert.equal((await inRoom(roomId, 'mute-me', 'mute', { duration: 600 })).status, 200)
    assert.equal((await inRoom(roomId, 'kick-me', 'kick', { duration: 600 })).status, 200)
    await kicked.heard('session_ended', (frame) => frame['reason'] === 'kicked')
    muted.close()
    const back = await seated('mute-me', roomId, 1)
    assert.equal(await isMuted(roomId, 'mute-me'), true)
    await staysOut('kick-me', roomId, 'room')

    // In the middle of a command: whatever became of it, the same again comes to one ban.
    const owner = await cluster.waitForOwner(roomId)
    const path = `/api/v1/rooms/${roomId}/participants/ban-me/ban`
    const ban = () => on(path, 'POST', tokenOf('host'), { reason: 'spam' }, { 'idempotency-key': 'ban-in-a-room' })
    const asked = ban()
    const revives = killed(owner)
    let answer = await asked
    for (const untilMs = performance.now() + 10_000; answer.status >= 500 && performance.now() < untilMs;)
      answer = await ban()
    assert.deepEqual([answer.status, answer.body.generation], [200, 1])
    assert.equal(await isMuted(roomId, 'mute-me'), true)
    await staysOut('ban-me', roomId, 'room')
    await staysOut('kick-me', roomId, 'room')
    await revives()

    const next = await cluster.waitForOwner(roomId)
    const stopping = next.stop()
    await waitUntil('another node has the room', async () => {
      const now = await cluster.ownerOf(roomId)
      return now !== null && now !== next
    })
    assert.equal(await isMuted(roomId, 'mute-me'), true, 'handed over with the room')
    await stopping
    await staysOut('ban-me', roomId, 'room')
    assert.equal((await seatIn(roomId, 'host')) !== undefined, true)
    assert.deepEqual([host.closeCode, back.closeCode], [0, 0])
    assert.deepEqual(
      (await applied(`room:${roomId}`)).filter((event) => event.startsWith('sanction.')),
      ['sanction.applied mute', 'sanction.applied ban', 'sanction.applied ban'],
    )
    for (const socket of [host, back, kicked]) socket.close()
    failed = false
  })
})
