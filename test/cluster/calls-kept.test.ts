import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dayMs, partName } from '../../persistence/janitor/day-parts.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

const candidate = 'candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host'
const measured = { packet_loss_rate: 0.02, jitter_ms: 6, round_trip_time: 50 }

describe('calls of a cluster', { timeout: 90_000 }, () => {
  let cluster: TestCluster
  let failed = true
  const sockets: VoiceSocket[] = []

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 1, relays: 1 })
  })
  after(async () => {
    for (const socket of sockets) socket.close()
    await cluster.stop(failed)
  })

  const join = async (user: string, room: string, gateway: number) => {
    const socket = await VoiceSocket.connect(cluster.gateway(gateway).ws, cluster.token(user))
    sockets.push(socket)
    const { value } = await socket.command({ type: 'join', room_id: room })
    // From now on somebody is behind the seat, as the others see it.
    await socket.heard('snapshot')
    return { socket, session: String(value.session_id) }
  }
  const count = async (sql: string, values: unknown[] = []) =>
    Number((await cluster.database.query(sql, values))[0]?.['n'])

  test('are in the record: who signalled whom and how people heard, by whichever way they told it', async () => {
    const room = await cluster.createRoom('ann', { region: 'eu' })
    const [ann, bob] = [await join('ann', room, 0), await join('bob', room, 1)]
    const signal = { type: 'signal', room_id: room, message_type: 'candidate', candidate }
    for (let index = 0; index < 3; index += 1) await ann.socket.command({ ...signal, to_user: 'bob' })
    await bob.socket.command({ ...signal, to_user: 'ann' })
    ann.socket.send({ type: 'link', room_id: room, peer_session_id: bob.session, state: 'connected' })
    bob.socket.send({ type: 'quality', room_id: room, ...measured })
    // One who has no socket, by the gateway that knows nothing of the seat.
    const cid = await cluster.call('POST', `/api/v1/rooms/${room}/join`, { token: cluster.token('cid') })
    const report = { session_id: cid.body.session_id, ...measured, quality_score: 0.4 }
    const told = { token: cluster.token('cid'), body: report, gateway: 1 }
    assert.equal((await cluster.call('POST', `/api/v1/rooms/${room}/metrics`, told)).status, 202)
    const foreign = { ...told, token: cluster.token('ann') }
    assert.equal((await cluster.call('POST', `/api/v1/rooms/${room}/metrics`, foreign)).status, 404)

    const ofRoom = `from signaling_messages join webrtc_sessions using (session_id) where room_id = $1`
    await waitUntil('the signals are there', async () => (await count(`select count(*) as n ${ofRoom}`, [room])) === 4)
    const signals = await cluster.database.query(
      `select from_user, to_user, sequence_number, candidate_type, candidate, is_reliable ${ofRoom}
        order by from_user, sequence_number`,
      [room],
    )
    const row = (from_user: string, to_user: string, sequence_number: number) => ({
      ...{ from_user, to_user, sequence_number, candidate_type: 'host', candidate: null, is_reliable: true },
    })
    assert.deepEqual(signals, [row('ann', 'bob', 1), row('ann', 'bob', 2), row('ann', 'bob', 3), row('bob', 'ann', 1)])

    const reports = `from voice_quality_metrics where room_id = $1`
    await waitUntil('the reports are there', async () => (await count(`select count(*) as n ${reports}`, [room])) === 2)
    const heard = await cluster.database.query(
      `select user_id, quality_score, has_issues ${reports} order by user_id`,
      [room],
    )
    assert.deepEqual(heard, [
      { user_id: 'bob', quality_score: '0.90', has_issues: false },
      { user_id: 'cid', quality_score: '0.40', has_issues: true },
    ])
    await waitUntil(
      'the link is known',
      async () => (await count(`select count(*) as n from webrtc_sessions where status = 'connected'`)) === 1,
    )
  })

  test('are rolled up by the relay, and read by those who may', async () => {
    const room = await cluster.createRoom('dora', { region: 'us' })
    const { socket } = await join('dora', room, 0)
    socket.send({ type: 'quality', room_id: room, quality_score: 0.8 })
    await waitUntil(
      'the report is there',
      async () => (await count('select count(*) as n from voice_quality_metrics where room_id = $1', [room])) === 1,
    )
    // A minute is due when it is over; nobody waits for that here.
    await cluster.database.query('update voice_quality_pending set due_at = now()')
    const path = `/api/v1/rooms/${room}/quality`
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const read = (user: string, at = path, roles: string[] = []) =>
      cluster.call('GET', `${at}?until=${until}&since=${new Date(Date.now() - 3_600_000).toISOString()}`, {
        token: cluster.token(user, roles),
      })
    await waitUntil('the rollup is there', async () => (await read('dora')).body.rollups.length === 1, 30_000)
    const [rollup] = (await read('dora')).body.rollups
    assert.deepEqual([rollup.samples, rollup.score_p50, rollup.jitter_ms], [1, 0.8, null])
    assert.equal((await read('stranger')).status, 403)
    const regions = (await read('root', '/api/v1/quality/regions', ['admin'])).body.rollups as {
      readonly region: string
      readonly samples: number
    }[]
    assert.deepEqual(
      regions.filter(({ region }) => region === 'us').map(({ samples }) => samples),
      [1],
    )
    const part = partName('voice_quality_metrics', Math.floor(Date.now() / dayMs))
    assert.equal(await count(`select count(*) as n from pg_class where relname = $1`, [part]), 1)
  })

  test('that a gateway has not written yet are written when it is stopped', async () => {
    const room = await cluster.createRoom('eve')
    const [eve] = [await join('eve', room, 1), await join('fred', room, 0)]
    const signal = { type: 'signal', room_id: room, to_user: 'fred', message_type: 'candidate', candidate }
    for (let index = 0; index < 20; index += 1) await eve.socket.command(signal)
    await cluster.process('gateway-2').stop()
    const rows = await count(`select count(*) as n from signaling_messages where from_user = 'eve'`)
    assert.equal(rows, 20)
    failed = false
  })
})
