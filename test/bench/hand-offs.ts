import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { order, protocolRange, RedisCluster, TcpTransport } from '../../cluster/index.ts'
import type { ControlRequest } from '../../protocol/cluster/control.ts'
import { roomKey, type Incarnation, type ProcessId, type RoomId } from '../../protocol/ids.ts'
import { randomUUID } from 'node:crypto'
import { startCluster } from '../support/cluster.ts'
import { services } from '../support/services.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { p50p99, ms, type Figure } from './figures.ts'

const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }

/** How long a room does not answer while it is handed on, and how long a drain takes. */
export async function handOffs(rounds: number, drained: number): Promise<readonly Figure[]> {
  const cluster = await startCluster({ gateways: 1, nodes: 2, env: { VOICE_COMMAND_DEADLINE_MS: '10000' } })
  const view = new RedisCluster({ url: services.redisUrl(), keyPrefix: cluster.keyPrefix, name: 'bench', ...ports })
  const self = {
    process: 'bench' as ProcessId,
    incarnation: randomUUID() as Incarnation,
    role: 'tool',
    protocol: protocolRange,
  } as const
  const transport = new TcpTransport({ self, secret: cluster.env['CLUSTER_SECRET'] ?? '', ...ports })
  const tell = async (node: string, request: ControlRequest) => {
    const member = (await view.membership.refresh()).get(node as ProcessId)
    if (!member) throw new Error(`${node} holds no lease`)
    const answer = await order(member, request, { transport, timers: backgroundTimers, withinMs: 60_000 })
    if (!answer.done) throw new Error(answer.problem)
    return answer.value
  }
  try {
    await view.start(5_000)
    const room = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    await host.command({ type: 'join', room_id: room })
    const gaps: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const owner = await cluster.waitForOwner(room)
      const moved = tell(owner.name, { verb: 'move', key: roomKey(room as RoomId) })
      // A command is under way all the time: the longest answer in this round holds the pause.
      const state = { isOver: false }
      let longest = 0
      const done = moved.finally(() => (state.isOver = true))
      while (!state.isOver) {
        const sentMs = performance.now()
        await host.command({ type: 'mute', room_id: room, target_user_id: `u${round}` })
        longest = Math.max(longest, performance.now() - sentMs)
      }
      await done
      gaps.push(longest)
    }
    host.close()

    const [first] = cluster.nodes()
    const people = await Promise.all(
      Array.from({ length: Math.ceil(drained / 16) }, (_, index) =>
        VoiceSocket.connect(cluster.gateway(0).ws, cluster.token(`p${index}`)),
      ),
    )
    const other = cluster.nodes()[1]
    await tell(other?.name ?? '', { verb: 'drain' })
    for (const [index, socket] of people.entries()) {
      for (let seat = 0; seat < 16 && index * 16 + seat < drained; seat += 1) {
        await socket.command({ type: 'join', room_id: await cluster.createRoom(`p${index}`) })
      }
    }
    await tell(other?.name ?? '', { verb: 'undrain' })
    const beganMs = performance.now()
    const { moved, left } = await tell(first?.name ?? '', { verb: 'drain' })
    const tookMs = performance.now() - beganMs
    const closed = people.filter(({ closeCode }) => closeCode !== 0).length
    for (const socket of people) socket.close()
    return [
      {
        what: `longest wait of a durable command around a hand-off (${rounds} times)`,
        value: p50p99(gaps),
        goal: 'p50 15 ms, p99 50 ms',
      },
      {
        what: `drain of ${drained} rooms with someone in each`,
        value: `${ms(tookMs)}, ${String(moved)} moved, ${String(left)} left, ${closed} sockets closed`,
        goal: '10,000 in 30 s, 0 closed',
      },
    ]
  } finally {
    view.stop()
    await transport.close()
    await cluster.stop()
  }
}
