import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { Registry } from 'prom-client'
import { MemoryRecord, MemoryWebhooks } from '../../persistence/index.ts'
import type { AttemptOutcome, WebhookQueue, WebhookSpec } from '../../persistence/webhooks/port.ts'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import type { DeliveryId, WebhookId } from '../../protocol/webhooks/webhook.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { createWebhookMetrics } from './metrics.ts'
import type { SendResult } from './sender.ts'
import { signature } from './signature.ts'
import { inFlightMax, perEndpointMax, WebhookRelay, webhookPollMs } from './webhook-relay.ts'

interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  answer(result: SendResult): void
}

const ok: SendResult = { status: 200, retryAfterMs: null }
const secretOf = (id: WebhookId, version: number) => `whsec_${Buffer.from(`${id}/${version}`).toString('base64')}`
const day = 86_400_000

/** A record in memory, receivers that a test plays, and any number of relays between them. */
class Bench {
  readonly time = new ManualTime()
  readonly record = new MemoryRecord(this.time)
  readonly webhooks = new MemoryWebhooks(this.record)
  readonly sent: Sent[] = []
  readonly registry = new Registry()
  /** The record does not answer. */
  isAway = false
  /** What outcomes wait for before they are noted. */
  pace: Promise<void> = Promise.resolve()

  relay(): WebhookRelay {
    const { time, webhooks, sent } = this
    const there = <Value>(run: () => Promise<Value>) => (this.isAway ? Promise.reject(new Error('away')) : run())
    const queue: WebhookQueue = {
      claim: (options) => there(() => webhooks.claim(options)),
      settle: async (outcomes: readonly AttemptOutcome[], after) => {
        const noted = [...outcomes]
        await this.pace
        return there(() => webhooks.settle(noted, after))
      },
      upkeep: (options) => there(() => webhooks.upkeep(options)),
      backlog: () => there(() => webhooks.backlog()),
    }
    return new WebhookRelay({
      ...{ queue, secretOf, clock: time, timers: time, logger: silentLogger },
      send: (url, headers, body) => new Promise((resolve) => sent.push({ url, headers, body, answer: resolve })),
      options: { timeoutMs: 10_000, disableAfterMs: 3 * day },
      random: { fraction: () => 0.5 },
      metrics: createWebhookMetrics(new Registry()),
    })
  }

  async endpoint(url: string, more: Partial<WebhookSpec> = {}): Promise<WebhookId> {
    const id = randomUUID() as WebhookId
    const spec = { url, description: '', enabled: true, events: [], roomId: null, guildId: null, ...more }
    await this.webhooks.create(id, spec, 'root' as UserId)
    return id
  }

  events(count: number): void {
    const roomId = randomUUID() as RoomId
    this.record.apply(
      Array.from({ length: count }, (_, seq) => ({
        ...{ write: 'webhook', roomId, guildId: null, epoch: 1, seq, part: 0, atMs: this.time.wallMs() },
        facts: {
          type: 'participant.left',
          data: {
            session_id: randomUUID() as SessionId,
            ...{ user_id: 'bob' as UserId, reason: 'left', current_participants: 0 },
          },
        },
      })),
    )
  }

  states(id: WebhookId): Promise<readonly string[]> {
    return this.webhooks.deliveries(id, {}, 1_000, null).then(({ deliveries }) => deliveries.map(({ state }) => state))
  }

  /** Time for a round, and for what follows from it. */
  async round(ms = webhookPollMs): Promise<void> {
    await this.time.advance(ms)
    await settle()
  }
}

describe('a relay of webhooks', () => {
  test('sends what happened, signed, and is done with it', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    const relay = bench.relay()
    relay.start()
    bench.events(1)
    await bench.round()
    const [sent] = bench.sent
    assert.ok(sent)
    const { 'webhook-id': message = '', 'webhook-timestamp': at, 'webhook-signature': signed } = sent.headers
    const timestampS = Math.floor(bench.time.wallMs() / 1_000)
    assert.equal(at, String(timestampS))
    assert.equal(signed, signature(secretOf(id, 1), { id: message, timestampS, body: sent.body }))
    assert.equal((JSON.parse(sent.body) as { id: string }).id, message)
    sent.answer(ok)
    await bench.round()
    assert.deepEqual(await bench.states(id), ['delivered'])
    await relay.stop()
  })

  test('signs with the secret before as well, for as long as it was said', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    await bench.webhooks.rotate(id, 60_000, 'root' as UserId, 'command/1')
    const relay = bench.relay()
    relay.start()
    bench.events(1)
    await bench.round()
    assert.equal(bench.sent[0]?.headers['webhook-signature']?.split(' ').length, 2)
    bench.sent[0].answer(ok)
    await bench.time.advance(60_000)
    bench.events(1)
    await bench.round()
    assert.equal(bench.sent[1]?.headers['webhook-signature']?.split(' ').length, 1)
    bench.sent[1].answer(ok)
    await bench.round()
    await relay.stop()
  })

  test('sends to the others while one hangs, and to that one no more at once than it may', async () => {
    const bench = new Bench()
    await bench.endpoint('https://hangs.example/')
    const works = await bench.endpoint('https://works.example/')
    const relay = bench.relay()
    relay.start()
    bench.events(40)
    for (let rounds = 0; rounds < 10; rounds += 1) {
      await bench.round()
      for (const sent of bench.sent) if (sent.url.includes('works')) sent.answer(ok)
    }
    await bench.round()
    assert.equal((await bench.states(works)).filter((state) => state !== 'delivered').length, 0)
    const hanging = bench.sent.filter(({ url }) => url.includes('hangs'))
    assert.equal(hanging.length, perEndpointMax)
    for (const sent of hanging) sent.answer({ status: null, error: 'timeout' })
    await bench.round()
    await relay.stop()
  })

  test('has no more under way than it may', async () => {
    const bench = new Bench()
    for (let made = 0; made < 30; made += 1) await bench.endpoint(`https://game-${made}.example/`)
    const relay = bench.relay()
    relay.start()
    bench.events(10)
    for (let rounds = 0; rounds < 5; rounds += 1) await bench.round()
    assert.equal(bench.sent.length, inFlightMax)
    for (const sent of bench.sent) sent.answer(ok)
    await bench.round()
    const stopped = relay.stop()
    for (const sent of bench.sent) sent.answer(ok)
    await stopped
  })

  test('that is gone leaves what it had to another one, which sends it under the same message id', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    const dead = bench.relay()
    dead.start()
    bench.events(1)
    await bench.round()
    assert.equal(bench.sent.length, 1)
    const heir = bench.relay()
    heir.start()
    await bench.round(5_000)
    assert.equal(bench.sent.length, 1, 'as long as it may be under way')
    await bench.round(30_000)
    assert.equal(bench.sent.length, 2)
    assert.equal(bench.sent[0]?.headers['webhook-id'], bench.sent[1]?.headers['webhook-id'])
    bench.sent[1]?.answer(ok)
    await bench.round()
    assert.deepEqual(await bench.states(id), ['delivered'])
    bench.sent[0]?.answer({ status: null, error: 'timeout' })
    await Promise.all([heir.stop(), dead.stop()])
  })

  test('notes what got through while the record was away, once it is back', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    const relay = bench.relay()
    relay.start()
    bench.events(1)
    await bench.round()
    bench.isAway = true
    bench.sent[0]?.answer(ok)
    await bench.round(2_000)
    assert.deepEqual(await bench.states(id), ['waiting'])
    bench.isAway = false
    await bench.round(10_000)
    assert.deepEqual(await bench.states(id), ['delivered'])
    assert.equal(bench.sent.length, 1)
    await relay.stop()
  })

  test('loses no outcome that comes while others are being noted', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    const relay = bench.relay()
    relay.start()
    bench.events(2)
    await bench.round()
    let release: () => void = () => undefined
    bench.pace = new Promise((resolve) => (release = resolve))
    bench.sent[0]?.answer(ok)
    await bench.round()
    bench.sent[1]?.answer(ok)
    await bench.round()
    assert.deepEqual(await bench.states(id), ['waiting', 'waiting'])
    release()
    for (let rounds = 0; rounds < 3; rounds += 1) await bench.round()
    assert.deepEqual(await bench.states(id), ['delivered', 'delivered'])
    await relay.stop()
  })

  test('gives a receiver that answers 410 up at once', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    const relay = bench.relay()
    relay.start()
    bench.events(1)
    await bench.round()
    bench.sent[0]?.answer({ status: 410, retryAfterMs: null })
    await bench.round()
    const webhook = await bench.webhooks.read(id)
    assert.deepEqual([webhook?.disabledCause, await bench.states(id)], ['gone', ['dead']])
    await relay.stop()
  })

  test('tries again behind a rest, and a longer one', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    const relay = bench.relay()
    relay.start()
    await bench.webhooks.test(id, randomUUID() as DeliveryId)
    const attempts: number[] = []
    for (let waitedMs = 0; waitedMs <= 20_000; waitedMs += webhookPollMs) {
      await bench.round()
      for (const sent of bench.sent) sent.answer({ status: 503, retryAfterMs: null })
      attempts.push(bench.sent.length)
    }
    const firstOf = (count: number) => attempts.indexOf(count) * webhookPollMs
    assert.ok(Math.abs(firstOf(2) - firstOf(1) - 5_000) <= 1_000, `${firstOf(2)}`)
    assert.ok(Math.abs(firstOf(3) - firstOf(2) - 10_000) <= 1_000, `${firstOf(3)}`)
    assert.equal(new Set(bench.sent.map(({ headers }) => headers['webhook-id'])).size, 1)
    await relay.stop()
  })

  test('that stops ends what is under way, and claims nothing more', async () => {
    const bench = new Bench()
    const id = await bench.endpoint('https://game.example/')
    const relay = bench.relay()
    relay.start()
    bench.events(1)
    await bench.round()
    const stopped = relay.stop()
    bench.events(1)
    await bench.round()
    bench.sent[0]?.answer(ok)
    await stopped
    assert.deepEqual((await bench.states(id)).toSorted(), ['delivered', 'waiting'])
    assert.equal(bench.sent.length, 1)
  })
})
