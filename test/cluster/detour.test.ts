import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { freePorts } from '../support/free-ports.ts'
import { holdsPort } from '../support/port-holder.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

const names = ['node-1', 'node-2', 'node-3']

describe('a gateway whose network drops all that goes to one node and comes from it', () => {
  let cluster: TestCluster
  const doors = new Map<string, FaultProxy>()
  let failed = true

  before(async () => {
    const ports = await freePorts(names.length)
    for (const [index, name] of names.entries()) doors.set(name, await FaultProxy.before(ports[index] ?? 0))
    cluster = await startCluster({
      gateways: 2,
      nodes: names.length,
      envOf: (name): Record<string, string> => {
        const door = doors.get(name)
        if (!door) return {}
        return { VOICE_NODE_PORT: String(door.port), VOICE_NODE_LISTEN_PORT: String(ports[names.indexOf(name)]) }
      },
    })
  })
  after(async () => {
    await cluster.stop(failed)
    await Promise.all([...doors.values()].map((door) => door.shut()))
  })

  test('serves its players by way of another node, and goes straight again when it can', async () => {
    const roomId = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    const guest = await VoiceSocket.connect(cluster.gateway(1).ws, cluster.token('guest'))
    const { epoch } = await host.command({ type: 'join', room_id: roomId })
    await guest.command({ type: 'join', room_id: roomId })
    const owner = await cluster.waitForOwner(roomId)
    const near = cluster.process('gateway-1')
    const detours = () => near.metric('voice_cluster_detours')
    const mute = async (reason: string) => {
      const said = await host.command(
        { type: 'mute', room_id: roomId, target_user_id: 'guest', duration: 60, reason },
        10_000,
      )
      return [said.type, said['epoch']]
    }
    const unmute = () => host.command({ type: 'unmute', room_id: roomId, target_user_id: 'guest' }, 10_000)

    const door = doors.get(owner.name)
    door?.meetOnly((port) => holdsPort(near.pid, port))
    door?.behave('in', { holds: true })
    door?.behave('out', { holds: true })

    await waitUntil(
      'there is a detour',
      async () => (await detours()) === 1,
      10_000,
      () => near.tail(),
    )
    assert.deepEqual(await mute('on the detour'), ['reply', epoch], 'the same life of the room answers')
    const passages = await Promise.all(cluster.nodes().map((node) => node.metric('voice_cluster_passages')))
    assert.equal(
      passages.reduce((sum, count) => sum + count, 0),
      1,
    )
    await unmute()
    assert.equal(owner.running, true)

    door?.heal()
    await waitUntil(
      'it goes straight',
      async () => (await detours()) === 0,
      15_000,
      () => near.tail(),
    )
    assert.deepEqual(await mute('straight again'), ['reply', epoch])
    assert.deepEqual([host.closeCode, guest.closeCode], [0, 0])
    for (const socket of [host, guest]) {
      await waitUntil('it heard of both mutes', () => mutesHeard(socket).length >= 2, 5_000)
      assert.deepEqual(mutesHeard(socket), [1, 2])
    }
    host.close()
    guest.close()
    failed = false
  })
})

/** Which mutes of the guest a socket heard of, as often as it did. */
const mutesHeard = (socket: VoiceSocket): unknown[] =>
  socket.frames
    .flatMap((frame) => (frame.type === 'events' ? (frame['events'] as Record<string, unknown>[]) : []))
    .filter(({ type }) => type === 'sanction.applied')
    .map((event) => event['generation'])
