import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { RedisCluster } from '../../cluster/index.ts'
import type { ProcessId } from '../../protocol/ids.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { services } from '../support/services.ts'
import { silentLogger } from '../support/silent-logger.ts'
import type { Figure } from './figures.ts'
import { climb, figureOf, type Metered } from './ladder.ts'
import { LoadLink } from './load-link.ts'
import { flagSet, makeRooms, mute, NodeLoad, type CommandOf } from './throughput.ts'

const seconds = 5

/** A process's CPU time, of all its threads. */
export const metered = (cluster: TestCluster, name: string): Metered => ({
  cpuSeconds: () => cluster.process(name).metric('process_cpu_seconds_total'),
})

/** A link to a process of the cluster, as a gateway has one. */
export async function linkTo(cluster: TestCluster, name: string): Promise<LoadLink> {
  const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }
  const view = new RedisCluster({ url: services.redisUrl(), keyPrefix: cluster.keyPrefix, name: 'bench', ...ports })
  try {
    await view.start(5_000)
    const member = view.membership.view().get(name as ProcessId)
    if (!member) throw new Error(`${name} holds no lease`)
    return await LoadLink.to(member, cluster.env['CLUSTER_SECRET'] ?? '')
  } finally {
    view.stop()
  }
}

/** What one node does, asked over one link. */
export async function measureNode(): Promise<readonly Figure[]> {
  const cluster = await startCluster({ gateways: 0, nodes: 1, env: { VOICE_ROOM_IDLE_MS: '3600000' } })
  try {
    const link = await linkTo(cluster, 'node-1')
    const rooms = await makeRooms(link, 256)
    const ladder = (command: CommandOf, rates: readonly number[], p99Ms: number) => {
      const load = new NodeLoad(link, rooms, command)
      const servers = [metered(cluster, 'node-1')]
      return climb({ rates, p99Ms, servers, refused: () => load.refused, climb: (rate) => load.run(rate, seconds) })
    }
    const warm = new NodeLoad(link, rooms, flagSet)
    await warm.run(20_000, 3)
    const volatileRungs = await ladder(flagSet, [40_000, 80_000, 120_000, 140_000, 150_000, 160_000], 250)
    await new NodeLoad(link, rooms, mute).run(2_000, 3)
    const durableRungs = await ladder(mute, [2_000, 4_000, 8_000, 10_000, 12_000, 14_000, 16_000, 20_000], 250)
    await link.close()
    return [
      figureOf('volatile commands (a flag set) to one node over one link', '150,000 /s a core', volatileRungs, 250),
      figureOf(
        'durable commands (a mute of an hour, with its record, audit and outbox rows) to one node',
        '20,000 /s, p99 15 ms',
        durableRungs,
        250,
      ),
    ]
  } finally {
    await cluster.stop()
  }
}

/** What rooms cost that nobody uses. */
export async function idleRooms(count: number): Promise<Figure> {
  const cluster = await startCluster({ gateways: 0, nodes: 1, env: { VOICE_ROOM_IDLE_MS: '3600000' } })
  try {
    const link = await linkTo(cluster, 'node-1')
    const node = cluster.process('node-1')
    await makeRooms(link, 256)
    const before = await node.metric('process_resident_memory_bytes')
    await makeRooms(link, count)
    const after = await node.metric('process_resident_memory_bytes')
    await link.close()
    return {
      what: `memory of an idle room with one seat (${count.toLocaleString('en')} of them in one process)`,
      value: `${((after - before) / count / 1_024).toFixed(1)} KiB`,
      goal: '20,000 at 20 KiB',
    }
  } finally {
    await cluster.stop()
  }
}
