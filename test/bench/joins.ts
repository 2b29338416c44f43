import { startCluster } from '../support/cluster.ts'
import type { Figure } from './figures.ts'
import type { LeanSocket } from './lean-socket.ts'
import { metered } from './node.ts'
import { connectAndJoin } from './signals.ts'

const seatsInRoom = 8
/** Joins under way at once. */
const atOnce = 16

/** What a client costs: from connect to seat, and while it sits there. One gateway, one node, rooms of eight. */
export async function joins(count: number): Promise<readonly Figure[]> {
  const cluster = await startCluster({ gateways: 1, nodes: 1, env: { VOICE_ROOM_IDLE_MS: '3600000' } })
  const sockets: LeanSocket[] = []
  try {
    const rooms: string[] = []
    for (let index = 0; index < Math.ceil(count / seatsInRoom) + seatsInRoom; index += 1) {
      rooms.push(await cluster.createRoom('host'))
    }
    const names = ['gateway-1', 'node-1']
    const servers = names.map((name) => metered(cluster, name))
    const cpu = () => Promise.all(servers.map((server) => server.cpuSeconds()))
    const resident = () =>
      Promise.all(names.map((name) => cluster.process(name).metric('process_resident_memory_bytes')))
    const seat = async (index: number) => {
      const room = rooms[Math.floor(index / seatsInRoom)] ?? ''
      sockets.push(await connectAndJoin(cluster, 0, `u${index}`, room))
    }
    // The first ones pay for what is compiled and opened once.
    let next = 0
    const join = async (until: number) => {
      const lane = async () => {
        while (next < until) await seat(next++)
      }
      await Promise.all(Array.from({ length: atOnce }, lane))
    }
    await join(seatsInRoom * seatsInRoom)
    const first = next
    const [cpuBefore, memoryBefore] = [await cpu(), await resident()]
    await join(first + count - seatsInRoom * seatsInRoom)
    const [cpuAfter, memoryAfter] = [await cpu(), await resident()]
    const joined = next - first
    const each = (after: readonly number[], before: readonly number[], unit: number) =>
      after.map((value, index) => ((value - (before[index] ?? 0)) / joined) * unit)
    const cpuUs = each(cpuAfter, cpuBefore, 1e6)
    const kilobytes = each(memoryAfter, memoryBefore, 1e-3)
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
    return [
      {
        what: `CPU from connect to seat (${joined} clients, gateway + node; a seat is durable)`,
        goal: '1,000 us',
        value: `${total(cpuUs).toFixed(0)} us (${cpuUs.map((us) => us.toFixed(0)).join(' + ')})`,
      },
      {
        what: 'resident memory of a joined client (gateway + node, its share of the room included)',
        goal: '12 KB',
        value: `${total(kilobytes).toFixed(1)} KB (${kilobytes.map((kb) => kb.toFixed(1)).join(' + ')})`,
      },
    ]
  } finally {
    for (const socket of sockets) socket.close()
    await cluster.stop()
  }
}
