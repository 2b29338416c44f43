import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

const candidate = 'candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host'

interface Player {
  readonly user: string
  readonly socket: VoiceSocket
  readonly session: string
}

const linksOf = ({ socket }: Player): readonly string[] | null =>
  (socket.frames.findLast(({ type }) => type === 'links')?.['links'] ?? null) as readonly string[] | null

describe('a room of twelve', { timeout: 90_000 }, () => {
  let cluster: TestCluster
  let failed = true
  const players: Player[] = []
  let room = ''

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 3 })
    room = await cluster.createRoom('host')
  })
  after(async () => {
    for (const { socket } of players) socket.close()
    await cluster.stop(failed)
  })

  const join = async (index: number) => {
    const user = `player-${index}`
    const socket = await VoiceSocket.connect(cluster.gateway(index % 2).ws, cluster.token(user))
    const { value } = await socket.command({ type: 'join', room_id: room })
    await socket.heard('snapshot')
    players.push({ user, socket, session: String(value.session_id) })
  }
  const signal = (from: Player, to: Player) =>
    from.socket.command({ type: 'signal', room_id: room, to_user: to.user, message_type: 'candidate', candidate })
  const bySession = (session: string) => players.find((player) => player.session === session)

  test('tells each with whom they link, both of two the same, and lets nobody else signal them', async () => {
    for (let index = 0; index < 12; index += 1) await join(index)
    await waitUntil(
      'everybody has nearly as many links as may be',
      () => players.every((player) => (linksOf(player)?.length ?? 0) >= 7),
      20_000,
    )
    for (const player of players) {
      const links = linksOf(player) ?? []
      assert.ok(links.length <= 8)
      for (const peer of links) assert.ok(linksOf(bySession(peer)!)?.includes(player.session))
    }
    const [first] = players
    const stranger = players.find(({ session }) => session !== first!.session && !linksOf(first!)?.includes(session))
    const friend = bySession(linksOf(first!)![0]!)
    const refused = await signal(first!, stranger!)
    assert.equal(refused.type, 'error')
    assert.equal(refused['error'].code, 'NOT_LINKED')
    assert.equal((await signal(first!, friend!)).type, 'reply')
  })

  test('keeps every link when the node that owns it is killed', async () => {
    const before = new Map(players.map((player) => [player.session, linksOf(player)]))
    const owner = await cluster.waitForOwner(room)
    owner.kill()
    await Promise.all(players.map(({ socket }) => socket.heard('caught_up', undefined, 15_000)))
    await waitUntil(
      'the new owner has told everybody',
      () =>
        players.every(({ socket }) => {
          const { epoch } = socket.frames.findLast(({ type }) => type === 'caught_up')!
          return socket.frames.some(({ type, epoch: at }) => type === 'links' && at === epoch)
        }),
      15_000,
    )
    const kept = (session: string) => linksOf(bySession(session)!)
    for (const [session, links] of before) {
      assert.deepEqual(new Set(kept(session)), new Set(links))
    }
    failed = false
  })
})
