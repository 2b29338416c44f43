import { randomUUID } from 'node:crypto'
import type { IncomingDatagram } from '../../../cluster/routing/port.ts'
import { zoneKey, type ZoneId } from '../../../protocol/zone/plan.ts'
import { defaultZone } from '../../../protocol/zone/spec-rules.ts'
import { startCluster, type TestCluster } from '../../support/cluster.ts'
import { openToolRouter } from '../../support/tool-router.ts'
import { ms, p50p99, quantile, type Figure } from '../figures.ts'
import { metered } from '../node.ts'
import { ZoneLoad } from './load.ts'
import { sideFor, World } from './world.ts'

const seed = 20_261_126
const seconds = 20

/** Cuts a square of that many cells into eight: four columns of two. */
const cutsOf = (cells: number) => {
  const at = (share: number) => Math.round(cells * share) * 32
  return [
    { region: 1, axis: 'x', at: at(1 / 2) },
    { region: 2, axis: 'x', at: at(1 / 4) },
    { region: 3, axis: 'x', at: at(3 / 4) },
    ...[4, 5, 6, 7].map((region) => ({ region, axis: 'y', at: at(1 / 2) })),
  ]
}

async function zoneOf(cluster: TestCluster, n: number) {
  const world = new World(n, sideFor(n, 20), seed)
  const cells = Math.ceil(world.side / 16 / 32)
  const zoneId = randomUUID() as ZoneId
  const hearers: ((datagram: IncomingDatagram) => void)[] = []
  const tool = await openToolRouter(cluster, {
    onPush: () => undefined,
    onDatagram: (datagram) => {
      for (const hear of hearers) hear(datagram)
    },
  })
  const load = new ZoneLoad(tool.router, zoneId, world)
  hearers.push((datagram) => load.hear(datagram))
  const bounds = { width_m: cells * 32, height_m: cells * 32 }
  const spec = { ...defaultZone, name: 'bench', guild_id: null, bounds, players_max: n }
  await load.ask(zoneKey(zoneId), { type: 'create', by: { user_id: 'bench', privileges: ['admin'] }, spec })
  for (const [done, cut] of cutsOf(cells).entries()) {
    await load.ask(zoneKey(zoneId), { type: 'cut', version: done + 1, ...cut })
  }
  await load.attach()
  await load.enterAll()
  return { load, close: () => tool.close() }
}

/** One zone over four nodes, its positions in batches over the links of the cluster, by one gateway without sockets. */
export async function zoneOverNodes(n: number): Promise<readonly Figure[]> {
  const cluster = await startCluster({ gateways: 0, nodes: 4 })
  try {
    const { load, close } = await zoneOf(cluster, n)
    await load.walk(5)
    load.forget()
    const nodes = cluster.nodes().map(({ name }) => metered(cluster, name))
    const cpu = async () =>
      (await Promise.all(nodes.map((node) => node.cpuSeconds()))).reduce((sum, one) => sum + one, 0)
    const before = await cpu()
    const { lateMs } = await load.walk(seconds)
    const cores = ((await cpu()) - before) / seconds
    const { owned, heard, records, bytes, notTaken } = load
    const shown = await load.show()
    const players = shown.reduce((sum, shard) => sum + shard.players, 0)
    const ghosts = shown.reduce((sum, shard) => sum + shard.ghosts, 0)
    await close()
    const what = `${n.toLocaleString('en')} players of one zone, 8 regions on 4 nodes`
    return [
      {
        what: `${what}: in it after ${seconds} s of walking`,
        value: `${players.toLocaleString('en')}, and ${ghosts.toLocaleString('en')} ghosts; ${cores.toFixed(2)} cores in the nodes`,
        goal: n.toLocaleString('en'),
      },
      {
        what: `${what}: ticks, each region`,
        value: shown.map((shard) => `${ms(shard.tickMeanMs)} (p95 ${ms(shard.tickP95Ms)})`).join(', '),
        goal: 'mean 10 ms for 10,000',
      },
      {
        what: `${what}: records to players`,
        value: `${(records / seconds / n).toFixed(1)} a second and ${(bytes / seconds / n).toFixed(0)} B/s each, over the link; ${notTaken} batches not taken, ${load.reattached} sessions attached anew, flushes up to ${ms(lateMs)} late`,
        goal: 'none set',
      },
      {
        what: `${what}: hand-off, from the former owner's word to the next owner's (${owned.length} of them)`,
        value: p50p99(owned),
        goal: 'p99 50 ms',
      },
      {
        what: `${what}: hand-off, to the next owner's first frame`,
        value: `${p50p99(heard)}; missed ticks p50 ${missed(heard, 0.5)}, p99 ${missed(heard, 0.99)}`,
        goal: 'missed ticks p99 0',
      },
    ]
  } finally {
    await cluster.stop()
  }
}

/** Regions tick at one time: the next owner's first frame comes a tick behind the former one's last, and each further one is missed. */
const missed = (samples: readonly number[], share: number): string =>
  String(Math.max(0, Math.round(quantile(samples, share) / 100) - 1))
