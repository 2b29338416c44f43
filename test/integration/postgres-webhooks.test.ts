import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { systemClock } from '../../bin/system-ports.ts'
import { createPool, PgAuditRecords, PgWebhookQueue, PgWebhookRegistry, writeRecord } from '../../persistence/index.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { inTransaction } from '../../persistence/transaction.ts'
import { webhookContract } from '../../persistence/webhooks/webhooks.contract.ts'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import type { WebhookId } from '../../protocol/webhooks/webhook.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const openPool = (maxConnections: number) =>
  createPool(database.url, { applicationName: 'webhooks', maxConnections, logger: silentLogger })
const clear = async () => {
  await database.query('truncate webhook_endpoints, webhook_deliveries')
  await database.query('alter table voice_audit disable trigger voice_audit_keeps_all')
  await database.query('truncate voice_audit cascade').catch(() => undefined)
  await database.query('alter table voice_audit enable trigger voice_audit_keeps_all')
}

webhookContract('webhooks in Postgres', async () => {
  await clear()
  const pool = openPool(2)
  return {
    apply: (...writes) => inTransaction(pool, (client) => writeRecord(client, writes)),
    registry: new PgWebhookRegistry(pool, systemClock),
    queue: new PgWebhookQueue(pool, systemClock),
    audit: new PgAuditRecords(pool),
    later: async (ms) => {
      await database.query(
        `update webhook_deliveries
            set timestamp = timestamp - $1 * interval '1 millisecond', claimed_until = claimed_until - $1 * interval '1 millisecond',
                next_attempt_at = next_attempt_at - $1 * interval '1 millisecond'`,
        [ms],
      )
      await database.query(
        `update webhook_endpoints
            set enabled_at = enabled_at - $1 * interval '1 millisecond', failing_since = failing_since - $1 * interval '1 millisecond', rest_until = rest_until - $1 * interval '1 millisecond'`,
        [ms],
      )
    },
    close: () => pool.end(),
  }
})

const joined = (roomId: RoomId): RecordWrite => ({
  ...{ write: 'webhook', roomId, guildId: null, epoch: 1, seq: 1, part: 0, atMs: Date.now() },
  facts: {
    type: 'participant.joined',
    data: {
      session_id: randomUUID() as SessionId,
      ...{ user_id: 'bob' as UserId, username: 'Bob', role: 'member', current_participants: 1, speaks_from: null },
    },
  },
})

test('no delivery is in two hands, though many relays claim at once, and none is left out', async () => {
  await clear()
  const pool = openPool(10)
  const registry = new PgWebhookRegistry(pool, systemClock)
  for (let made = 0; made < 4; made += 1) {
    const spec = { url: 'https://game.example/', description: '', enabled: true }
    await registry.create(
      randomUUID() as WebhookId,
      { ...spec, events: [], roomId: null, guildId: null },
      'root' as UserId,
    )
  }
  const roomId = randomUUID() as RoomId
  await inTransaction(pool, (client) =>
    writeRecord(
      client,
      Array.from({ length: 100 }, () => joined(roomId)),
    ),
  )
  const claimed = new Map<string, number>()
  const relay = async () => {
    const queue = new PgWebhookQueue(pool, systemClock)
    for (let empty = 0; empty < 20;) {
      const batch = await queue.claim({ limit: 16, perEndpoint: 8, leaseMs: 60_000 })
      empty = batch.length === 0 ? empty + 1 : 0
      for (const { id } of batch) claimed.set(id, (claimed.get(id) ?? 0) + 1)
      await queue.settle(
        batch.map((delivery) => ({
          ...{ delivery, outcome: 'delivered', status: 200, error: null, tookMs: 1, restMs: 0, gone: false },
        })),
        1_000,
      )
    }
  }
  await Promise.all(Array.from({ length: 6 }, relay))
  await pool.end()
  assert.equal(claimed.size, 400)
  assert.deepEqual([...claimed.values()].filter((times) => times > 1).length, 0)
})

test('the event is there if, and only if, the state that it speaks of is', async () => {
  await clear()
  const pool = openPool(2)
  const spec = { url: 'https://game.example/', description: '', enabled: true, events: [], roomId: null, guildId: null }
  await new PgWebhookRegistry(pool, systemClock).create(randomUUID() as WebhookId, spec, 'root' as UserId)
  const refused: RecordWrite = {
    ...{ write: 'invite.put', inviteId: randomUUID() as never, roomId: randomUUID() as RoomId, tokenHash: 'x' },
    ...{ inviterId: 'a' as UserId, inviteeId: null, role: 'member', maxUses: 1, message: '' },
    ...{ createdAtMs: Date.now(), expiresAtMs: Date.now() },
  }
  const write = (...writes: RecordWrite[]) => inTransaction(pool, (client) => writeRecord(client, writes))
  await assert.rejects(write(joined(randomUUID() as RoomId), refused))
  assert.equal((await new PgWebhookQueue(pool, systemClock).backlog()).rows, 0)
  await write(joined(randomUUID() as RoomId))
  assert.equal((await new PgWebhookQueue(pool, systemClock).backlog()).rows, 1)
  await pool.end()
})
