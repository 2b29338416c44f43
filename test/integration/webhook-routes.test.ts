import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { edgeSecret, startEdge, type Edge } from '../support/edge.ts'
import { signTestToken } from '../support/tokens.ts'

const token = signTestToken(edgeSecret, 'root', ['admin'])
const as = (more: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...more })
const url = 'https://game.example/voice'

describe('webhooks over REST', () => {
  let edge: Edge
  before(async () => {
    edge = await startEdge()
  })
  after(() => edge.gateway.stop())

  const make = async (body: object = { url }, headers: Record<string, string> = {}) => {
    const made = await edge.call('POST', '/api/v1/webhooks', body, as(headers))
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made
  }

  test('a webhook is made with a secret that is shown this once, and is not kept by any cache', async () => {
    const made = await make({ url, events: ['room.closed'], guild_id: 'a-guild' })
    assert.match(made.body.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    const path = `/api/v1/webhooks/${made.body.webhook_id}`
    const read = await edge.call('GET', path, undefined, as())
    const { secret: _, ...rest } = made.body
    assert.deepEqual(read.body, rest)
    assert.deepEqual([read.body.events, read.body.guild_id, read.body.enabled], [['room.closed'], 'a-guild', true])
    const listed = await edge.call('GET', '/api/v1/webhooks', undefined, as())
    assert.ok((listed.body.webhooks as { webhook_id: string }[]).some((one) => one.webhook_id === made.body.webhook_id))
    assert.doesNotMatch(JSON.stringify([read.body, listed.body]), /whsec_/)
  })

  test('a call that is repeated under its key makes, turns and sends once', async () => {
    const key = { 'idempotency-key': 'once-and-for-all' }
    const [first, again] = [await make({ url }, key), await make({ url }, key)]
    assert.deepEqual(again.body, first.body)
    const path = `/api/v1/webhooks/${first.body.webhook_id}`
    const rotate = () => edge.call('POST', `${path}/secret/rotate`, { overlap: 60 }, as(key))
    const [turned, turnedAgain] = [await rotate(), await rotate()]
    assert.deepEqual(turnedAgain.body, turned.body)
    assert.notEqual(turned.body.secret, first.body.secret)
    const send = () => edge.call('POST', `${path}/test`, undefined, as(key))
    const [sent, sentAgain] = [await send(), await send()]
    assert.equal(sent.status, 202)
    assert.deepEqual(sentAgain.body, sent.body)
    const listed = await edge.call('GET', `${path}/deliveries`, undefined, as())
    assert.deepEqual([listed.body.deliveries.length, listed.body.next_cursor], [1, null])
  })

  test('null takes a filter away, and what is not named stays', async () => {
    const made = await make({ url, guild_id: 'a-guild', description: 'old' })
    const path = `/api/v1/webhooks/${made.body.webhook_id}`
    const changed = await edge.call('PATCH', path, { guild_id: null, enabled: false }, as())
    assert.deepEqual(
      [changed.status, changed.body.guild_id, changed.body.description, changed.body.disabled_cause],
      [200, null, 'old', 'by_hand'],
    )
  })

  test('an address that nothing is sent to is refused, with the reason, when it is made and when it is changed', async () => {
    const made = await make()
    const bad = {
      'http://game.example/': 'not_https',
      'https://a:b@game.example/': 'has_credentials',
      'https://[::1]/': 'closed_address',
    }
    for (const [address, problem] of Object.entries(bad)) {
      for (const [method, path] of [
        ['POST', '/api/v1/webhooks'],
        ['PATCH', `/api/v1/webhooks/${made.body.webhook_id}`],
      ] as const) {
        const answer = await edge.call(method, path, { url: address }, as())
        assert.deepEqual([answer.status, answer.body.error.code], [400, 'WEBHOOK_URL_REFUSED'], address)
        assert.deepEqual(answer.body.error.details, { problem })
      }
    }
  })

  test('what is not there is not found, and an event that is none is no event', async () => {
    const nowhere = '/api/v1/webhooks/7b0c7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'
    const calls = [
      ['GET', nowhere],
      ['PATCH', nowhere],
      ['DELETE', nowhere],
      ['POST', `${nowhere}/test`],
      ['POST', `${nowhere}/secret/rotate`],
      ['GET', `${nowhere}/deliveries`],
    ] as const
    for (const [method, path] of calls) {
      const answer = await edge.call(method, path, method === 'PATCH' ? { enabled: true } : undefined, as())
      assert.deepEqual([answer.status, answer.body.error.code], [404, 'WEBHOOK_NOT_FOUND'], `${method} ${path}`)
    }
    const { body } = await make()
    const again = `/api/v1/webhooks/${body.webhook_id}/deliveries/7b0c7a4e-7f0c-4a52-9d39-6a5a3b9d0c11/redeliver`
    assert.equal((await edge.call('POST', again, undefined, as())).body.error.code, 'DELIVERY_NOT_FOUND')
    const odd = await edge.call('POST', '/api/v1/webhooks', { url, events: ['webhook.test'] }, as())
    assert.equal(odd.body.error.code, 'VALIDATION_FAILED')
  })

  test('a deployment without a key says so, and to nobody who may not know', async () => {
    const off = await startEdge({}, { webhooks: null })
    try {
      assert.equal((await off.call('GET', '/api/v1/webhooks', undefined, as())).body.error.code, 'WEBHOOKS_OFF')
      assert.equal((await off.call('GET', '/api/v1/webhooks')).body.error.code, 'FORBIDDEN')
    } finally {
      await off.gateway.stop()
    }
  })
})
