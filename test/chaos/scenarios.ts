import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy, Way } from '../support/fault-proxy.ts'
import type { RedisServer } from '../support/redis-servers.ts'
import type { TestProcess } from '../support/process.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { holdsPort } from '../support/port-holder.ts'
import { waitUntil } from '../support/wait.ts'
import type { ChaosWorld, RedisKind } from './world.ts'

/** Something that goes wrong, and is mended when it resolves. */
export interface Scenario {
  readonly name: string
  /** What it needs for a Redis. */
  readonly redis: RedisKind
  run(world: ChaosWorld): Promise<void>
}

const scenario = (name: string, run: Scenario['run'], redis: RedisKind = 'one'): Scenario => ({ name, run, redis })

const kill = scenario('kill -9 of a node', async (world) => {
  const node = await world.someOwner()
  const { exited } = node
  node.kill()
  await exited
  await sleep(2_000)
  await world.restartTheDead()
})

const frozenFor = (seconds: number) =>
  scenario(`SIGSTOP of a node for ${seconds} s`, async (world) => {
    const node = await world.someOwner()
    node.freeze()
    await sleep(seconds * 1_000)
    node.thaw()
    // It may have been given up by then, and ends itself.
    await sleep(1_500)
    await world.restartTheDead()
  })

/** For a while something is wrong with a proxy. */
const amiss = (
  name: string,
  proxyOf: (world: ChaosWorld, node: TestProcess) => FaultProxy,
  ways: { readonly in?: Partial<Way>; readonly out?: Partial<Way> },
  ms = 4_000,
) =>
  scenario(name, async (world) => {
    const proxy = proxyOf(world, await world.someOwner())
    if (ways.in) proxy.behave('in', ways.in)
    if (ways.out) proxy.behave('out', ways.out)
    await sleep(ms)
    proxy.heal()
    await world.restartTheDead()
  })

const links = (world: ChaosWorld, node: TestProcess) => world.linksOf(node)

const resets = scenario('links to a node are reset ten times', async (world) => {
  const proxy = world.linksOf(await world.someOwner())
  for (let count = 0; count < 10; count += 1) {
    proxy.reset()
    await sleep(world.random.between(50, 400))
  }
})

const oneGatewayCutOff = scenario('a gateway is cut off from one node for 10 s', async (world) => {
  const proxy = world.linksOf(await world.someOwner())
  const gateway = world.cluster.process(`gateway-${world.random.between(1, 2)}`)
  proxy.meetOnly((port) => holdsPort(gateway.pid, port))
  proxy.behave('in', { holds: true })
  proxy.behave('out', { holds: true })
  await waitUntil('it has found a way round', async () => (await gateway.metric('voice_cluster_detours')) === 1, 8_000)
  await sleep(8_000)
  proxy.heal()
  proxy.meetOnly(() => true)
  await world.restartTheDead()
})

const nodeWithout = (store: 'Redis' | 'Postgres', seconds: number) =>
  scenario(`a node is cut off from ${store} for ${seconds} s`, async (world) => {
    const node = await world.someOwner()
    const proxy = store === 'Redis' ? world.redisOf(node) : world.postgresOf(node)
    await proxy.shut()
    await sleep(seconds * 1_000)
    await proxy.open()
    await world.restartTheDead()
  })

const redisKilled = scenario('Redis is killed for 6 s and comes back empty', async (world) => {
  await world.redis.kill()
  await sleep(6_000)
  await world.redis.start()
  await world.restartTheDead()
})

/** The replica becomes master, and the old master, which is back by then, follows it. */
async function replacedBy(replica: RedisServer, { sentinels }: ChaosWorld, back: () => unknown): Promise<void> {
  await waitUntil('the replica is master', async () => (await sentinels.master()) === replica, 20_000)
  await back()
  await sentinels.whole(30_000)
}

const masterKilled = scenario(
  'the master of Redis is killed, and its replica takes over',
  async (world) => {
    const [master, replica] = [await world.sentinels.master(), await world.sentinels.replica()]
    await master.kill()
    await replacedBy(replica, world, () => master.start())
    await world.restartTheDead()
  },
  'sentinels',
)

const masterFrozen = scenario(
  'the master of Redis is frozen, replaced, and wakes as a second master',
  async (world) => {
    const [master, replica] = [await world.sentinels.master(), await world.sentinels.replica()]
    master.freeze()
    await replacedBy(replica, world, () => master.thaw())
    await world.restartTheDead()
  },
  'sentinels',
)

/**
 * The replica is frozen and its link closed, so what follows never reaches it: the claims that a killed node's rooms are
 * given, and a mark. Then the master is killed. That the mark is gone shows that writes were lost.
 */
const writesLost = scenario(
  'a fail-over of Redis loses the last claims',
  async (world) => {
    const [master, replica] = [await world.sentinels.master(), await world.sentinels.replica()]
    replica.freeze()
    await master.ask('CLIENT', 'KILL', 'TYPE', 'replica')
    if ((await master.ask('SET', lostMark, '1')) !== 'OK') throw new Error('the master takes no mark')
    const node = await world.someOwner()
    const activations = (besides: TestProcess) =>
      world.cluster
        .nodes()
        .filter((other) => other !== besides)
        .reduce((sum, other) => sum + other.ownershipChanges('activated').length, 0)
    const before = activations(node)
    const { exited } = node
    node.kill()
    await exited
    // Its rooms are claimed by others when its lease has run out.
    await waitUntil('another node has claimed', () => activations(node) > before, 20_000)
    await master.kill()
    replica.thaw()
    await replacedBy(replica, world, () => master.start())
    if ((await replica.ask('EXISTS', lostMark)) !== 0) throw new Error('the fail-over lost nothing')
    await world.restartTheDead()
  },
  'sentinels',
)

const lostMark = 'chaos:lost'

const postgresRestarted = scenario('Postgres is stopped for 4 s', async (world) => {
  await world.postgres.stop()
  await sleep(4_000)
  await world.postgres.start()
  await world.restartTheDead()
})

const restarted = (role: 'node' | 'gateway') =>
  scenario(`every ${role} is restarted, one after the other`, async (world) => {
    const processes = [...world.cluster.processes.values()].filter(({ name }) => name.startsWith(role))
    for (const process of processes) {
      await process.stop(30_000)
      process.start()
      await process.ready()
      await sleep(500)
    }
  })

/** All that may go wrong with a run, by name. */
export const scenarios: readonly Scenario[] = [
  kill,
  frozenFor(2),
  frozenFor(10),
  frozenFor(30),
  amiss('nothing reaches a node', links, { in: { holds: true } }),
  amiss('nothing comes from a node', links, { out: { holds: true } }),
  oneGatewayCutOff,
  amiss('links to a node are slow', links, {
    in: { delayMs: 40, jitterMs: 60 },
    out: { delayMs: 40, jitterMs: 60 },
  }),
  amiss('links to a node are sliced', links, { in: { sliceBytes: 7 }, out: { sliceBytes: 7 } }),
  resets,
  nodeWithout('Redis', 6),
  nodeWithout('Postgres', 14),
  amiss('Redis is slow for a node', (world, node) => world.redisOf(node), { out: { delayMs: 250, jitterMs: 300 } }),
  amiss('Postgres is slow for a node', (world, node) => world.postgresOf(node), { out: { delayMs: 60, jitterMs: 60 } }),
  redisKilled,
  masterKilled,
  masterFrozen,
  writesLost,
  postgresRestarted,
  restarted('node'),
  restarted('gateway'),
]

/** The few that every run of the tests goes through. */
export const shortNames: readonly string[] = [
  kill.name,
  frozenFor(2).name,
  'nothing comes from a node',
  restarted('node').name,
]

/** Shuffled by the seed (Fisher and Yates). */
export function inOrderOf(seed: number, chosen: readonly Scenario[]): readonly Scenario[] {
  const random = new SeededRandom(seed)
  const order = [...chosen]
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    const [one, two] = [order[last], order[other]]
    if (one && two) [order[last], order[other]] = [two, one]
  }
  return order
}
