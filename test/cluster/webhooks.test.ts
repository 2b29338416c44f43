import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import { WebhookEvent } from '../../protocol/webhooks/events.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { isAuthentic, Receiver } from '../support/receiver.ts'
import { waitUntil } from '../support/wait.ts'

const decode = decoder(WebhookEvent)

describe('a webhook of a cluster', () => {
  let cluster: TestCluster
  let receiver: Receiver
  let failed = true

  before(async () => {
    receiver = await Receiver.start()
    cluster = await startCluster({
      ...{ gateways: 1, nodes: 2, relays: 2 },
      // So that what a killed relay had in hand is taken up within seconds.
      env: { VOICE_WEBHOOK_TIMEOUT_MS: '500' },
    })
  })
  after(async () => {
    await cluster.stop(failed)
    await receiver.stop()
  })

  const admin = (method: string, path: string, body?: unknown) =>
    cluster.call(method, `/api/v1${path}`, {
      token: cluster.token('root', ['service']),
      ...(body === undefined ? {} : { body }),
    })
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await admin(method, path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  /** The events heard, each once, in the order of their places in the room; all of them signed. */
  const events = (secret: string, roomId: string) => {
    for (const heard of receiver.heard) assert.ok(isAuthentic(heard, secret), heard.body)
    const byId = new Map(receiver.heard.map(({ headers, body }) => [headers['webhook-id'], decode(JSON.parse(body))]))
    for (const [id, event] of byId) assert.equal(event.id, id)
    return [...byId.values()]
      .filter((event) => event.room_id === roomId)
      .sort((a, b) => a.epoch - b.epoch || a.seq - b.seq || a.part - b.part)
  }

  test('hears everything that happens in a room, signed, though a relay is killed in the middle', async () => {
    const made = await done('POST', '/webhooks', { url: receiver.url, description: 'the bot' })
    const { webhook_id: id, secret } = made as { webhook_id: string; secret: string }
    await done('POST', `/webhooks/${id}/test`)
    await waitUntil('the test event is heard', () => receiver.heard.length === 1, 10_000)
    assert.equal(decode(JSON.parse(receiver.heard[0]?.body ?? '')).type, 'webhook.test')
    assert.ok(isAuthentic(receiver.heard[0]!, secret))

    // The receiver is out of order while everything happens, and one relay dies with what it has in hand.
    receiver.heard.length = 0
    receiver.answer = (_, response) => {
      if (receiver.heard.length % 3 !== 0) response.writeHead(500).end()
    }
    await waitUntil(
      'every node knows of the webhook',
      () => Date.now() - Date.parse(made.created_at as string) > 2_500,
      5_000,
    )
    const roomId = await cluster.createRoom('host')
    const room = `/rooms/${roomId}`
    await done('POST', `${room}/join`, { user_id: 'bob' })
    await done('POST', `${room}/participants/bob/mute`, { duration: 600, reason: 'noise' })
    await done('POST', `${room}/participants/bob/unmute`, {})
    await waitUntil('some are under way', () => receiver.heard.length >= 2, 10_000)
    cluster.process('relay-1').kill()
    await done('POST', `${room}/participants/bob/kick`, {})
    await done('POST', `${room}/mute-all`, {})
    await done('PATCH', room, { name: 'another name' })
    await done('DELETE', room)
    receiver.answer = (_, response) => response.writeHead(200).end()

    const wanted = [
      'room.created',
      'participant.joined',
      'moderation.muted',
      'moderation.unmuted',
      'moderation.kicked',
      'participant.left',
      'moderation.mute_all',
      'room.updated',
      'room.closed',
    ]
    const types = () => events(secret, roomId).map(({ type }) => type)
    await waitUntil(
      'all is heard',
      () => new Set(types()).size === wanted.length,
      60_000,
      () => JSON.stringify(types()),
    )
    assert.deepEqual(types().toSorted(), wanted.toSorted())
    const isDone = async () => {
      const { deliveries } = await done('GET', `/webhooks/${id}/deliveries`)
      return (deliveries as { state: string }[]).every(({ state }) => state === 'delivered')
    }
    await waitUntil('all is noted as delivered', isDone, 60_000)
    failed = false
  })

  test('is signed by both secrets while one takes the place of the other, and by the new one alone afterwards', async () => {
    failed = true
    await cluster.process('relay-1').exited
    const [{ webhook_id: id }] = (await done('GET', '/webhooks')).webhooks as [{ webhook_id: string }]
    receiver.heard.length = 0
    const { secret } = (await done('POST', `/webhooks/${id}/secret/rotate`, { overlap: 0 })) as { secret: string }
    await done('POST', `/webhooks/${id}/test`)
    await waitUntil('it is heard', () => receiver.heard.length === 1, 10_000)
    assert.equal(String(receiver.heard[0]?.headers['webhook-signature']).split(' ').length, 1)
    assert.ok(isAuthentic(receiver.heard[0]!, secret))
    const next = (await done('POST', `/webhooks/${id}/secret/rotate`, { overlap: 600 })) as { secret: string }
    await done('POST', `/webhooks/${id}/test`)
    await waitUntil('it is heard', () => receiver.heard.length === 2, 10_000)
    assert.ok(isAuthentic(receiver.heard[1]!, secret) && isAuthentic(receiver.heard[1]!, next.secret))
    failed = false
  })

  test('says what became of a delivery, and sends it again on demand under the same id', async () => {
    failed = true
    const [{ webhook_id: id }] = (await done('GET', '/webhooks')).webhooks as [{ webhook_id: string }]
    receiver.heard.length = 0
    const listed = await done('GET', `/webhooks/${id}/deliveries?type=room.closed`)
    const [closed] = listed.deliveries as [
      { delivery_id: string; message_id: string; last_status: number; attempts: number },
    ]
    assert.deepEqual([closed.last_status, closed.attempts >= 1], [200, true])
    const again = await done('POST', `/webhooks/${id}/deliveries/${closed.delivery_id}/redeliver`)
    assert.equal(again.message_id, closed.message_id)
    await waitUntil('it is heard again', () => receiver.heard.length === 1, 10_000)
    assert.equal(receiver.heard[0]?.headers['webhook-id'], closed.message_id)
    failed = false
  })

  test('that answers 410 is switched off, and nobody hears of its secret', async () => {
    failed = true
    const [{ webhook_id: id }] = (await done('GET', '/webhooks')).webhooks as [{ webhook_id: string }]
    receiver.answer = (_, response) => response.writeHead(410).end()
    await done('POST', `/webhooks/${id}/test`)
    const cause = async () => (await done('GET', `/webhooks/${id}`)).disabled_cause as string | null
    await waitUntil('it is switched off', async () => (await cause()) === 'gone', 10_000)
    const { entries } = await done('GET', '/audit?limit=500')
    const trail = (entries as { action: string }[]).filter(({ action }) => action.startsWith('webhook.'))
    assert.deepEqual(trail.map(({ action }) => action).toReversed(), [
      'webhook.created',
      'webhook.secret_rotated',
      'webhook.secret_rotated',
      'webhook.disabled',
    ])
    const dump = await cluster.database.query(
      `select coalesce(string_agg(endpoint::text, ''), '') as text from webhook_endpoints as endpoint`,
    )
    const said = JSON.stringify([trail, dump, await done('GET', '/webhooks')]) + cluster.process('relay-2').tail()
    assert.doesNotMatch(said, /whsec_/)
    const answer = await admin('POST', '/webhooks', { url: 'https://10.0.0.1/' })
    assert.deepEqual([answer.status, answer.body.error.details], [400, { problem: 'closed_address' }])
    failed = false
  })
})
