import { roomKey, type RoomId } from '../../protocol/ids.ts'
import { startCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { p50p99, type Figure } from './figures.ts'
import { Operator } from './operator.ts'

/** How long a room does not answer while it is handed on. */
export async function handOffs(rounds: number): Promise<Figure> {
  const cluster = await startCluster({ gateways: 1, nodes: 2, env: { VOICE_COMMAND_DEADLINE_MS: '10000' } })
  const operator = await Operator.of(cluster)
  try {
    const room = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    await host.command({ type: 'join', room_id: room })
    const gaps: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const owner = await cluster.waitForOwner(room)
      const moved = operator.tell(owner.name, { verb: 'move', key: roomKey(room as RoomId) })
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
    return {
      what: `longest wait of a durable command around a hand-off (${rounds} times)`,
      value: p50p99(gaps),
      goal: 'p50 15 ms, p99 50 ms',
    }
  } finally {
    await operator.close()
    await cluster.stop()
  }
}
