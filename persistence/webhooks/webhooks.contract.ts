import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import { WebhookEvent } from '../../protocol/webhooks/events.ts'
import { webhooksMax, type DeliveryId, type WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { AuditRecords } from '../audit/port.ts'
import type { RecordWrite } from '../record-writes.ts'
import type { AttemptOutcome, ClaimedDelivery, WebhookQueue, WebhookRegistry, WebhookSpec } from './port.ts'

/** Endpoints under test. Empty at first. */
export interface WebhookBench {
  /** Writes all of it in one transaction. */
  apply(...writes: RecordWrite[]): Promise<void>
  readonly registry: WebhookRegistry
  readonly queue: WebhookQueue
  readonly audit: AuditRecords
  /** Lets time pass for everything that is there. */
  later(ms: number): Promise<void>
  close(): Promise<void>
}

const user = (name: string) => name as UserId
const newId = () => randomUUID() as WebhookId
const spec = (more: Partial<WebhookSpec> = {}): WebhookSpec => ({
  url: 'https://game.example/hook?key=s3cret',
  description: '',
  enabled: true,
  events: [],
  roomId: null,
  guildId: null,
  ...more,
})
const decodeEvent = decoder(WebhookEvent)
const day = 86_400_000
const claimAll = { limit: 100, perEndpoint: 100, leaseMs: 60_000 }

/** Somebody joined. */
const joined = (roomId: RoomId, more: Partial<Extract<RecordWrite, { write: 'webhook' }>> = {}): RecordWrite => ({
  ...{ write: 'webhook', roomId, guildId: null, epoch: 3, seq: 7, part: 0, atMs: Date.UTC(2026, 0, 1) },
  facts: {
    type: 'participant.joined',
    data: {
      session_id: randomUUID() as SessionId,
      ...{ user_id: user('bob'), username: 'Bob', role: 'member', current_participants: 1, speaks_from: null },
    },
  },
  ...more,
})
const left = (roomId: RoomId): RecordWrite =>
  joined(roomId, {
    facts: {
      type: 'participant.left',
      data: {
        session_id: randomUUID() as SessionId,
        ...{ user_id: user('bob'), reason: 'left', current_participants: 0 },
      },
    },
  })

const outcomeOf = (delivery: ClaimedDelivery, more: Partial<AttemptOutcome> = {}): AttemptOutcome => ({
  ...{ delivery, outcome: 'delivered', status: 200, error: null, tookMs: 12.4, restMs: 0, gone: false },
  ...more,
})
const failed = (delivery: ClaimedDelivery, more: Partial<AttemptOutcome> = {}): AttemptOutcome =>
  outcomeOf(delivery, { outcome: 'retry', status: 500, error: 'status', restMs: 5_000, ...more })

export function webhookContract(name: string, open: () => Promise<WebhookBench>): void {
  describe(name, () => {
    let bench: WebhookBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    const roomId = randomUUID() as RoomId
    const make = async (more: Partial<WebhookSpec> = {}): Promise<WebhookId> => {
      const made = await bench.registry.create(newId(), spec(more), user('root'))
      assert.ok(made !== 'too_many')
      return made.id
    }
    const only = async (): Promise<ClaimedDelivery> => {
      const claimed = await bench.queue.claim(claimAll)
      assert.equal(claimed.length, 1)
      return claimed[0]!
    }
    const shown = async (id: WebhookId) => (await bench.registry.deliveries(id, {}, 100, null)).deliveries
    const actions = async () =>
      (await bench.audit.list({}, 100, null)).entries.map(({ action, body }) => ({ action, body })).reverse()

    describe('the endpoints', () => {
      test('are made once under an id, and listed oldest first', async () => {
        const [first, second] = [await make(), await make({ enabled: false, description: 'the bot' })]
        const again = await bench.registry.create(first, spec({ url: 'https://other.example/' }), user('eve'))
        assert.ok(again !== 'too_many')
        assert.deepEqual([again.url, again.createdBy], [spec().url, 'root'])
        const listed = await bench.registry.list()
        assert.deepEqual(
          listed.map(({ id, enabled, disabledCause }) => [id, enabled, disabledCause]),
          [
            [first, true, null],
            [second, false, 'by_hand'],
          ],
        )
      })

      test('are as many as may be, and no more', async () => {
        for (let made = 0; made < webhooksMax; made += 1) await make()
        assert.equal(await bench.registry.create(newId(), spec(), user('root')), 'too_many')
      })

      test('change by the fields that are named', async () => {
        const id = await make({ roomId, description: 'old' })
        const changed = await bench.registry.update(id, { events: ['room.closed'], roomId: null }, user('root'))
        assert.deepEqual(
          [changed?.events, changed?.roomId, changed?.description, changed?.enabled],
          [['room.closed'], null, 'old', true],
        )
        const off = await bench.registry.update(id, { enabled: false }, user('root'))
        assert.deepEqual([off?.enabled, off?.disabledCause], [false, 'by_hand'])
        assert.equal(await bench.registry.update(newId(), { enabled: false }, user('root')), null)
      })

      test('make a new secret once for each command, and keep the one before for a while', async () => {
        const id = await make()
        const rotated = await bench.registry.rotate(id, 60_000, user('root'), 'command/1')
        const again = await bench.registry.rotate(id, 60_000, user('root'), 'command/1')
        assert.deepEqual(again, rotated)
        assert.equal(rotated?.secretVersion, 2)
        assert.ok(rotated.previousSecretUntilMs !== null)
        assert.equal((await bench.registry.rotate(id, 0, user('root'), 'command/2'))?.secretVersion, 3)
      })

      test('leave their trail in the audit log, of an address its origin alone', async () => {
        const id = await make()
        await bench.registry.update(id, { url: 'https://new.example/hook/t0ken' }, user('ann'))
        await bench.registry.rotate(id, 60_000, user('ann'), 'command/1')
        assert.ok(await bench.registry.remove(id, user('ann')))
        assert.equal(await bench.registry.remove(id, user('ann')), false)
        const trail = await actions()
        assert.deepEqual(
          trail.map(({ action, body }) => [action, body?.actor_user]),
          [
            ['webhook.created', 'root'],
            ['webhook.updated', 'ann'],
            ['webhook.secret_rotated', 'ann'],
            ['webhook.removed', 'ann'],
          ],
        )
        assert.deepEqual(trail[1]?.body?.details, { webhook_id: id, url: 'https://new.example' })
        assert.doesNotMatch(JSON.stringify(trail), /s3cret|t0ken|whsec_/)
      })
    })

    describe('an event', () => {
      test('is put for each endpoint that wants it, under one message id, and for no other', async () => {
        const wanting = [await make(), await make({ roomId, events: ['participant.joined'] })]
        await make({ events: ['room.closed'] })
        await make({ roomId: randomUUID() as RoomId })
        await make({ guildId: 'a-guild' })
        await make({ enabled: false })
        await bench.apply(joined(roomId))
        const claimed = await bench.queue.claim(claimAll)
        assert.deepEqual(claimed.map(({ endpoint }) => endpoint.id).sort(), wanting.sort())
        assert.equal(new Set(claimed.map(({ messageId }) => messageId)).size, 1)
      })

      test('is sent as it was put, with its place in the room', async () => {
        await make()
        await bench.apply(joined(roomId, { guildId: 'a-guild' }))
        const { messageId, body, attempt } = await only()
        const event = decodeEvent(JSON.parse(body))
        assert.equal(attempt, 1)
        assert.deepEqual(
          [event.id, event.type, event.timestamp, event.room_id, event.guild_id, event.epoch, event.seq, event.part],
          [messageId, 'participant.joined', '2026-01-01T00:00:00.000Z', roomId, 'a-guild', 3, 7, 0],
        )
      })

      test('of one transaction goes out in the order of the events', async () => {
        await make()
        await bench.apply(joined(roomId), left(roomId), joined(roomId))
        const one = { ...claimAll, limit: 1 }
        const types: string[] = []
        for (let claims = 0; claims < 3; claims += 1) types.push((await bench.queue.claim(one))[0]?.type ?? 'none')
        assert.deepEqual(types, ['participant.joined', 'participant.left', 'participant.joined'])
      })
    })

    describe('a delivery', () => {
      test('is in one hand until its lease is over, and then in the next, under the same message id', async () => {
        await make()
        await bench.apply(joined(roomId))
        const first = await only()
        assert.deepEqual(await bench.queue.claim(claimAll), [])
        await bench.later(claimAll.leaseMs + 1_000)
        const second = await only()
        assert.equal(second.messageId, first.messageId)
        assert.equal(second.attempt, 2)
        await bench.queue.settle([failed(first, { outcome: 'dead' })], day)
        const [row] = await shown(first.endpoint.id)
        assert.equal(row?.state, 'waiting', 'a failure of whom it was taken from does not count')
        await bench.queue.settle([outcomeOf(first)], day)
        assert.equal((await shown(first.endpoint.id))[0]?.state, 'delivered', 'but it counts that it got through')
      })

      test('that failed comes again when its rest is over', async () => {
        const id = await make()
        await bench.apply(joined(roomId))
        await bench.queue.settle([failed(await only())], day)
        assert.deepEqual(await bench.queue.claim(claimAll), [])
        const [row] = await shown(id)
        assert.deepEqual(
          [row?.state, row?.attempts, row?.lastStatus, row?.lastError, row?.lastTookMs],
          ['waiting', 1, 500, 'status', 12],
        )
        await bench.later(6_000)
        await bench.queue.settle([outcomeOf(await only())], day)
        assert.deepEqual(await bench.queue.claim(claimAll), [])
        assert.deepEqual((await shown(id))[0]?.nextAttemptAtMs, null)
      })

      test('that was given up is dead, and is sent again by hand under the same message id', async () => {
        const id = await make()
        await bench.apply(joined(roomId))
        const first = await only()
        await bench.queue.settle([failed(first, { outcome: 'dead' })], day)
        await bench.later(day)
        assert.deepEqual(await bench.queue.claim(claimAll), [])
        const as = randomUUID() as DeliveryId
        const made = await bench.registry.redeliver(id, first.id, as)
        assert.deepEqual(await bench.registry.redeliver(id, first.id, as), made, 'a repeated command sends it once')
        const again = await only()
        assert.deepEqual([again.id, again.messageId, again.body], [as, first.messageId, first.body])
        assert.equal(await bench.registry.redeliver(newId(), first.id, randomUUID() as DeliveryId), null)
        assert.equal(await bench.registry.redeliver(id, randomUUID() as DeliveryId, randomUUID() as DeliveryId), null)
      })

      test('is given up by upkeep when it is too old', async () => {
        const id = await make()
        await bench.apply(joined(roomId))
        const bounds = { giveUpMs: 3 * day, queueMax: 10 }
        assert.deepEqual(await bench.queue.upkeep(bounds), { givenUp: 0, disabled: [] })
        await bench.later(3 * day + 1_000)
        assert.equal((await bench.queue.upkeep(bounds)).givenUp, 1)
        const [row] = await shown(id)
        assert.deepEqual([row?.state, row?.lastError], ['dead', 'too_old'])
      })

      test('on demand tries the receiver, and goes to no other', async () => {
        const id = await make({ events: ['room.closed'] })
        await make()
        const as = randomUUID() as DeliveryId
        const made = await bench.registry.test(id, as)
        assert.deepEqual(await bench.registry.test(id, as), made)
        const { body, endpoint } = await only()
        assert.equal(endpoint.id, id)
        assert.equal(decodeEvent(JSON.parse(body)).type, 'webhook.test')
        assert.equal(await bench.registry.test(newId(), randomUUID() as DeliveryId), null)
      })

      test('stands in a list, newest first, page by page, by state and type', async () => {
        const id = await make()
        for (let puts = 0; puts < 5; puts += 1) {
          await bench.later(1_000)
          await bench.apply(puts === 2 ? left(roomId) : joined(roomId))
        }
        const first = await bench.registry.deliveries(id, {}, 3, null)
        assert.equal(first.deliveries.length, 3)
        const second = await bench.registry.deliveries(id, {}, 3, first.nextCursor)
        assert.equal(second.nextCursor, null)
        const all = [...first.deliveries, ...second.deliveries]
        assert.equal(new Set(all.map((delivery) => delivery.id)).size, 5)
        const times = all.map(({ queuedAtMs }) => queuedAtMs)
        assert.deepEqual(
          times,
          times.toSorted((a, b) => b - a),
        )
        assert.equal(all[2]?.type, 'participant.left')
        const ofType = await bench.registry.deliveries(id, { type: 'participant.left' }, 3, null)
        assert.equal(ofType.deliveries.length, 1)
        assert.deepEqual((await bench.registry.deliveries(id, { state: 'dead' }, 3, null)).deliveries, [])
        await assert.rejects(async () => bench.registry.deliveries(id, {}, 3, 'bm9uc2Vuc2U'), /VALIDATION_FAILED/)
      })
    })

    describe('an endpoint', () => {
      const many = (count: number) => Array.from({ length: count }, () => joined(roomId))

      test('has so many under way at once, whoever claims, and holds up no other', async () => {
        const [slow, quick] = [await make(), await make({ events: ['participant.left'] })]
        await bench.apply(...many(20), left(roomId))
        const bounds = { ...claimAll, perEndpoint: 3 }
        const first = await bench.queue.claim(bounds)
        const count = (of: readonly ClaimedDelivery[], id: WebhookId) =>
          of.filter(({ endpoint }) => endpoint.id === id).length
        assert.deepEqual([count(first, slow), count(first, quick)], [3, 1])
        const ofSlow = first.filter(({ endpoint }) => endpoint.id === slow)
        assert.deepEqual(await bench.queue.claim(bounds), [])
        await bench.queue.settle(
          ofSlow.slice(0, 2).map((claimed) => outcomeOf(claimed)),
          day,
        )
        assert.equal((await bench.queue.claim(bounds)).length, 2)
      })

      test('that keeps failing is tried one at a time, with rests, until something gets through', async () => {
        await make()
        await bench.apply(...many(9))
        const five = await bench.queue.claim({ ...claimAll, limit: 5 })
        await bench.queue.settle(
          five.map((claimed) => failed(claimed, { restMs: day })),
          9 * day,
        )
        assert.deepEqual(await bench.queue.claim(claimAll), [], 'it rests')
        await bench.later(2_000)
        const sixth = await only()
        await bench.queue.settle([failed(sixth, { restMs: day })], 9 * day)
        await bench.later(1_000)
        assert.deepEqual(await bench.queue.claim(claimAll), [], 'it rests for longer')
        await bench.later(3_000)
        await bench.queue.settle([outcomeOf(await only())], 9 * day)
        assert.equal((await bench.queue.claim(claimAll)).length, 2, 'everything that is due')
      })

      test('for which nothing got through for days is disabled at its next failure, and says so in the audit log', async () => {
        const id = await make()
        await bench.apply(...many(3))
        assert.deepEqual(
          await bench.queue.settle([failed((await bench.queue.claim({ ...claimAll, limit: 1 }))[0]!)], day),
          [],
        )
        assert.ok((await bench.registry.read(id))?.failingSinceMs)
        await bench.later(day + 1_000)
        const [next] = await bench.queue.claim({ ...claimAll, limit: 1 })
        assert.deepEqual(await bench.queue.settle([failed(next!)], day), [{ id, cause: 'failing' }])
        const webhook = await bench.registry.read(id)
        assert.deepEqual([webhook?.enabled, webhook?.disabledCause], [false, 'failing'])
        const trail = (await actions()).at(-1)
        assert.deepEqual(
          [trail?.action, trail?.body?.actor_user, trail?.body?.details],
          ['webhook.disabled', 'system', { webhook_id: id, cause: 'failing' }],
        )
        await bench.later(60_000)
        assert.deepEqual(await bench.queue.claim(claimAll), [], 'nothing is sent')
        await bench.apply(joined(roomId))
        assert.equal((await bench.queue.backlog()).rows, 0)
        const revived = await bench.registry.update(id, { enabled: true }, user('root'))
        assert.deepEqual([revived?.disabledCause, revived?.failingSinceMs], [null, null])
        assert.equal((await bench.queue.claim(claimAll)).length, 3, 'what had come before it was disabled')
      })

      test('that fails now and then is not', async () => {
        const id = await make()
        await bench.apply(...many(4))
        const one = { ...claimAll, limit: 1 }
        await bench.queue.settle([failed((await bench.queue.claim(one))[0]!)], day)
        await bench.queue.settle([outcomeOf((await bench.queue.claim(one))[0]!)], day)
        await bench.later(2 * day)
        assert.deepEqual(await bench.queue.settle([failed((await bench.queue.claim(one))[0]!)], day), [])
        assert.equal((await bench.registry.read(id))?.enabled, true)
      })

      test('that says it is gone is disabled at once', async () => {
        const id = await make()
        await bench.apply(joined(roomId))
        const gone = failed(await only(), { outcome: 'dead', status: 410, gone: true })
        assert.deepEqual(await bench.queue.settle([gone], day), [{ id, cause: 'gone' }])
      })

      test('for which too much waits is disabled, and others are not', async () => {
        const full = await make()
        const other = await make({ events: ['participant.left'] })
        await bench.apply(...many(4), left(roomId))
        const { disabled } = await bench.queue.upkeep({ giveUpMs: day, queueMax: 4 })
        assert.deepEqual(disabled, [{ id: full, cause: 'queue_full' }])
        assert.equal((await bench.registry.read(other))?.enabled, true)
        await bench.later(1_000)
        await bench.registry.update(full, { enabled: true }, user('root'))
        assert.deepEqual(
          (await bench.queue.upkeep({ giveUpMs: day, queueMax: 4 })).disabled,
          [],
          'it may work off what waits',
        )
        assert.equal((await bench.queue.claim(claimAll)).length, 6)
      })

      test('that was removed is sent nothing more', async () => {
        const id = await make()
        await bench.apply(joined(roomId))
        await bench.registry.remove(id, user('root'))
        assert.deepEqual(await bench.queue.claim(claimAll), [])
        assert.deepEqual(await bench.queue.backlog(), { rows: 0, oldestAgeMs: 0 })
      })
    })

    test('the backlog tells how much waits, and for how long', async () => {
      await make()
      await bench.apply(joined(roomId))
      await bench.later(30_000)
      await bench.apply(joined(roomId))
      const { rows, oldestAgeMs } = await bench.queue.backlog()
      assert.equal(rows, 2)
      assert.ok(oldestAgeMs >= 30_000 && oldestAgeMs < 90_000, `${oldestAgeMs}`)
    })
  })
}
