import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

/** Two people in one room, each on a gateway of their own. */
async function pairIn(cluster: TestCluster, room: string) {
  const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
  const guest = await VoiceSocket.connect(cluster.gateway(1).ws, cluster.token('guest'))
  for (const socket of [host, guest]) {
    assert.equal((await socket.command({ type: 'join', room_id: room })).type, 'reply')
  }
  return { host, guest }
}

/** A flag of the guest reaches the host. */
async function presenceFlows(host: VoiceSocket, guest: VoiceSocket, room: string, isUp: boolean): Promise<void> {
  const seen = host.frames.length
  const set = await guest.command({ type: 'set_flags', room_id: room, flags: { hand_raised: isUp } }, 3_000)
  assert.deepEqual([set.type, set['status']], ['reply', 'accepted'], JSON.stringify(set))
  await waitUntil('the host sees it', () =>
    host.frames.slice(seen).some((frame) => frame.type === 'presence' && frame['participant'].hand_raised === isUp),
  )
}

describe('Postgres is stopped and started again', { timeout: 60_000 }, () => {
  let postgres: OwnPostgres
  let cluster: TestCluster
  let failed = true

  before(async () => {
    postgres = await OwnPostgres.start()
    cluster = await startCluster({ gateways: 2, nodes: 2, env: { DATABASE_URL: postgres.url } })
  })
  after(async () => {
    await cluster.stop(failed)
    await postgres.remove()
  })

  test('rooms live on without it, what is durable is refused at once, and all is well when it is back', async () => {
    const room = await cluster.createRoom('host')
    const { host, guest } = await pairIn(cluster, room)
    const owner = await cluster.waitForOwner(room)
    await postgres.stop()
    await waitUntil('the nodes know it', () => cluster.nodes().every((node) => node.events('record.away').length === 1))
    for (const isUp of [true, false, true]) await presenceFlows(host, guest, room, isUp)
    const sentMs = performance.now()
    host.send({ type: 'mute', id: 1_000, room_id: room, target_user_id: 'rude' })
    const refused = await host.heard('error', ({ id }) => id === 1_000)
    assert.deepEqual([refused['error'].code, refused['retry']], ['RETRY_LATER', true])
    assert.ok(performance.now() - sentMs < 3_000)

    await postgres.start()
    // The very command that was refused, sent again.
    let answer = refused
    await waitUntil('it is carried out', async () => {
      const from = host.frames.length
      host.send({ type: 'mute', id: 1_000, room_id: room, target_user_id: 'rude' })
      await waitUntil('an answer', () => host.frames.slice(from).some(({ id }) => id === 1_000))
      answer = host.frames.slice(from).find(({ id }) => id === 1_000) ?? answer
      return answer.type === 'reply'
    })
    // Nobody moved, nothing was loaded again, no socket closed.
    assert.equal(answer['epoch'], refused['epoch'] ?? answer['epoch'])
    assert.equal((await cluster.waitForOwner(room)).name, owner.name)
    assert.equal(owner.ownershipChanges('dropped').length, 0)
    assert.deepEqual([host.closeCode, guest.closeCode], [0, 0])
    assert.ok(await cluster.createRoom('host'))
    failed = false
  })
})

describe('one node is cut off from Postgres', { timeout: 60_000 }, () => {
  let gate: FaultProxy
  let cluster: TestCluster
  let failed = true

  before(async () => {
    const url = new URL(process.env['TEST_DATABASE_URL'] ?? '')
    gate = await FaultProxy.before(Number(url.port))
    cluster = await startCluster({
      gateways: 2,
      nodes: 2,
      envOf: (name, env) => {
        if (name !== 'node-1') return {}
        const through = new URL(env['DATABASE_URL'] ?? '')
        through.port = String(gate.port)
        return { DATABASE_URL: through.href }
      },
    })
  })
  after(async () => {
    await cluster.stop(failed)
    await gate.shut()
  })

  test('it hands its rooms to one that can write, and no socket closes', async () => {
    let room = ''
    await waitUntil('a room is on that node', async () => {
      room = await cluster.createRoom('host')
      return (await cluster.waitForOwner(room)).name === 'node-1'
    })
    const { host, guest } = await pairIn(cluster, room)
    await gate.shut()
    const cut = cluster.process('node-1')
    await waitUntil('it knows', () => cut.events('record.away').length === 1)
    await presenceFlows(host, guest, room, true)
    const muted = await host.command({ type: 'mute', room_id: room, target_user_id: 'rude' }, 20_000)
    assert.equal(muted.type, 'reply', JSON.stringify(muted))
    assert.equal((await cluster.waitForOwner(room)).name, 'node-2')
    await presenceFlows(host, guest, room, false)
    assert.deepEqual([host.closeCode, guest.closeCode], [0, 0])
    failed = false
  })
})
