import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { amplySettings } from '../support/limits.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { candidates, chromiumOffer } from '../support/call-specimens.ts'

/*
 * The one suite on the limits that hold where nobody sets any: an evening of ordinary use meets none of them, and who polls
 * meets the same one on every gateway.
 */
let cluster: TestCluster
let failed = true
before(async () => {
  // A variable without a value counts as not set.
  const unset = Object.fromEntries(Object.keys(amplySettings).map((name) => [name, '']))
  cluster = await startCluster({ gateways: 2, env: unset })
})
after(() => cluster.stop(failed))

test('a room is made, joined, talked in, moderated and left without meeting a limit', async () => {
  const roomId = await cluster.createRoom('ann', { password: 'sesame' })
  const people = ['ann', 'bob', 'cy', 'dan']
  const sockets = await Promise.all(
    people.map((user, index) => VoiceSocket.connect(cluster.gateway(index % 2).ws, cluster.token(user))),
  )
  for (const client of sockets) {
    const joined = await client.command({ type: 'join', room_id: roomId, password: 'sesame' })
    assert.equal(joined.type, 'reply', JSON.stringify(joined))
  }
  // Every pair negotiates: an offer or an answer, ten candidates, and their end, each way.
  for (const [index, client] of sockets.entries()) {
    for (const to of people.filter((_, other) => other !== index)) {
      const message = { type: 'signal', room_id: roomId, to_user: to }
      await client.command({ ...message, message_type: 'offer', sdp: chromiumOffer })
      for (const candidate of candidates) {
        await client.command({ ...message, message_type: 'candidate', candidate })
      }
      await client.command({ ...message, message_type: 'end_of_candidates' })
    }
  }
  for (const user of ['bob', 'cy', 'dan']) {
    const path = `/api/v1/rooms/${roomId}/participants/${user}`
    assert.equal((await cluster.call('POST', `${path}/mute`, { token: cluster.token('ann'), body: {} })).status, 200)
    assert.equal((await cluster.call('POST', `${path}/unmute`, { token: cluster.token('ann'), body: {} })).status, 200)
  }
  for (const client of sockets) {
    await client.command({ type: 'leave', room_id: roomId })
    const refused = client.frames.filter((frame) => frame['error']?.code === 'RATE_LIMITED')
    assert.deepEqual(refused, [])
    client.close()
  }
  failed = false
})

test('who reads a room more than sixty times in a minute is told to wait, on whichever gateway', async () => {
  failed = true
  const roomId = await cluster.createRoom('eve')
  const token = cluster.token('fay')
  const statuses: number[] = []
  for (let index = 0; index < 70; index += 1) {
    statuses.push((await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token, gateway: index % 2 })).status)
  }
  assert.equal(statuses.filter((status) => status === 200).length, 60)
  assert.equal(statuses.filter((status) => status === 429).length, 10)
  const refused = await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token })
  assert.equal(refused.body.error.details.limit, 'rest')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  assert.equal((await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token: cluster.token('gus') })).status, 200)
  failed = false
})
