import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { roomKey, type RoomId } from '../../protocol/ids.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { Visitor } from '../support/page-client.ts'
import { waitUntil } from '../support/wait.ts'

describe('gateways that are restarted one after the other', { timeout: 90_000 }, () => {
  let cluster: TestCluster
  let failed = true
  const visitors: Visitor[] = []

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 2 })
  })
  after(async () => {
    for (const { client } of visitors) client.close()
    await cluster.stop(failed)
  })

  test('have their clients go on elsewhere, with every event once and every command carried out once', async () => {
    const roomId = await cluster.createRoom('host', { max_participants: 20 })
    const urls = cluster.gateways.map(({ ws }) => ws)
    for (let index = 0; index < 12; index += 1) {
      const user = index === 0 ? 'host' : `guest-${index}`
      visitors.push(new Visitor(user, cluster.token(user), urls, index))
    }
    for (const { client } of visitors) {
      await client.connect()
      await client.join(roomId)
    }
    const [host] = visitors as [Visitor]
    await Promise.all(visitors.map((visitor) => waitUntil('a snapshot', () => visitor.of('snapshot').length > 0)))

    // Commands are under way all the time.
    const acked: string[] = []
    const load = { isOver: false }
    const muting = (async () => {
      for (let count = 1; !load.isOver; count += 1) {
        await host.client.mute(roomId, `rude-${count}`)
        acked.push(`rude-${count}`)
      }
    })()
    for (const name of ['gateway-1', 'gateway-2']) {
      const gateway = cluster.process(name)
      const before = acked.length
      await waitUntil('commands are under way', () => acked.length > before + 5)
      await gateway.stop()
      gateway.start()
      await gateway.ready()
      await waitUntil('every client is connected', () => visitors.every(({ client }) => client.mode === 'open'))
    }
    const before = acked.length
    await waitUntil('commands are under way again', () => acked.length > before + 5)
    load.isOver = true
    await muting

    const last = acked.at(-1) ?? ''
    await waitUntil('everybody heard the last one', () => visitors.every(({ muted }) => muted.includes(last)))
    for (const visitor of visitors) {
      assert.deepEqual(visitor.muted, acked)
      assert.deepEqual(visitor.of('session_ended'), [])
      // The whole room was shown once; from then on only what was missed.
      assert.equal(visitor.of('snapshot').length, 1)
      assert.ok(visitor.of('welcome').length >= 2)
      assert.ok(visitor.of('caught_up').length >= 1)
      assert.deepEqual(new Set(visitor.of('welcome').map(({ connection_id }) => connection_id)).size, 1)
      assert.ok(visitor.closes.every(({ code }) => code === 1012))
    }
    const journal = await cluster.database.query(
      `select event->>'user_id' as target
         from actor_journal, jsonb_array_elements(events) as event
        where actor_key = $1 and event->>'type' = 'sanction.applied'
        order by seq`,
      [roomKey(roomId as RoomId)],
    )
    assert.deepEqual(
      journal.map(({ target }) => target),
      acked,
    )
    failed = false
  })
})
