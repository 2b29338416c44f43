import { setTimeout as sleep } from 'node:timers/promises'
import { VoiceSocket } from '../../support/voice-socket.ts'
import { p50p99, type Figure } from '../figures.ts'
import { TimersWorld } from './world.ts'

const muted = 40

/** How long behind the deadline those in a room hear that somebody may speak again, with Temporal and without. */
export async function enforcement(): Promise<Figure> {
  const world = await TimersWorld.raise(1)
  const { cluster } = world
  const room = await cluster.createRoom('host')
  const socket = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('ann'))
  try {
    await socket.command({ type: 'join', room_id: room })
    const late: number[] = []
    for (const isThere of [true, false]) {
      if (!isThere) await world.temporal.kill()
      for (let index = 0; index < muted; index += 1) {
        const user = `m-${index}-${String(isThere)}`
        const path = `/api/v1/rooms/${room}/participants/${user}/mute`
        const { body } = await cluster.call('POST', path, { token: cluster.token('host'), body: { duration: 1 } })
        const untilMs = Date.parse(String(body.until))
        await socket.heard(
          'events',
          ({ events }) =>
            (events as { type: string; user_id?: string }[]).some(
              (event) => event.type === 'sanction.lifted' && event.user_id === user,
            ),
          10_000,
        )
        late.push(Date.now() - untilMs)
        await sleep(Math.random() * 100)
      }
    }
    return {
      what: `from the deadline of a mute to its end heard over a socket, room in memory; half of ${2 * muted} with Temporal killed`,
      value: `${p50p99(late)}; early ${late.filter((ms) => ms < 0).length}`,
      goal: '50 ms, none early',
    }
  } finally {
    socket.close()
    await world.end()
  }
}
