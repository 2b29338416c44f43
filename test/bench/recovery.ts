import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { p50p99, type Figure } from './figures.ts'

/** From kill -9 of a room's owner to the next durable answer on a socket that was open all the time. */
export async function killedOwner(rounds: number): Promise<Figure> {
  const cluster = await startCluster({ gateways: 1, nodes: 3 })
  const samples: number[] = []
  try {
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    for (let round = 0; round < rounds; round += 1) {
      const room = await cluster.createRoom('host')
      await host.command({ type: 'join', room_id: room })
      const owner = await cluster.waitForOwner(room)
      const exited = owner.exited
      owner.kill()
      const beganMs = performance.now()
      const muted = await host.command({ type: 'mute', room_id: room, target_user_id: 'rude' })
      if (muted.type !== 'reply') throw new Error(JSON.stringify(muted))
      samples.push(performance.now() - beganMs)
      await exited
      owner.start()
      await owner.ready()
      await host.command({ type: 'leave', room_id: room })
      await sleep(300)
    }
    host.close()
  } finally {
    await cluster.stop()
  }
  return {
    what: `kill -9 of the owner to the next durable answer (${rounds} times)`,
    value: p50p99(samples),
    goal: 'p50 400 ms, p99 1.0 s',
  }
}
