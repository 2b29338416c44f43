import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'
import { chromiumOffer } from '../support/call-specimens.ts'

const shim = fileURLToPath(new URL('../../bin/roomctl.mjs', import.meta.url))

/** What `roomctl room --json` says, as far as it is looked at here. */
interface RoomPage {
  readonly owner: { readonly process: string; readonly pid: number }
  readonly epoch: number
  readonly here: { readonly epoch: number; readonly sessions: number } | null
  readonly preferences: readonly unknown[]
  readonly moves: readonly { readonly process: string; readonly epoch: number }[]
  readonly silent: readonly string[]
}

interface RoomTold {
  readonly owner: { readonly process: string; readonly pid: number }
  readonly answered_by: string
  readonly participants: readonly { readonly user_id: string }[]
  readonly sanctions: readonly { readonly user_id: string }[]
}

const serviceMetrics = [
  'voice_chat_rooms_created_total',
  'voice_chat_participants_joined_total',
  'voice_chat_signaling_messages_total',
  'voice_chat_webrtc_connections_total',
  'voice_chat_active_rooms',
  'voice_chat_active_participants',
]

describe('what operators see of a cluster', () => {
  let cluster: TestCluster
  let failed = true
  const rooms: string[] = []
  let talkers: VoiceSocket[] = []

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 2 })
    for (let count = 0; count < 6; count += 1) rooms.push(await cluster.createRoom('host'))
    const [first = ''] = rooms
    talkers = await Promise.all(
      ['ann', 'bob'].map((user, index) => VoiceSocket.connect(cluster.gateway(index).ws, cluster.token(user))),
    )
    for (const talker of talkers) await talker.command({ type: 'join', room_id: first })
    const signal = { type: 'signal', room_id: first, to_user: 'bob', message_type: 'offer', sdp: chromiumOffer }
    const sent = await talkers[0]!.command(signal)
    assert.equal(sent.type, 'reply', JSON.stringify(sent))
  })
  after(async () => {
    for (const talker of talkers) talker.close()
    await cluster.stop(failed)
  })

  const sum = async (name: string): Promise<number> => {
    const values = await Promise.all([...cluster.processes.values()].map((process) => process.metric(name)))
    return values.reduce((total, value) => total + value, 0)
  }
  const roomctl = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(
        process.execPath,
        [shim, ...args],
        { env: { ...cluster.env }, timeout: 20_000 },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      )
    })

  test('the sum of each metric over all processes is the truth', async () => {
    const sums = await Promise.all(serviceMetrics.map(sum))
    assert.deepEqual(Object.fromEntries(serviceMetrics.map((name, index) => [name, sums[index]])), {
      voice_chat_rooms_created_total: 6,
      voice_chat_participants_joined_total: 2,
      voice_chat_signaling_messages_total: 1,
      voice_chat_webrtc_connections_total: 0,
      voice_chat_active_rooms: 6,
      voice_chat_active_participants: 2,
    })
  })

  test('a gateway shows all seven names on its public port', async () => {
    const response = await fetch(`${cluster.gateway(0).http}/metrics`)
    const text = await response.text()
    for (const name of [...serviceMetrics, 'voice_chat_audio_quality_score'])
      assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'))
  })

  test('health and readiness are told by every process, and by gateways in public', async () => {
    for (const process of cluster.processes.values()) {
      assert.equal((await process.admin('/health')).ok, true)
      assert.equal((await process.admin('/health/ready')).ok, true)
    }
    for (const path of ['/health', '/health/ready']) {
      assert.equal((await fetch(`${cluster.gateway(1).http}${path}`)).status, 200)
    }
  })

  test('roomctl cluster lists every process with its pid and its share of the rooms', async () => {
    const { code, stdout, stderr } = await roomctl('cluster', '--json')
    assert.deepEqual([code, stderr], [0, ''])
    const { processes } = JSON.parse(stdout) as { processes: { process: string; pid: number; actors: number }[] }
    assert.deepEqual(
      processes.map(({ process, pid }) => [process, pid]),
      ['gateway-1', 'gateway-2', 'node-1', 'node-2'].map((name) => [name, cluster.process(name).pid]),
    )
    await waitUntil('loads are told with the leases', async () => {
      const seen = JSON.parse((await roomctl('cluster', '--json')).stdout) as { processes: { actors: number }[] }
      return seen.processes.reduce((total, { actors }) => total + actors, 0) === 6
    })
    assert.match((await roomctl('cluster')).stdout, /node-1/)
  })

  test('roomctl room tells the owner, its pid, the epoch, the roster and the sanctions', async () => {
    const [first = ''] = rooms
    await cluster.call('POST', `/api/v1/rooms/${first}/participants/bob/mute`, {
      token: cluster.token('host'),
      body: { duration: 600, reason: 'noise' },
    })
    const { code, stdout, stderr } = await roomctl('room', first, '--json')
    assert.deepEqual([code, stderr], [0, ''])
    const told = JSON.parse(stdout) as RoomTold
    const owner = await cluster.waitForOwner(first)
    assert.deepEqual([told.owner.process, told.owner.pid, told.answered_by], [owner.name, owner.pid, 'owner'])
    assert.deepEqual(told.participants.map(({ user_id }) => user_id).sort(), ['ann', 'bob'])
    assert.deepEqual(
      told.sanctions.map(({ user_id }) => user_id),
      ['bob'],
    )
    assert.equal((await roomctl('room', '3b241101-e2bb-4255-8caf-4136c566a962')).code, 66)
    failed = false
  })

  test('the admin port of any process tells of a room, and that of its owner how it is', async () => {
    const [first = ''] = rooms
    const owner = await cluster.waitForOwner(first)
    const shown = await Promise.all(
      [owner, cluster.process('gateway-1')].map(async (process) => {
        const { ok, body } = await process.admin(`/cluster/rooms/${first}`)
        assert.ok(ok, body)
        return JSON.parse(body) as RoomPage
      }),
    )
    for (const { owner: told, epoch, preferences, moves, silent } of shown) {
      assert.deepEqual([told.process, told.pid, silent], [owner.name, owner.pid, []])
      assert.deepEqual([moves.at(-1)?.process, moves.at(-1)?.epoch], [owner.name, epoch])
      assert.equal(preferences.length, 2)
    }
    assert.ok(shown[0]!.here && shown[0]!.here.epoch === shown[0]!.epoch && shown[0]!.here.sessions > 0)
    assert.equal(shown[1]!.here, null)
    assert.equal((await owner.admin('/cluster/rooms/3b241101-e2bb-4255-8caf-4136c566a962')).ok, false)
  })

  test('roomctl moves a room, drains a node and calls it back, and no socket notices', async () => {
    failed = true
    const [first = ''] = rooms
    const owner = await cluster.waitForOwner(first)
    const other = cluster.nodes().find((node) => node !== owner)!
    const why = JSON.parse((await roomctl('why', first, '--json')).stdout) as { owner: string; preferences: unknown[] }
    assert.deepEqual([why.owner, why.preferences.length], [owner.name, 2])

    const moved = await roomctl('move', first, '--to', other.name)
    assert.deepEqual([moved.code, moved.stdout], [0, `to ${other.name}\n`], moved.stderr)
    assert.equal((await cluster.waitForOwner(first)).name, other.name)
    assert.equal((await roomctl('move', first, '--to', 'gateway-1')).code, 77)

    const drained = await roomctl('drain', other.name, '--json')
    const { left } = JSON.parse(drained.stdout) as { left: number }
    assert.deepEqual([drained.code, left], [0, 0], drained.stderr)
    assert.equal((await cluster.waitForOwner(first)).name, owner.name)
    assert.equal((await roomctl('undrain', other.name)).code, 0)

    const raised = await talkers[0]!.command({ type: 'set_flags', room_id: first, flags: { hand_raised: true } })
    assert.equal(raised.type, 'reply', JSON.stringify(raised))
    assert.equal(raised['epoch'], 3, 'two hand-offs')
    assert.deepEqual(
      talkers.map(({ closeCode }) => closeCode),
      [0, 0],
    )
    assert.ok((await owner.metric('voice_cluster_hand_offs_total')) >= 1)
    failed = false
  })

  test('a node that is told to stop leaves at once, and its rooms go on elsewhere', async () => {
    failed = true
    const [first = ''] = rooms
    const owner = await cluster.waitForOwner(first)
    const exit = await owner.stop()
    assert.deepEqual(exit, { code: 0, signal: null }, owner.tail())
    const muted = await talkers[0]!.command({ type: 'set_flags', room_id: first, flags: { hand_raised: true } })
    assert.equal(muted.type, 'reply', JSON.stringify(muted))
    const heir = await cluster.waitForOwner(first)
    assert.notEqual(heir.name, owner.name)
    assert.deepEqual(
      talkers.map(({ closeCode }) => closeCode),
      [0, 0],
    )
    failed = false
  })
})
