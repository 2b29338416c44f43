import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeFrame } from '../../protocol/zone/codec.ts'
import { startEdge, type Edge } from '../support/edge.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'
import { firstEpoch, ZoneBench, zoneId } from '../support/zone-bench.ts'

const zones = new ZoneBench()
let edge: Edge
before(async () => {
  edge = await startEdge({}, { router: zones.router })
  zones.hearer = edge.gateway
})
after(() => edge.gateway.stop())

const position = (seq: number) =>
  encodeFrame({ type: 'position', flags: 2, seq, x: 160, y: 320, z: 16, yaw: 0, vx: 0, vy: 0 })
const origin = { tick: 1, epoch: 1, originX: 0, originY: 0, originZ: 0, hz: 10 }
const nobody = encodeFrame({ type: 'resync', ...origin, enter: [], slot: [] })

describe('a zone over a real socket', () => {
  test('is entered, moved in and heard of in binary frames, and left with the socket', async () => {
    const client = await VoiceSocket.connect(edge.ws, edge.token)
    const entering = client.command({ type: 'zone_enter', zone_id: zoneId, x: 10, y: 20, z: 1 })
    await waitUntil('a region is asked', () => zones.saidOf('adopt').length > 0)
    const { player } = zones.saidOf('adopt')[0]!.message.who
    zones.seat(1, { player, slot: 7 })
    assert.equal((await entering)['value'].player, player)
    client.show(position(1))
    await waitUntil('the position is sent on', () => zones.batches.length > 0)
    zones.deliver(1, [{ player, epoch: firstEpoch(1), out: 1, frame: nobody }])
    await waitUntil('the client hears', () => client.shown.length > 0)
    assert.deepEqual(Buffer.from(client.shown[0]!), Buffer.from(nobody))
    client.show(position(2).subarray(0, 5))
    const refused = await client.heard('error')
    assert.deepEqual([refused['error'].code, refused['id']], ['VALIDATION_FAILED', undefined])
    client.cut()
    await waitUntil('the region knows', () => zones.saidOf('gone').length > 0)
  })

  test('that a client does not read is not kept for it', async () => {
    const client = await VoiceSocket.connect(edge.ws, edge.token)
    const asked = zones.saidOf('adopt').length
    const entering = client.command({ type: 'zone_enter', zone_id: zoneId, x: 10, y: 20, z: 1 })
    await waitUntil('a region is asked', () => zones.saidOf('adopt').length > asked)
    const { player } = zones.saidOf('adopt')[asked]!.message.who
    zones.seat(1, { player, slot: 7 })
    await entering
    client.pause()
    const place = { x: 1, y: 1, z: 1, vx: 0, vy: 0 }
    const enter = Array.from({ length: 80 }, (_, n) => ({ alias: n + 1, flags: 2, player: n + 1, ...place }))
    const full = encodeFrame({ type: 'resync', ...origin, enter, slot: [] })
    // Far more than the buffers of two machines hold.
    for (let out = 1; out <= 20_000; out++) {
      zones.deliver(1, [{ player, epoch: firstEpoch(1), out, frame: full }])
      if (out % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const { body } = await edge.call('GET', '/metrics')
    const held = /voice_gateway_zone_frames_held_back_total\{what="all"\} (\d+)/.exec(String(body))?.[1]
    assert.ok(Number(held) > 1_000, String(held))
    client.resume()
    zones.deliver(1, [{ player, epoch: firstEpoch(1), out: 20_001, frame: nobody }])
    client.close()
    assert.equal(await client.closed(), 1005)
  })
})
