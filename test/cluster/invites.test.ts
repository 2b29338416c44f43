import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'

describe('an invite with ten uses, on three nodes behind two gateways', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 3, env: { RATE_LIMIT_RPM: '10000' } })
  })
  after(() => cluster.stop(failed))

  test('lets in exactly ten of 200 who accept at once, and their owner dies under it', async () => {
    const host = cluster.token('host')
    const roomId = await cluster.createRoom('host', { is_private: true })
    const made = await cluster.call('POST', `/api/v1/rooms/${roomId}/invites`, { token: host, body: { max_uses: 10 } })
    assert.equal(made.status, 201)
    const token = String(made.body.token)
    const owner = await cluster.waitForOwner(roomId)

    const accepts = Array.from({ length: 200 }, (_, index) => ({ user: `player-${index}`, gateway: index % 2 }))
    const answers = await Promise.all(
      accepts.map(async ({ user, gateway }, index) => {
        if (index === 100) owner.kill()
        // An outcome that nobody could tell is asked for again under the same key.
        for (;;) {
          const answer = await cluster.call('POST', `/api/v1/invites/${token}/accept`, {
            token: cluster.token(user),
            gateway,
            body: {},
            headers: { 'idempotency-key': `accept-${user}` },
          })
          if (answer.status < 500) return { user, ...answer }
        }
      }),
    )
    const admitted = answers.filter(({ status }) => status === 200)
    assert.equal(admitted.length, 10)
    const refusals = answers.filter(({ status }) => status !== 200).map(({ body }) => String(body.error.code))
    assert.deepEqual(new Set(refusals), new Set(['INVITE_USED_UP']))

    const [row] = await cluster.database.query(`select uses, status from voice_room_invites where room_id = $1`, [
      roomId,
    ])
    assert.deepEqual(row, { uses: 10, status: 'accepted' })
    const guest = cluster.token(admitted[0]?.user ?? '')
    const outsider = cluster.token(answers.find(({ status }) => status !== 200)?.user ?? '')
    const join = `/api/v1/rooms/${roomId}/join`
    assert.equal((await cluster.call('POST', join, { token: guest, body: {} })).status, 200)
    assert.equal((await cluster.call('POST', join, { token: outsider, body: {} })).status, 404)
    failed = false
  })

  test('is the same one where its making is asked for again, and the token stands nowhere', async () => {
    const roomId = await cluster.createRoom('host', {})
    const make = (gateway: number) =>
      cluster.call('POST', `/api/v1/rooms/${roomId}/invites`, {
        token: cluster.token('host'),
        body: { message: 'come' },
        gateway,
        headers: { 'idempotency-key': 'the-one-invite' },
      })
    const [first, second] = [await make(0), await make(1)]
    assert.deepEqual(second.body, first.body)
    const found = await cluster.database.query(
      `select (select count(*) from actor_journal where events::text like $1 or reply::text like $1)
            + (select count(*) from voice_room_invites where token like $1) as times`,
      [`%${String(first.body.token)}%`],
    )
    assert.equal(Number(found[0]?.['times']), 0)
  })
})
