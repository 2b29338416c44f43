import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import type { RecordWrite } from '../record-writes.ts'
import { interestMaxAgeMs, WebhookInterest } from './interest.ts'
import type { WebhookFilter } from './port.ts'
import { webhookSecrets } from './secrets.ts'
import type { WebhookId } from '../../protocol/webhooks/webhook.ts'

const roomId = '7b0c7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId
const left: RecordWrite = {
  ...{ write: 'webhook', roomId, guildId: 'a-guild', epoch: 1, seq: 1, part: 0, atMs: 0 },
  facts: {
    type: 'participant.left',
    data: { session_id: 's' as SessionId, user_id: 'bob' as UserId, reason: 'left', current_participants: 0 },
  },
}
const other: RecordWrite = { write: 'participant.left', sessionId: 's' as SessionId, atMs: 0 }
const everything: WebhookFilter = { events: [], roomId: null, guildId: null }

function watched(wanted: readonly WebhookFilter[]) {
  const time = new ManualTime()
  const record = { wanted, isAway: false, reads: 0 }
  const interest = new WebhookInterest({
    read: () => {
      record.reads += 1
      return record.isAway ? Promise.reject(new Error('away')) : Promise.resolve(record.wanted)
    },
    ...{ clock: time, timers: time, logger: silentLogger },
  })
  const pass = async (ms: number) => {
    await time.advance(ms)
    await settle()
  }
  return { record, interest, pass, keepsLeft: () => interest.keep([other, left]).includes(left) }
}

describe('the interest in webhooks', () => {
  test('leaves nothing but webhooks out, and those where nobody wants them', async () => {
    const { interest } = watched([])
    await interest.refresh()
    assert.deepEqual(interest.keep([other, left]), [other])
    await interest.stop()
  })

  test('goes by type, room and guild', async () => {
    const filters: readonly (readonly [Partial<WebhookFilter>, boolean])[] = [
      [{}, true],
      [{ events: ['participant.left', 'room.closed'] }, true],
      [{ events: ['room.closed'] }, false],
      [{ roomId }, true],
      [{ roomId: '00000000-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId }, false],
      [{ guildId: 'a-guild' }, true],
      [{ guildId: 'another' }, false],
    ]
    for (const [filter, isWanted] of filters) {
      const { interest, keepsLeft } = watched([{ ...everything, ...filter }])
      await interest.refresh()
      assert.equal(keepsLeft(), isWanted, JSON.stringify(filter))
      await interest.stop()
    }
  })

  test('leaves all in as long as it knows nothing', async () => {
    const { interest, keepsLeft } = watched([])
    assert.ok(keepsLeft())
    await interest.stop()
  })

  test('hears of a new endpoint within its bound', async () => {
    const { interest, record, pass, keepsLeft } = watched([])
    await interest.refresh()
    assert.ok(!keepsLeft())
    record.wanted = [everything]
    await pass(interestMaxAgeMs)
    assert.ok(keepsLeft())
    await interest.stop()
  })

  test('believes nothing that is older than its bound, and leaves all in then', async () => {
    const { interest, record, pass, keepsLeft } = watched([])
    await interest.refresh()
    record.isAway = true
    await pass(interestMaxAgeMs - 1)
    assert.ok(!keepsLeft())
    await pass(1)
    assert.ok(keepsLeft())
    record.isAway = false
    await pass(1_000)
    assert.ok(!keepsLeft())
    await interest.stop()
  })
})

describe('the secret of a webhook', () => {
  const id = '7b0c7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as WebhookId
  const secretOf = webhookSecrets('a-key-of-the-deployment-0123456789')

  test('is the same for the same version, and another for every other', () => {
    assert.equal(secretOf(id, 1), secretOf(id, 1))
    const others = [
      secretOf(id, 2),
      secretOf('00000000-7f0c-4a52-9d39-6a5a3b9d0c11' as WebhookId, 1),
      webhookSecrets('another-key')(id, 1),
    ]
    assert.equal(new Set([secretOf(id, 1), ...others]).size, 4)
  })

  test('is written as the specification has it: 32 bytes', () => {
    assert.match(secretOf(id, 1), /^whsec_[A-Za-z0-9+/]{43}=$/)
  })
})
