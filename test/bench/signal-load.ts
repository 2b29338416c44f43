import { startCluster } from '../support/cluster.ts'
import { services } from '../support/services.ts'
import type { Figure } from './figures.ts'
import { climb, figureOf, inWords, type Rung } from './ladder.ts'
import { metered } from './node.ts'
import { redisCommands } from './redis-commands.ts'
import { SignalPairs } from './signals.ts'

const seconds = 5
const p99Ms = 50

/** Directed signals of 300 bytes from a client of one gateway to one of the other, through the node that owns their room. */
export async function signalLoad(): Promise<readonly Figure[]> {
  const cluster = await startCluster({ gateways: 2, nodes: 1, env: { VOICE_ROOM_IDLE_MS: '3600000' } })
  try {
    const pairs = await SignalPairs.connect(cluster, 200)
    const servers = ['gateway-1', 'gateway-2', 'node-1'].map((name) => metered(cluster, name))
    const ladder = (rates: readonly number[]) =>
      climb({ rates, p99Ms, servers, refused: () => pairs.refused, climb: (rate) => pairs.run(rate, seconds) })
    await pairs.run(5_000, 3)
    const before = await redisCommands(services.redisUrl())
    const [atTenThousand] = await ladder([10_000])
    const idle = await redisCommands(services.redisUrl())
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
    const after = await redisCommands(services.redisUrl())
    const rungs = await ladder([15_000, 20_000, 25_000, 30_000, 40_000, 50_000])
    const closed = pairs.closed
    pairs.close()
    if (!atTenThousand) throw new Error('no rung was tried')
    const commands = idle - before - (after - idle)
    return [
      {
        what: `signals of 300 B at 10,000 /s, ${pairs.people} clients of two gateways (gateway + gateway + node)`,
        goal: '100 us of CPU a message',
        value: inWords(atTenThousand),
      },
      figureOf('the most signals with p99 under 50 ms', '50,000 /s', rungs, p99Ms),
      {
        what: 'Redis commands for each signal, beyond what as long a time without any took',
        goal: '0',
        value: `${(commands / messages(atTenThousand)).toFixed(4)} (${idle - before} and ${after - idle} in all)`,
      },
      { what: 'sockets closed under that load', goal: '0', value: String(closed) },
    ]
  } finally {
    await cluster.stop()
  }
}

const messages = ({ stretch }: Rung): number => stretch.latencies.length
