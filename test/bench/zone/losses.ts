import { pause } from '../../../bin/local/pause.ts'
import { Resync } from '../../../protocol/zone/frames.ts'
import { startCluster, type TestCluster } from '../../support/cluster.ts'
import { SocketWalker, wrongPairs } from '../../support/zone-walker.ts'
import { ms, p50p99, type Figure } from '../figures.ts'

const people = 40
const kills = 8
/** Places are sixteenths of a metre. */
const quantumM = 0.1

const wrong = (walkers: readonly SocketWalker[]) => wrongPairs(walkers, 30 - quantumM, 33 + quantumM).length

/** How many frames of everything a walker has been sent. */
const resyncs = ({ socket }: SocketWalker) => socket.shown.filter((frame) => frame[0] === Resync.code).length

/** Every third one way, and the others the other way: who is near changes for all. */
function step(walkers: readonly SocketWalker[], byM: number): void {
  for (const [n, walker] of walkers.entries()) walker.x += n % 3 === 0 ? byM : -byM
}

/** What one death took, ms. */
interface Loss {
  /** From the kill to the first frame of the region's next life. */
  readonly silentMs: number
  /** From there until all hear whom they should. */
  readonly wrongMs: number
}

/**
 * The node of the region is killed, and everybody goes somewhere else before anybody has taken it over: so all sets are wrong when the next
 * owner begins.
 */
async function lose(cluster: TestCluster, zoneId: string, walkers: readonly SocketWalker[]): Promise<Loss> {
  const token = cluster.token('operator', ['admin'])
  const { regions } = (await cluster.call('GET', `/api/v1/zones/${zoneId}/shards`, { token })).body
  const node = String(regions[0].shard.node)
  const before = walkers.map(resyncs)
  cluster.process(node).kill()
  const killedAtMs = performance.now()
  step(walkers, 12)
  let backAtMs: number | null = null
  let most = 0
  for (let round = 0; ; round++) {
    if (round % 20 === 0) for (const walker of walkers) walker.say()
    await pause(5)
    const nowMs = performance.now()
    if (nowMs - killedAtMs > 30_000) throw new Error('nobody took the region over within 30 s')
    if (backAtMs === null && walkers.some((walker, n) => resyncs(walker) > before[n]!)) backAtMs = nowMs
    const pairs = wrong(walkers)
    most = Math.max(most, pairs)
    if (backAtMs === null || pairs > 0) continue
    if (most === 0) throw new Error('everybody heard whom they should all the time')
    cluster.process(node).start()
    await cluster.process(node).ready()
    return { silentMs: backAtMs - killedAtMs, wrongMs: nowMs - backAtMs }
  }
}

/** Somebody walks back and forth, and the node of their region is killed again and again. */
export async function zoneLosses(): Promise<readonly Figure[]> {
  const cluster = await startCluster({ nodes: 3, gateways: 2 })
  try {
    const token = cluster.token('operator', ['admin'])
    const body = { name: 'losses', bounds: { width_m: 512, height_m: 512 } }
    const zoneId = String((await cluster.call('POST', '/api/v1/zones', { token, body })).body.zone_id)
    const walkers: SocketWalker[] = []
    for (let n = 0; n < people; n++) {
      const { ws } = cluster.gateway(n % 2)
      const at = { x: 200 + (n % 8) * 11, y: 200 + Math.floor(n / 8) * 11 }
      walkers.push(await SocketWalker.enter({ ws, token: cluster.token(`user-${n}`), zoneId }, `user-${n}`, at.x, at.y))
    }
    const losses: Loss[] = []
    for (let n = 0; n < kills; n++) {
      for (let round = 0; round < 20 || wrong(walkers) > 0; round++) {
        for (const walker of walkers) walker.say()
        await pause(100)
      }
      losses.push(await lose(cluster, zoneId, walkers))
      step(walkers, -12)
    }
    const closed = walkers.filter(({ socket }) => socket.closeCode !== 0).length
    const what = `${people} people in one region, its node killed ${kills} times`
    const silent = losses.map(({ silentMs }) => silentMs)
    return [
      {
        what: `${what}: from the next owner's first frame until all hear whom they should, having gone 12 m meanwhile`,
        value: p50p99(losses.map(({ wrongMs }) => wrongMs)),
        goal: '300 ms',
      },
      {
        what: `${what}: nobody spoke for them before that`,
        value: `${ms(Math.min(...silent))} to ${ms(Math.max(...silent))}; ${closed} sockets closed`,
        goal: 'no socket',
      },
    ]
  } finally {
    await cluster.stop()
  }
}
