import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { RedisCluster } from '../../cluster/index.ts'
import type { ProcessId } from '../../protocol/ids.ts'
import { startCluster } from '../support/cluster.ts'
import { services } from '../support/services.ts'
import { silentLogger } from '../support/silent-logger.ts'
import type { Figure } from './figures.ts'
import { LoadLink } from './load-link.ts'
import { makeRooms, throughput } from './throughput.ts'

const seconds = 8

/** What one node does, asked over one link. */
export async function measureNode(): Promise<readonly Figure[]> {
  const cluster = await startCluster({ gateways: 0, nodes: 1, env: { VOICE_ROOM_IDLE_MS: '3600000' } })
  const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }
  const view = new RedisCluster({ url: services.redisUrl(), keyPrefix: cluster.keyPrefix, name: 'bench', ...ports })
  try {
    await view.start(5_000)
    const member = view.membership.view().get('node-1' as ProcessId)
    if (!member) throw new Error('node-1 holds no lease')
    const node = cluster.process('node-1')
    const link = await LoadLink.to(member, cluster.env['CLUSTER_SECRET'] ?? '')
    const rooms = await makeRooms(link, 256)
    const roomOf = (turn: number) => rooms[turn % rooms.length]!
    const figures = [
      await throughput('volatile commands (a flag set) to one node, 256 in flight', '150,000 /s a core', {
        ...{ node, link, seconds, inFlight: 256 },
        next: (turn) => ({
          key: roomOf(turn).key,
          command: {
            ...{ type: 'set_flags', user_id: 'owner', session_id: roomOf(turn).session },
            flags: { hand_raised: turn % 2 === 0 },
          },
        }),
      }),
      await throughput(
        'durable commands (a mute, with record and trail) to one node, 256 in flight',
        '20,000 /s, p99 15 ms',
        {
          ...{ node, link, seconds, inFlight: 256 },
          next: (turn) => ({
            key: roomOf(turn).key,
            command: {
              ...{ type: 'sanction', kind: 'mute', by: { user_id: 'owner', privileges: [] }, duration_s: null },
              ...{ target_user_id: `user-${turn % 64}`, reason: 'bench' },
            },
          }),
        },
      ),
    ]
    const before = await node.metric('process_resident_memory_bytes')
    const count = 5_000
    await makeRooms(link, count)
    const after = await node.metric('process_resident_memory_bytes')
    figures.push({
      what: `memory of an idle room with one seat (${count} of them)`,
      value: `${((after - before) / count / 1_024).toFixed(1)} KiB`,
      goal: '20 KiB',
    })
    await link.close()
    return figures
  } finally {
    view.stop()
    await cluster.stop()
  }
}
