import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ClaimedDelivery } from '../../persistence/webhooks/port.ts'
import type { DeliveryId, WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { SendResult } from './sender.ts'
import { giveUpMs, restMs, verdictOf } from './verdict.ts'

const nowMs = Date.UTC(2026, 0, 1)
const delivery = (attempt: number, queuedAtMs = nowMs): ClaimedDelivery => ({
  ...{ id: 'd' as DeliveryId, queuedAtMs, messageId: 'evt_1', type: 'room.closed', body: '{}', attempt },
  endpoint: { id: 'w' as WebhookId, url: 'https://game.example/', secretVersion: 1, previousSecretUntilMs: null },
})
const answer = (status: number, retryAfterMs: number | null = null): SendResult => ({ status, retryAfterMs })
const of = (result: SendResult, attempt = 1, queuedAtMs = nowMs) =>
  verdictOf(delivery(attempt, queuedAtMs), result, { tookMs: 5, nowMs, random: 0.5 })

describe('an attempt', () => {
  test('delivered only where the answer is of the 200s', () => {
    for (const status of [200, 201, 204, 299]) assert.equal(of(answer(status)).outcome, 'delivered', `${status}`)
    for (const status of [100, 199, 300, 301, 304, 307, 400, 404, 429, 500, 503]) {
      assert.equal(of(answer(status)).outcome, 'retry', `${status}`)
    }
  })

  test('tells a redirect, a refusal and silence apart', () => {
    assert.equal(of(answer(302)).error, 'redirect')
    assert.equal(of(answer(500)).error, 'status')
    assert.equal(of({ status: null, error: 'timeout' }).error, 'timeout')
  })

  test('that meets 410 is the last one, and says so of the endpoint', () => {
    const { outcome, gone } = of(answer(410))
    assert.deepEqual([outcome, gone], ['dead', true])
    assert.equal(of(answer(404)).gone, false)
  })

  test('is the last one where the next would come too late', () => {
    const young = nowMs - giveUpMs + restMs(1, 0.5) + 1
    assert.equal(of(answer(500), 1, young).outcome, 'retry')
    assert.equal(of(answer(500), 1, young - 2).outcome, 'dead')
  })

  test('leaves a receiver that asks for patience alone for as long', () => {
    assert.equal(of(answer(429, 120_000)).restMs, 120_000)
    assert.equal(of(answer(429, 1)).restMs, restMs(1, 0.5), 'but not less than others')
  })
})

describe('the rests between attempts', () => {
  test('double from 5 s up to 6 h', () => {
    const rests = [1, 2, 3, 4].map((attempt) => restMs(attempt, 0.5))
    assert.deepEqual(rests, [5_000, 10_000, 20_000, 40_000])
    assert.equal(restMs(30, 0.5), 6 * 3_600_000)
    assert.equal(restMs(5_000, 0.5), 6 * 3_600_000)
  })

  test('are moved by up to a quarter either way', () => {
    assert.equal(restMs(1, 0), 3_750)
    assert.ok(restMs(1, 0.999_999) < 6_250)
  })

  test('make some two dozen attempts in three days', () => {
    let attempts = 1
    for (let at = 0; at + restMs(attempts, 0.5) <= giveUpMs; attempts += 1) at += restMs(attempts, 0.5)
    assert.ok(attempts >= 20 && attempts <= 30, `${attempts}`)
  })
})
