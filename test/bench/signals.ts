import type { TestCluster } from '../support/cluster.ts'
import { LeanSocket } from './lean-socket.ts'
import { openLoop, type Stretch } from './open-loop.ts'

/** Bytes of a signal's candidate line, so that the frame a client sends has 300. */
const candidateBytes = 140
const candidate = 'candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host ufrag '

const confirmEveryMs = 1_000

/** Two people of one room, each on a gateway of their own. */
interface Pair {
  readonly room: string
  readonly sockets: readonly [LeanSocket, LeanSocket]
  readonly users: readonly [string, string]
  readonly counters: [number, number]
  /** The last signal that each side heard and has not confirmed. */
  readonly unconfirmed: [Buffer | null, Buffer | null]
}

/** A mark in each signal says which one it is: `~123~`. */
const mark = 126

/** Pairs of clients that signal to each other from gateway to gateway, through the node that owns their room. */
export class SignalPairs {
  readonly #pairs: readonly Pair[]
  readonly #confirming: NodeJS.Timeout
  readonly #open = new Map<number, () => void>()
  /** Commands that were refused. */
  refused = 0

  private constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs
    for (const pair of pairs) {
      const { sockets } = pair
      for (const [side, socket] of sockets.entries()) {
        socket.onText = (bytes) => this.#heard(bytes, pair, side)
      }
    }
    this.#confirming = setInterval(() => this.#confirm(), confirmEveryMs)
  }

  static async connect(cluster: TestCluster, count: number): Promise<SignalPairs> {
    const pairs: Pair[] = []
    for (let index = 0; index < count; index += 1) {
      const users = [`a${index}`, `b${index}`] as const
      const room = await cluster.createRoom(users[0])
      const join = async (side: 0 | 1) => connectAndJoin(cluster, side, users[side], room)
      pairs.push({ room, users, sockets: [await join(0), await join(1)], counters: [1, 1], unconfirmed: [null, null] })
    }
    return new SignalPairs(pairs)
  }

  get people(): number {
    return this.#pairs.length * 2
  }

  get closed(): number {
    return this.#pairs.flatMap(({ sockets }) => sockets).filter(({ isClosed }) => isClosed).length
  }

  /** From the planned send to the arrival at the other client. */
  run(rate: number, seconds: number): Promise<Stretch> {
    this.#open.clear()
    return openLoop({
      ...{ rate, seconds, patienceMs: 3_000 },
      send: (index, answered) => {
        this.#open.set(index, answered)
        const pair = this.#pairs[(index >> 1) % this.#pairs.length]!
        const side = (index & 1) as 0 | 1
        pair.counters[side] += 1
        const tag = `~${index}~`
        pair.sockets[side].send(
          `{"type":"signal","id":${pair.counters[side]},"room_id":"${pair.room}","to_user":"${pair.users[side === 0 ? 1 : 0]}",` +
            `"message_type":"candidate","candidate":"${`${candidate}${tag}`.padEnd(candidateBytes, 'x')}"}`,
        )
      },
    })
  }

  close(): void {
    clearInterval(this.#confirming)
    for (const { sockets } of this.#pairs) for (const socket of sockets) socket.close()
  }

  /** As a client does: now and then, up to the last. */
  #confirm(): void {
    for (const { room, sockets, unconfirmed } of this.#pairs) {
      for (const side of [0, 1] as const) {
        const last = unconfirmed[side]
        if (!last) continue
        unconfirmed[side] = null
        const { from_session, signal_seq } = JSON.parse(last.toString('latin1')) as Record<string, unknown>
        sockets[side].send(JSON.stringify({ type: 'signal_ack', room_id: room, from_session, signal_seq }))
      }
    }
  }

  /** Frames begin `{"type":"`; what follows tells a signal from a reply and from an error. */
  #heard(bytes: Buffer, { unconfirmed }: Pair, side: number): void {
    const first = bytes[9]
    if (first === 0x65) this.refused += 1
    if (first !== 0x73) return
    unconfirmed[side as 0 | 1] = bytes
    const from = bytes.indexOf(mark)
    if (from < 0) return
    const index = Number(bytes.toString('latin1', from + 1, bytes.indexOf(mark, from + 1)))
    const answered = this.#open.get(index)
    this.#open.delete(index)
    answered?.()
  }
}

/** A client of that gateway with a seat in the room. */
export async function connectAndJoin(
  cluster: TestCluster,
  gateway: number,
  user: string,
  room: string,
): Promise<LeanSocket> {
  const socket = await LeanSocket.open(cluster.gateway(gateway).ws)
  const welcomed = socket.next(({ type }) => type === 'welcome')
  socket.send(JSON.stringify({ type: 'hello', token: cluster.token(user) }))
  await welcomed
  const shown = socket.next(({ type }) => type === 'snapshot')
  socket.send(JSON.stringify({ type: 'join', id: 1, room_id: room }))
  await shown
  return socket
}
