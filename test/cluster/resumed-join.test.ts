import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'

describe('a join whose answer was lost, sent again by a connection that is resumed', { timeout: 60_000 }, () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 1 })
  })
  after(() => cluster.stop(failed))

  for (const [where, gateway] of [
    ['the gateway where its old socket is still open', 0],
    ['another gateway', 1],
  ] as const) {
    test(`keeps its seat on ${where}, and the old socket is told`, async () => {
      failed = true
      const roomId = await cluster.createRoom('host')
      const token = cluster.token('guest')
      const old = await VoiceSocket.connect(cluster.gateway(0).ws, token)
      const welcome = await old.heard('welcome')
      const seat = await old.command({ type: 'join', room_id: roomId })
      await old.heard('snapshot')

      const resumed = await VoiceSocket.open(cluster.gateway(gateway).ws)
      resumed.send({ type: 'hello', token, resume_token: welcome['resume_token'] })
      await resumed.heard('welcome', (frame) => frame['resumed'] === true)
      const again = await resumed.command({ type: 'join', room_id: roomId })

      assert.deepEqual(again['value'].session_id, seat['value'].session_id)
      await resumed.heard('snapshot')
      const flags = await resumed.command({ type: 'set_flags', room_id: roomId, flags: { self_muted: true } })
      assert.equal(flags.type, 'reply', JSON.stringify(resumed.frames))
      assert.deepEqual(
        resumed.frames.filter(({ type }) => type === 'session_ended'),
        [],
      )
      const ended = await old.heard('session_ended')
      assert.equal(ended['reason'], 'replaced')
      old.close()
      resumed.close()
      failed = false
    })
  }
})
