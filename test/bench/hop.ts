import { startCluster } from '../support/cluster.ts'
import { ms, perSecond, type Figure } from './figures.ts'
import type { LeanSocket } from './lean-socket.ts'
import { linkTo } from './node.ts'
import { openLoop, quantile, type Stretch } from './open-loop.ts'
import { flagSet, makeRooms, NodeLoad } from './throughput.ts'
import { connectAndJoin } from './signals.ts'

const rate = 1_000
const seconds = 8
const people = 64

/** What a gateway adds: the same command over a client's socket, and over a link as a gateway has one, both at a time. */
export async function gatewayHop(): Promise<Figure> {
  const cluster = await startCluster({ gateways: 1, nodes: 1, env: { VOICE_ROOM_IDLE_MS: '3600000' } })
  try {
    const link = await linkTo(cluster, 'node-1')
    const direct = new NodeLoad(link, await makeRooms(link, people), flagSet)
    const clients: Client[] = []
    for (let index = 0; index < people; index += 1) {
      const user = `u${index}`
      const room = await cluster.createRoom(user)
      clients.push(new Client(await connectAndJoin(cluster, 0, user, room), room))
    }
    const viaGateway = () => overSockets(clients)
    await Promise.all([direct.run(rate, 2), viaGateway()])
    const [plain, hopped] = await Promise.all([direct.run(rate, seconds), viaGateway()])
    await link.close()
    for (const client of clients) client.close()
    const added = (part: number) => ms(quantile(hopped.latencies, part) - quantile(plain.latencies, part))
    return {
      what: `a flag set over a socket, beyond the same over a link to the node; ${perSecond(rate)} of each at once`,
      goal: 'p50 0.3 ms, p99 3 ms',
      value:
        `p50 +${added(0.5)}, p99 +${added(0.99)} (p50 ${ms(quantile(plain.latencies, 0.5))} to ` +
        `${ms(quantile(hopped.latencies, 0.5))}, p99 ${ms(quantile(plain.latencies, 0.99))} to ${ms(quantile(hopped.latencies, 0.99))})`,
    }
  } finally {
    await cluster.stop()
  }
}

/** One socket that sets its flag; answers come in the order of the commands. */
class Client {
  readonly #socket: LeanSocket
  readonly #room: string
  readonly #waiting: (() => void)[] = []
  #count = 1

  constructor(socket: LeanSocket, room: string) {
    this.#socket = socket
    this.#room = room
    // `{"type":"reply"`, and not a `presence` of its own.
    socket.onText = (bytes) => {
      if (bytes[9] === 0x72) this.#waiting.shift()?.()
    }
  }

  setFlag(isUp: boolean, answered: () => void): void {
    this.#count += 1
    this.#waiting.push(answered)
    this.#socket.send(
      `{"type":"set_flags","id":${this.#count},"room_id":"${this.#room}","flags":{"hand_raised":${isUp}}}`,
    )
  }

  close(): void {
    this.#socket.close()
  }
}

const overSockets = (clients: readonly Client[]): Promise<Stretch> =>
  openLoop({
    ...{ rate, seconds, patienceMs: 5_000 },
    send: (index, answered) =>
      clients[index % clients.length]?.setFlag(Math.floor(index / clients.length) % 2 === 0, answered),
  })
