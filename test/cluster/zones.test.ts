import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { waitUntil } from '../support/wait.ts'
import { SocketWalker, wrongPairs } from '../support/zone-walker.ts'

const shim = fileURLToPath(new URL('../../bin/roomctl.mjs', import.meta.url))

/** Places are sixteenths of a metre. */
const quantumM = 0.1

interface ShardsShown {
  readonly players: number
  readonly regions: readonly {
    readonly region: number
    readonly shard: { readonly node: string; readonly players: number } | null
  }[]
}

describe('a zone on real processes', () => {
  let cluster: TestCluster
  let zoneId: string
  let walkers: SocketWalker[] = []
  let failed = true
  let isWalking = true

  const admin = () => cluster.token('operator', ['admin'])
  const service = () => cluster.token('game', ['service'])
  const zones = (method: string, path: string, token: string, body?: unknown) =>
    cluster.call(method, `/api/v1/zones${path}`, { token, ...(body === undefined ? {} : { body }) })
  const shards = async () => (await zones('GET', `/${zoneId}/shards`, admin())).body as ShardsShown

  const roomctl = (...args: string[]) =>
    promisify(execFile)(process.execPath, [shim, ...args], { env: cluster.env, timeout: 30_000 }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    )

  before(async () => {
    cluster = await startCluster({ nodes: 4, gateways: 2 })
    const made = await zones('POST', '', admin(), { name: 'The north', bounds: { width_m: 1_024, height_m: 1_024 } })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    zoneId = made.body.zone_id
  })
  after(() => cluster.stop(failed))

  /** Everybody goes to and fro for so long, 4 m/s, and says so ten times a second. */
  const walk = async (ms: number) => {
    const untilMs = performance.now() + ms
    for (let step = 0; performance.now() < untilMs; step++) {
      for (const [n, walker] of walkers.entries()) {
        if (isWalking) walker.x += (step + n * 7) % 80 < 40 ? 0.4 : -0.4
        walker.say()
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  /** Nobody walks until all hear whom they should. */
  const settled = async (what: string, withinMs = 20_000) => {
    isWalking = false
    let wrong: readonly string[] = []
    await waitUntil(
      what,
      async () => {
        await walk(200)
        wrong = wrongPairs(walkers, 30 - quantumM, 33 + quantumM)
        return wrong.length === 0
      },
      withinMs,
      () => wrong.join('\n'),
    )
    isWalking = true
  }

  /** Those are the regions, and between them they have everybody. */
  const handedOver = (wanted: readonly number[]) =>
    waitUntil(`the regions ${wanted.join(' and ')} have everybody`, async () => {
      await walk(300)
      const { regions, players } = await shards()
      const filled = regions.filter(({ shard }) => (shard?.players ?? 0) > 0).map(({ region }) => region)
      return players === walkers.length && filled.join() === wanted.join()
    })

  const nodeOfFirst = async () => {
    const node = (await shards()).regions[0]?.shard?.node
    assert.ok(node)
    return node
  }
  /** The node of the first region is killed while everybody walks, and they walk on. Says which it was. */
  const killedUnderWay = async () => {
    const node = await nodeOfFirst()
    const walking = walk(6_000)
    await new Promise((resolve) => setTimeout(resolve, 500))
    cluster.process(node).kill()
    await walking
    return node
  }
  const started = async (node: string) => {
    cluster.process(node).start()
    await cluster.process(node).ready()
  }

  test('lets players in by two gateways, and each hears who is near', async () => {
    for (let n = 0; n < 24; n++) {
      const { ws } = cluster.gateway(n % 2)
      const token = cluster.token(`user-${n}`)
      walkers.push(
        await SocketWalker.enter({ ws, token, zoneId }, `user-${n}`, 480 + (n % 6) * 12, 500 + Math.floor(n / 6) * 12),
      )
    }
    await settled('all hear whom they should')
    assert.equal((await shards()).players, 24)
    const near = await zones('GET', `/${zoneId}/players/user-0/earshot`, service())
    assert.ok(near.body.earshot.length > 3, JSON.stringify(near.body))
    assert.equal((await zones('GET', `/${zoneId}/players/nobody/earshot`, service())).status, 409)
  })

  test("takes places from the game's server, and from nobody else", async () => {
    const body = { places: [{ user_id: 'user-3', x: 700, y: 700 }] }
    assert.equal((await zones('POST', `/${zoneId}/positions`, cluster.token('user-1'), body)).status, 403)
    assert.equal((await zones('POST', `/${zoneId}/positions`, service(), body)).status, 202)
    const moved = walkers[3]!
    Object.assign(moved, { x: 700, y: 700 })
    await settled('they are where the server says')
    await zones('POST', `/${zoneId}/positions`, service(), { places: [{ user_id: 'user-3', x: 516, y: 500 }] })
    Object.assign(moved, { x: 516, y: 500 })
    await settled('and back')
  })

  test('goes on without a socket closed when the node of its region is killed under way', async () => {
    const node = await killedUnderWay()
    await settled('all hear whom they should after a death')
    const now = (await shards()).regions[0]?.shard
    assert.ok(now && now.node !== node)
    assert.deepEqual(
      walkers.map(({ socket }) => socket.closeCode),
      walkers.map(() => 0),
    )
    await started(node)
  })

  test('goes on when the node of its region is told to stop', async () => {
    const node = await nodeOfFirst()
    const walking = walk(4_000)
    await cluster.process(node).stop(30_000)
    await walking
    await settled('all hear whom they should after a drain')
    assert.notEqual((await shards()).regions[0]?.shard?.node, node)
    await started(node)
  })

  test('is cut, and merged again, under those who walk in it', async () => {
    const cutting = walk(5_000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.equal((await roomctl('zone', 'cut', zoneId, '1', 'x', '500')).code, 77, 'not along the cells')
    const cut = await roomctl('zone', 'cut', zoneId, '1', 'x', '512')
    assert.deepEqual([cut.code, cut.stderr], [0, ''])
    await cutting
    await handedOver([2, 3])
    await settled('all hear whom they should across the border')
    assert.match((await roomctl('zone', zoneId)).stdout, /3 +512 0 1024 1024 +– +node-\d +1 +\d+ +\d+/)
    const merging = walk(5_000)
    assert.equal((await roomctl('zone', 'merge', zoneId, '3')).code, 0)
    await merging
    await handedOver([4])
    await settled('all hear whom they should in one region')
    assert.ok(walkers.every(({ socket }) => socket.closeCode === 0))
  })

  test('is shared out among two regions of the same area, of which one loses its node, and merged again', async () => {
    const sharing = walk(4_000)
    assert.equal((await roomctl('zone', 'share', zoneId, '4')).code, 0)
    await sharing
    await handedOver([5, 6])
    await settled('all hear whom they should, whoever looks after them')
    assert.match((await roomctl('zone', zoneId)).stdout, /6 +0 0 1024 1024 +1\/2 +node-\d +1 +\d+ +\d+/)
    const node = await killedUnderWay()
    await settled('all hear whom they should after the death of a share')
    await started(node)
    const merging = walk(4_000)
    assert.equal((await roomctl('zone', 'merge', zoneId, '5')).code, 0)
    await merging
    await handedOver([7])
    await settled('all hear whom they should in one region again')
    assert.ok(walkers.every(({ socket }) => socket.closeCode === 0))
  })

  test('mutes, bans and lifts in all of it at once', async () => {
    const [ann, bob] = [walkers[0]!, walkers[1]!]
    const sanction = (kind: string, user: string, lift = '') =>
      zones(lift ? 'POST' : 'PUT', `/${zoneId}/users/${user}/sanctions/${kind}${lift}`, admin(), {})
    assert.ok(bob.hears(ann))
    assert.equal((await sanction('mute', ann.name)).status, 200)
    await ann.socket.heard('zone_event', ({ event, muted }) => event === 'sanctions' && muted === true)
    await waitUntil('nobody hears who is muted', async () => {
      await walk(100)
      return walkers.every((walker) => !walker.hears(ann))
    })
    assert.equal((await sanction('mute', ann.name, '/lift')).status, 200)
    await settled('all hear again who was muted')
    const out = walkers.pop()!
    assert.equal((await sanction('ban', out.name)).status, 200)
    await out.socket.heard('zone_left', ({ reason }) => reason === 'banned')
    assert.equal((await out.socket.command({ type: 'zone_enter', zone_id: zoneId, x: 1, y: 1, z: 0 })).type, 'error')
    out.socket.close()
    await settled('nobody hears who is banned')
  })

  test('is closed for good: all are taken out, and nobody enters', async () => {
    assert.equal((await zones('DELETE', `/${zoneId}`, admin())).status, 204)
    for (const { socket } of walkers) await socket.heard('zone_left', ({ reason }) => reason === 'closed')
    const [first] = walkers
    const answer = await first!.socket.command({ type: 'zone_enter', zone_id: zoneId, x: 1, y: 1, z: 0 })
    assert.equal(answer['error'].code, 'ZONE_CLOSED')
    for (const { socket } of walkers) socket.close()
    walkers = []
    failed = false
  })
})
