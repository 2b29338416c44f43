import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { certificateName } from '../../cluster/index.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { RawLink } from '../support/raw-link.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

describe('a cluster whose processes know each other by certificates alone', () => {
  const authority = new CertificateAuthority()
  const stranger = new CertificateAuthority('another')
  let cluster: TestCluster
  let failed = true

  before(async () => {
    /** Each process has a certificate for its own role; gateway-2's is of an authority that nobody else believes. */
    const certificateOf = (name: string) => {
      const names = [`${name.slice(0, name.indexOf('-'))}.${certificateName}`]
      if (name === 'gateway-2') return stranger.issue(names, { believes: authority.pem })
      return authority.issue(names)
    }
    cluster = await startCluster({
      gateways: 2,
      nodes: 2,
      env: { CLUSTER_AUTH: 'mtls' },
      envOf: (name) => ({
        ...authority.settingsOf(certificateOf(name)),
        // A gateway signs its resume tokens with it; nodes have none at all.
        ...(name.startsWith('node-') ? { CLUSTER_SECRET: '' } : {}),
      }),
    })
  })
  after(async () => {
    await cluster.stop(failed)
    authority.remove()
    stranger.remove()
  })

  test('a client joins, hears its room and is answered on over the crash of the node that owns it', async () => {
    const roomId = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    const guest = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('guest'))
    for (const socket of [host, guest]) {
      assert.equal((await socket.command({ type: 'join', room_id: roomId })).type, 'reply')
    }
    const muted = await host.command({ type: 'mute', room_id: roomId, target_user_id: 'guest', duration: 600 })
    assert.equal(muted.type, 'reply', JSON.stringify(muted))

    const owner = await cluster.waitForOwner(roomId)
    owner.kill()
    const unmuted = await host.command({ type: 'unmute', room_id: roomId, target_user_id: 'guest' }, 4_000)
    assert.equal(unmuted.type, 'reply', JSON.stringify(unmuted))
    assert.ok(unmuted['epoch'] > muted['epoch'], 'the other node answered')
    await guest.heard('events', (frame) => JSON.stringify(frame['events']).includes('sanction.lifted'))
    assert.deepEqual([host.closeCode, guest.closeCode], [0, 0])
    // A closed port is told through TLS too: nobody waited for the lease to run out.
    assert.equal(cluster.process('gateway-1').events('member.revoked').length, 1)
    host.close()
    guest.close()
    owner.start()
    await owner.ready()
    failed = false
  })

  test('a gateway with a certificate of another authority reaches no node, and every node says whom it refused', async () => {
    failed = true
    const roomId = await cluster.createRoom('host')
    await cluster.waitForOwner(roomId)
    const far = await VoiceSocket.connect(cluster.gateway(1).ws, cluster.token('guest'))
    far.send({ type: 'join', room_id: roomId, id: 1 })
    const answer = await far.heard('error', ({ id }) => id === 1)
    assert.deepEqual([answer['retry'], answer.type], [true, 'error'], JSON.stringify(answer))
    const refusals = () => cluster.nodes().flatMap((node) => node.events('link.refused'))
    await waitUntil('a node tells that it refused the dialer', () => refusals().length > 0, 5_000)
    for (const refusal of refusals()) assert.ok(['tls', 'not_authentic'].includes(String(refusal['reason'])))
    assert.equal(cluster.process('gateway-2').events('link.opened').length, 0)
    assert.equal(
      cluster.process('gateway-2').events('member.revoked').length,
      0,
      'to be refused is no proof of a death',
    )

    const near = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    assert.equal((await near.command({ type: 'join', room_id: roomId })).type, 'reply', 'the others are not disturbed')
    near.close()
    far.close()
    failed = false
  })

  test('who speaks no TLS comes to no link, whatever secret it knows', async () => {
    failed = true
    await assert.rejects(RawLink.to('node-1', cluster), { name: 'DialError' })
    failed = false
  })
})
