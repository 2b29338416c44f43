import { startCluster, type TestCluster } from '../support/cluster.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { freePorts } from '../support/free-ports.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { OwnRedis } from '../support/own-redis.ts'
import { SentinelSet } from '../support/redis-servers.ts'
import type { TestProcess } from '../support/process.ts'
import type { SeededRandom } from '../support/seeded-random.ts'

/** `one`: a Redis of its own, with proxies in front. `sentinels`: a master and a replica, which processes reach directly. */
export type RedisKind = 'one' | 'sentinels'

/** The processes of a run. */
const nodeNames = ['node-1', 'node-2', 'node-3']
const everybody = ['gateway-1', 'gateway-2', ...nodeNames]

/**
 * A cluster of real processes, with stores of its own, in which every link runs through a proxy: one in front of each node,
 * and one for each process on its way to Redis and to Postgres. Sentinels name addresses of servers, so there is none before those.
 */
export class ChaosWorld {
  readonly cluster: TestCluster
  readonly #redis: OwnRedis | SentinelSet
  readonly postgres: OwnPostgres
  readonly random: SeededRandom
  readonly #links: ReadonlyMap<string, FaultProxy>
  readonly #toRedis: ReadonlyMap<string, FaultProxy>
  readonly #toPostgres: ReadonlyMap<string, FaultProxy>

  private constructor(parts: {
    cluster: TestCluster
    redis: OwnRedis | SentinelSet
    postgres: OwnPostgres
    random: SeededRandom
    links: ReadonlyMap<string, FaultProxy>
    toRedis: ReadonlyMap<string, FaultProxy>
    toPostgres: ReadonlyMap<string, FaultProxy>
  }) {
    this.cluster = parts.cluster
    this.#redis = parts.redis
    this.postgres = parts.postgres
    this.random = parts.random
    this.#links = parts.links
    this.#toRedis = parts.toRedis
    this.#toPostgres = parts.toPostgres
  }

  static async raise(random: SeededRandom, kind: RedisKind): Promise<ChaosWorld> {
    const redis = await (kind === 'one' ? OwnRedis.start() : SentinelSet.start())
    const postgres = await OwnPostgres.start().catch(async (error: unknown) => {
      await endRedis(redis)
      throw error
    })
    const ports = await freePorts(nodeNames.length)
    const proxies = async (names: readonly string[], portOf: (index: number) => number) =>
      new Map(
        await Promise.all(
          names.map(async (name, index) => [name, await FaultProxy.before(portOf(index), random)] as const),
        ),
      )
    const links = await proxies(nodeNames, (index) => ports[index] ?? 0)
    const toRedis =
      redis instanceof OwnRedis
        ? await proxies(everybody, () => Number(new URL(redis.url).port))
        : new Map<string, FaultProxy>()
    const toPostgres = await proxies(everybody, () => Number(new URL(postgres.url).port))
    try {
      const cluster = await startCluster({
        gateways: 2,
        nodes: nodeNames.length,
        env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url, VOICE_COMMAND_DEADLINE_MS: '1500' },
        envOf: (name) => ({
          DATABASE_URL: through(postgres.url, toPostgres.get(name)),
          REDIS_URL: toRedis.has(name) ? through(redis.url, toRedis.get(name)) : redis.url,
          ...(links.has(name)
            ? {
                VOICE_NODE_PORT: String(links.get(name)?.port),
                VOICE_NODE_LISTEN_PORT: String(ports[nodeNames.indexOf(name)]),
              }
            : {}),
        }),
      })
      return new ChaosWorld({ cluster, redis, postgres, random, links, toRedis, toPostgres })
    } catch (error) {
      await Promise.all([...links.values(), ...toRedis.values(), ...toPostgres.values()].map((proxy) => proxy.shut()))
      await endRedis(redis)
      await postgres.remove()
      throw error
    }
  }

  /** The one Redis of a run without Sentinels. */
  get redis(): OwnRedis {
    if (this.#redis instanceof SentinelSet) throw new Error('Redis is under Sentinels in this run')
    return this.#redis
  }

  get sentinels(): SentinelSet {
    if (this.#redis instanceof OwnRedis) throw new Error('there are no Sentinels in this run')
    return this.#redis
  }

  /** Any node that owns a room, by the seed: a fault of one that owns none would prove little. */
  async someOwner(): Promise<TestProcess> {
    const owned = await Promise.all(
      this.cluster.nodes().map(async (node) => {
        const { ok, body } = await node.admin('/cluster')
        return ok && (JSON.parse(body) as { actors_owned: number }).actors_owned > 0
      }),
    )
    const owners = this.cluster.nodes().filter((_, index) => owned[index])
    if (owners.length === 0) throw new Error('no node owns a room')
    return this.random.pick(owners)
  }

  /** In front of that node, for everybody who has a link to it. */
  linksOf({ name }: TestProcess): FaultProxy {
    return proxyOf(this.#links, name)
  }

  redisOf({ name }: TestProcess): FaultProxy {
    return proxyOf(this.#toRedis, name)
  }

  postgresOf({ name }: TestProcess): FaultProxy {
    return proxyOf(this.#toPostgres, name)
  }

  /** Starts what ended, as whoever keeps processes alive would. */
  async restartTheDead(): Promise<void> {
    for (const process of this.cluster.processes.values()) {
      if (process.running) continue
      process.start()
      await process.ready()
    }
  }

  async end(failed: boolean): Promise<void> {
    await this.cluster.stop(failed)
    for (const proxies of [this.#links, this.#toRedis, this.#toPostgres]) {
      for (const proxy of proxies.values()) await proxy.shut()
    }
    await endRedis(this.#redis)
    await this.postgres.remove()
  }
}

const endRedis = (redis: OwnRedis | SentinelSet): Promise<void> =>
  redis instanceof SentinelSet ? redis.stop() : redis.kill()

function through(address: string, proxy: FaultProxy | undefined): string {
  const url = new URL(address)
  if (proxy) url.port = String(proxy.port)
  return url.href
}

function proxyOf(proxies: ReadonlyMap<string, FaultProxy>, name: string): FaultProxy {
  const proxy = proxies.get(name)
  if (!proxy) throw new Error(`no proxy for ${name}`)
  return proxy
}
