import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'prom-client'
import type { Delivery, Outbox, OutboxRow } from '../persistence/outbox/port.ts'
import type { Logger } from '../protocol/ports.ts'
import {
  sanctionWorkflowId,
  type OutboxMessage,
  type SanctionMessage,
  type SanctionRef,
} from '../protocol/workflows.ts'
import { ManualTime, settle } from '../test/support/manual-time.ts'
import { silentLogger } from '../test/support/silent-logger.ts'
import { TemporalAway, type WorkflowStarter } from './client.ts'
import { createRelayMetrics } from './metrics.ts'
import { Relay } from './relay.ts'

const muteOf = (userId: string): SanctionRef => ({ kind: 'mute', scope: 'room', scopeId: 'r', userId })

/** Rows in memory, as the port promises them: the newest of a key stands for the older; a failed row rests for a second. */
class MemoryOutbox implements Outbox {
  readonly waiting: (OutboxRow & { dueMs: number })[] = []
  readonly errors: string[] = []
  batches = 0
  away = false
  #ids = 0
  #wake: () => void = () => undefined
  readonly #time: ManualTime

  constructor(time: ManualTime) {
    this.#time = time
  }

  add(message: SanctionMessage, { quietly = false } = {}): void {
    this.#ids += 1
    const key = sanctionWorkflowId(message.ref)
    const createdAtMs = this.#time.wallMs()
    this.waiting.push({ id: String(this.#ids), key, message, createdAtMs, attempts: 0, dueMs: 0 })
    if (!quietly) this.#wake()
  }

  addMutes(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.add({ kind: 'sanction.set', ref: muteOf(`user-${index}`), generation: 1, untilMs: 1 }, { quietly: true })
    }
    this.#wake()
  }

  async deliverBatch(limit: number, deliver: (rows: readonly OutboxRow[]) => Promise<readonly Delivery[]>) {
    this.batches += 1
    if (this.away) throw new Error('connection refused')
    const taken = this.waiting.filter(({ dueMs }) => dueMs <= this.#time.monotonicMs()).slice(0, limit)
    const newest = [...new Map(taken.map((row) => [row.key, row])).values()]
    const deliveries = newest.length === 0 ? [] : await deliver(newest)
    for (const delivery of deliveries) {
      const row = newest.find(({ id }) => id === delivery.id)
      if (!row) throw new Error('a delivery of a row that was not handed over')
      if (delivery.sent) {
        for (const done of taken) if (done.key === row.key) this.waiting.splice(this.waiting.indexOf(done), 1)
      } else {
        this.errors.push(delivery.error)
        row.dueMs = this.#time.monotonicMs() + 1_000
      }
    }
    assert.equal(deliveries.length, newest.length, 'every row that was handed over is accounted for')
    return taken.length
  }

  backlog() {
    const oldestMs = this.waiting[0]?.createdAtMs
    const oldestAgeMs = oldestMs === undefined ? 0 : this.#time.wallMs() - oldestMs
    return Promise.resolve({ rows: this.waiting.length, oldestAgeMs })
  }

  listen(wake: () => void) {
    if (this.away) return Promise.reject(new Error('connection refused'))
    this.#wake = wake
    return Promise.resolve(() => {
      this.#wake = () => undefined
      return Promise.resolve()
    })
  }
}

/** A Temporal that takes each message after `tookMs`, and can be away or refuse one user's messages. */
class FakeTemporal implements WorkflowStarter {
  readonly delivered: OutboxMessage[] = []
  away = false
  refused: string | null = null
  calls = 0
  checks = 0
  inFlight = 0
  mostInFlight = 0
  readonly #time: ManualTime
  readonly #tookMs: number

  constructor(time: ManualTime, tookMs = 10) {
    this.#time = time
    this.#tookMs = tookMs
  }

  async deliver(message: OutboxMessage): Promise<void> {
    this.calls += 1
    this.inFlight += 1
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    await new Promise<void>((resolve) => this.#time.after(this.#tookMs, resolve))
    this.inFlight -= 1
    if (this.away) throw new TemporalAway(new Error('14 UNAVAILABLE'))
    if ('ref' in message && message.ref.userId === this.refused) throw new Error('invalid argument')
    this.delivered.push(message)
  }

  check(): Promise<void> {
    this.checks += 1
    return this.away ? Promise.reject(new TemporalAway(new Error('14 UNAVAILABLE'))) : Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function scene({ tookMs }: { tookMs?: number } = {}) {
  const time = new ManualTime()
  const outbox = new MemoryOutbox(time)
  const temporal = new FakeTemporal(time, tookMs)
  const registry = new Registry()
  const events: string[] = []
  const logger: Logger = {
    ...silentLogger,
    info: (_fields, event) => void events.push(event),
    warn: (_fields, event) => void events.push(event),
  }
  const metrics = createRelayMetrics(registry)
  const relay = new Relay({ outbox, starter: temporal, clock: time, timers: time, logger, metrics })
  const metric = async (name: string) => {
    const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] }
    return values[0]?.value
  }
  return { time, outbox, temporal, relay, events, metric }
}

describe('the relay', () => {
  test('delivers what waits, and what comes in while it runs', async () => {
    const { time, outbox, temporal, relay, metric } = scene()
    outbox.addMutes(2)
    relay.start()
    await time.advance(20)
    assert.equal(temporal.delivered.length, 2)
    outbox.add({ kind: 'sanction.ended', ref: muteOf('ann'), generation: 4 })
    await time.advance(20)
    assert.deepEqual(temporal.delivered.at(-1), { kind: 'sanction.ended', ref: muteOf('ann'), generation: 4 })
    assert.deepEqual(outbox.waiting, [])
    assert.equal(await metric('voice_relay_delivered_total'), 3)
    assert.equal(await metric('temporal_up'), 1)
    await relay.stop()
  })

  test('finds a row within a second that nobody told it of', async () => {
    const { time, outbox, temporal, relay } = scene()
    relay.start()
    await time.advance(100)
    outbox.add({ kind: 'sanction.ended', ref: muteOf('ann'), generation: 1 }, { quietly: true })
    await time.advance(500)
    assert.equal(temporal.delivered.length, 0)
    await time.advance(500)
    assert.equal(temporal.delivered.length, 1)
    await relay.stop()
  })

  test('keeps at most 16 calls under way, and goes through a long queue without a pause', async () => {
    const { time, outbox, temporal, relay } = scene()
    outbox.addMutes(250)
    relay.start()
    // 100 rows are 7 rounds of 16 calls of 10 ms each; 250 rows end before a second has passed.
    await time.advance(200)
    assert.equal(temporal.delivered.length, 250)
    assert.equal(temporal.mostInFlight, 16)
    await relay.stop()
  })

  test('is quiet when there is nothing to do', async () => {
    const { time, outbox, relay } = scene()
    relay.start()
    await time.advance(60_000)
    assert.ok(outbox.batches <= 61, `${outbox.batches} batches in a minute`)
    await relay.stop()
  })

  test('tells how much waits and for how long', async () => {
    const { time, outbox, temporal, relay, metric } = scene()
    temporal.away = true
    outbox.addMutes(3)
    relay.start()
    await time.advance(4_000)
    assert.equal(await metric('voice_outbox_rows_waiting'), 3)
    assert.equal(await metric('voice_outbox_age_seconds'), 4)
    assert.equal(await metric('temporal_up'), 0)
    await relay.stop()
  })
})

describe('the relay, while Temporal is away', () => {
  test('takes no rows, asks ever more rarely, and delivers everything soon after the return', async () => {
    const { time, outbox, temporal, relay, events } = scene()
    temporal.away = true
    outbox.addMutes(40)
    relay.start()
    await time.advance(600_000)
    assert.equal(temporal.calls, 0)
    assert.ok(temporal.checks < 130, `${temporal.checks} checks in ten minutes`)
    assert.deepEqual(events, ['relay.temporal_away'])
    temporal.away = false
    await time.advance(6_000)
    assert.equal(temporal.delivered.length, 40)
    assert.deepEqual(events, ['relay.temporal_away', 'relay.temporal_back'])
    await relay.stop()
  })

  test('gives up the rest of a batch in which it goes away', async () => {
    const { time, outbox, temporal, relay, metric } = scene()
    relay.start()
    await time.advance(10)
    temporal.away = true
    outbox.addMutes(100)
    await time.advance(100)
    assert.equal(temporal.calls, 16)
    assert.equal(outbox.errors.filter((error) => error.startsWith('not tried')).length, 84)
    assert.ok(outbox.errors.includes('14 UNAVAILABLE'))
    assert.equal(await metric('voice_relay_failures_total'), 16)
    temporal.away = false
    await time.advance(2_500)
    assert.equal(temporal.delivered.length, 100)
    await relay.stop()
  })

  test('new rows do not make it ask more often', async () => {
    const { time, outbox, temporal, relay } = scene()
    temporal.away = true
    relay.start()
    await time.advance(30_000)
    const { checks } = temporal
    for (let index = 0; index < 100; index += 1) {
      outbox.addMutes(1)
      await time.advance(10)
    }
    assert.ok(temporal.checks - checks <= 1)
    await relay.stop()
  })
})

describe('the relay, in other trouble', () => {
  test('one row that Temporal refuses holds up no other, and is tried again later', async () => {
    const { time, outbox, temporal, relay, events } = scene()
    temporal.refused = 'user-0'
    outbox.addMutes(3)
    relay.start()
    await time.advance(100)
    assert.equal(temporal.delivered.length, 2)
    assert.deepEqual(outbox.errors, ['invalid argument'])
    assert.deepEqual(events, ['relay.row_failed'])
    temporal.refused = null
    await time.advance(2_500)
    assert.equal(temporal.delivered.length, 3)
    await relay.stop()
  })

  test('a queue full of refused rows is no reason to spin', async () => {
    const { time, outbox, temporal, relay } = scene({ tookMs: 1 })
    temporal.refused = 'user-0'
    for (let index = 0; index < 500; index += 1) {
      outbox.add({ kind: 'sanction.ended', ref: { ...muteOf('user-0'), scopeId: String(index) }, generation: 1 })
    }
    relay.start()
    await time.advance(10_000)
    assert.ok(temporal.calls <= 1_100, `${temporal.calls} calls in ten seconds`)
    await relay.stop()
  })

  test('waits while the outbox is away, and says so once', async () => {
    const { time, outbox, temporal, relay, events } = scene()
    outbox.away = true
    outbox.addMutes(1)
    relay.start()
    await time.advance(60_000)
    assert.ok(outbox.batches < 40)
    assert.deepEqual(events, ['relay.outbox_away'])
    outbox.away = false
    await time.advance(6_000)
    assert.equal(temporal.delivered.length, 1)
    assert.deepEqual(events, ['relay.outbox_away', 'relay.outbox_back'])
    await relay.stop()
  })

  test('a stop lets the batch in hand go out and takes no other', async () => {
    const { time, outbox, temporal, relay } = scene({ tookMs: 100 })
    outbox.addMutes(150)
    relay.start()
    await time.advance(50)
    let stopped = false
    const stopping = relay.stop().then(() => (stopped = true))
    await settle()
    assert.equal(stopped, false)
    await time.advance(1_000)
    await stopping
    assert.equal(temporal.delivered.length, 100)
    assert.equal(outbox.waiting.length, 50)
    await time.advance(60_000)
    assert.equal(temporal.calls, 100)
  })
})
