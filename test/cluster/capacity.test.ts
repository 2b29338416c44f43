import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'

describe('a room of 40 on three nodes behind two gateways', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 3 })
  })
  after(() => cluster.stop(failed))

  test('admits exactly 40 of 500 who join at once, and refuses 460 with the same code', async () => {
    const roomId = await cluster.createRoom('host', { max_participants: 40 })
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        cluster.call('POST', `/api/v1/rooms/${roomId}/join`, {
          token: cluster.token(`player-${index}`),
          body: {},
          gateway: index % 2,
        }),
      ),
    )
    const admitted = answers.filter(({ status }) => status >= 200 && status < 300)
    const refusals = answers
      .filter(({ status }) => status >= 400)
      .map(({ status, body }) => `${status} ${body.error.code}`)
    assert.equal(admitted.length, 40)
    assert.deepEqual(new Set(refusals), new Set(['409 ROOM_FULL']))
    assert.equal(refusals.length, 460)

    const room = await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token: cluster.token('host') })
    assert.equal(room.body.participants.length, 40)
    const seats = await cluster.database.query(
      `select count(*)::int as seats from voice_participants where room_id = $1 and status = 'active'`,
      [roomId],
    )
    assert.equal(seats[0]?.['seats'], 40)
    failed = false
  })
})
