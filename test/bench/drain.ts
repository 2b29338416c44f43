import { startCluster, type TestCluster } from '../support/cluster.ts'
import { ms, type Figure } from './figures.ts'
import { LeanSocket } from './lean-socket.ts'
import { Operator } from './operator.ts'

/** Rooms of one connection. */
const roomsEach = 16

/** How long a node takes to hand on every room it has, each with someone in it. */
export async function drain(rooms: number): Promise<Figure> {
  const cluster = await startCluster({ gateways: 1, nodes: 2, env: { VOICE_COMMAND_DEADLINE_MS: '10000' } })
  const operator = await Operator.of(cluster)
  const people: LeanSocket[] = []
  try {
    // All of them on the first node.
    await operator.tell('node-2', { verb: 'drain' })
    let next = 0
    const lane = async () => {
      while (next * roomsEach < rooms) people.push(await seated(cluster, `p${next++}`))
    }
    await Promise.all(Array.from({ length: 8 }, lane))
    await operator.tell('node-2', { verb: 'undrain' })
    const beganMs = performance.now()
    const { moved, left } = await operator.tell('node-1', { verb: 'drain' })
    const tookMs = performance.now() - beganMs
    const closed = people.filter(({ isClosed }) => isClosed).length
    return {
      what: `drain of ${(people.length * roomsEach).toLocaleString('en')} rooms with someone in each`,
      value: `${ms(tookMs)}, ${String(moved)} moved, ${String(left)} left, ${closed} sockets closed`,
      goal: '10,000 in 30 s, 0 closed',
    }
  } finally {
    for (const socket of people) socket.close()
    await operator.close()
    await cluster.stop()
  }
}

/** Someone with a seat in as many rooms as a connection carries. */
async function seated(cluster: TestCluster, user: string): Promise<LeanSocket> {
  const socket = await LeanSocket.open(cluster.gateway(0).ws)
  const welcomed = socket.next(({ type }) => type === 'welcome')
  socket.send(JSON.stringify({ type: 'hello', token: cluster.token(user) }))
  await welcomed
  for (let seat = 1; seat <= roomsEach; seat += 1) {
    const shown = socket.next(({ type }) => type === 'snapshot')
    socket.send(JSON.stringify({ type: 'join', id: seat, room_id: await cluster.createRoom(user) }))
    await shown
  }
  return socket
}
