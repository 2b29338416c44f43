import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster } from '../support/cluster.ts'
import type { TestProcess } from '../support/process.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { p50p99, type Figure } from './figures.ts'

/** From kill -9 of a room's owner to the next durable answer. */
export const killedOwner = async (rounds: number): Promise<Figure> => ({
  what: `kill -9 of the owner to the next durable answer (${rounds} times)`,
  value: p50p99(await outages(rounds, (owner) => owner.kill())),
  goal: 'p50 400 ms, p99 1.0 s',
})

/** From the moment a room's owner stops in the middle of whatever it does to the next durable answer. */
export const frozenOwner = async (rounds: number): Promise<Figure> => ({
  what: `SIGSTOP of the owner to the next durable answer (${rounds} times)`,
  value: p50p99(await outages(rounds, (owner) => owner.freeze())),
  goal: 'p99 3.5 s',
})

/** Strikes a room's owner, and asks over a socket that was open all the time. Ms until each answer. */
async function outages(rounds: number, strike: (owner: TestProcess) => void): Promise<readonly number[]> {
  const cluster = await startCluster({ gateways: 1, nodes: 3 })
  const samples: number[] = []
  try {
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    for (let round = 0; round < rounds; round += 1) {
      const room = await cluster.createRoom('host')
      await host.command({ type: 'join', room_id: room })
      const owner = await cluster.waitForOwner(room)
      const exited = owner.exited
      strike(owner)
      const beganMs = performance.now()
      const muted = await host.command({ type: 'mute', room_id: room, target_user_id: 'rude' })
      if (muted.type !== 'reply') throw new Error(JSON.stringify(muted))
      samples.push(performance.now() - beganMs)
      // A frozen one; whoever was killed is gone.
      if (owner.running) owner.kill()
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
  return samples
}
