import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ServerFrame } from '../../protocol/client/frames.ts'
import { roomKey, type RoomId } from '../../protocol/ids.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { waitUntil } from '../support/wait.ts'

type Heard = Extract<ServerFrame, { type: 'events' | 'snapshot' | 'caught_up' | 'session_ended' | 'welcome' }>

/** What this test needs of the page's client, which is JavaScript with types of its own. */
interface PageClient {
  readonly mode: string
  connect(): Promise<unknown>
  join(roomId: string): Promise<unknown>
  mute(roomId: string, userId: string): Promise<unknown>
  close(): void
}
type MakeClient = new (options: { url: string; token: string; openSocket: () => WebSocket }) => PageClient
const page = new URL('../../gateway/http/public/voice-client.js', import.meta.url)
const { VoiceClient } = (await import(page.href)) as { VoiceClient: MakeClient }

/** A client as the page has it, which goes to the other gateway each time, and keeps what it hears. */
class Visitor {
  readonly client: PageClient
  readonly heard: Heard[] = []
  readonly closeCodes: number[] = []

  constructor(cluster: TestCluster, user: string, gateway: number) {
    let next = gateway
    this.client = new VoiceClient({
      url: '',
      token: cluster.token(user),
      openSocket: () => {
        const socket = new WebSocket(cluster.gateway(next++ % 2).ws)
        socket.addEventListener('message', ({ data }) => this.heard.push(JSON.parse(String(data)) as Heard))
        socket.addEventListener('close', ({ code }) => this.closeCodes.push(code))
        return socket
      },
    })
  }

  of<Type extends Heard['type']>(type: Type): Extract<Heard, { type: Type }>[] {
    return this.heard.filter((frame): frame is Extract<Heard, { type: Type }> => frame.type === type)
  }

  /** Who was muted, in the order in which this client heard of it. */
  get muted(): readonly string[] {
    return this.of('events').flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'sanction.applied' ? [event.user_id] : [])),
    )
  }
}

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
    for (let index = 0; index < 12; index += 1) {
      visitors.push(new Visitor(cluster, index === 0 ? 'host' : `guest-${index}`, index))
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
      assert.ok(visitor.closeCodes.every((code) => code === 1012))
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
