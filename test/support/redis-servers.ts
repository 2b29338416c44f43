import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findExecutable } from '../../bin/local/executable.ts'
import { freePorts } from './free-ports.ts'
import { waitUntil } from './wait.ts'

/** One redis-server on loopback, in a folder that goes with it. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #settings: readonly string[]
  readonly #isSentinel: boolean
  #child: ChildProcess | null = null

  constructor(port: number, settings: readonly string[], { isSentinel = false } = {}) {
    this.port = port
    this.#settings = settings
    this.#isSentinel = isSentinel
    this.#folder = mkdtempSync(join(tmpdir(), 'vr-redis-'))
  }

  /** Empty, also after it was killed. */
  async start(): Promise<void> {
    const program = findExecutable(['redis-server', 'valkey-server'])
    if (program === null) throw new Error('there is no redis-server on PATH')
    const file = join(this.#folder, 'redis.conf')
    const lines = [`port ${this.port}`, 'bind 127.0.0.1', `dir ${this.#folder}`, ...this.#settings]
    if (!this.#isSentinel) lines.push('save ""', 'appendonly no', 'repl-diskless-sync-delay 0')
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(file, `${lines.join('\n')}\n`)
    this.#child = spawn(program, [file, ...(this.#isSentinel ? ['--sentinel'] : [])], { stdio: 'ignore' })
    await waitUntil(`the server on port ${this.port} answers`, async () => (await this.ask('PING')) === 'PONG')
  }

  /** The answer to one command; null where there is none. */
  async ask(command: string, ...args: (string | number)[]): Promise<unknown> {
    const client = new Redis({
      port: this.port,
      host: '127.0.0.1',
      retryStrategy: () => null,
      commandTimeout: 2_000,
      lazyConnect: true,
    })
    client.on('error', () => undefined)
    try {
      return await client.call(command, args)
    } catch {
      return null
    } finally {
      client.disconnect()
    }
  }

  /** SIGSTOP: it holds its port and its connections, and says nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** kill -9, and its folder is removed. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A master and a replica under three Sentinels, which fail over a second after the master fell silent. */
export class SentinelSet {
  readonly url: string
  readonly servers: readonly RedisServer[]
  readonly #sentinels: readonly RedisServer[]

  private constructor(servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.servers = servers
    this.#sentinels = sentinels
    this.url = `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/rooms`
  }

  static async start(): Promise<SentinelSet> {
    const [first = 0, second = 0, ...rest] = await freePorts(5)
    const servers = [new RedisServer(first, []), new RedisServer(second, [`replicaof 127.0.0.1 ${first}`])]
    const watch = [
      `sentinel monitor rooms 127.0.0.1 ${first} 2`,
      'sentinel down-after-milliseconds rooms 1000',
      'sentinel failover-timeout rooms 4000',
    ]
    const set = new SentinelSet(
      servers,
      rest.map((port) => new RedisServer(port, watch, { isSentinel: true })),
    )
    try {
      await Promise.all(servers.map((server) => server.start()))
      await Promise.all(set.#sentinels.map((sentinel) => sentinel.start()))
      await waitUntil('every Sentinel knows the replica and the other two', () => set.#isComplete(), 20_000)
    } catch (error) {
      await set.stop()
      throw error
    }
    return set
  }

  /** The server that the Sentinels call master. */
  async master(): Promise<RedisServer> {
    const address = (await this.#sentinels[0]?.ask('SENTINEL', 'get-master-addr-by-name', 'rooms')) as [string, string]
    const found = this.servers.find(({ port }) => port === Number(address[1]))
    if (!found) throw new Error('the Sentinels know no master')
    return found
  }

  /** The server that follows the master. */
  async replica(): Promise<RedisServer> {
    const master = await this.master()
    const found = this.servers.find((server) => server !== master)
    if (!found) throw new Error('the master has no replica')
    return found
  }

  /** Master and replica are both there and agree, as it was at the start. */
  async whole(timeoutMs: number): Promise<void> {
    await waitUntil(
      'the replica has what its master has',
      async () => {
        const [master, replica] = [await this.master(), await this.replica()]
        const said = String(await replica.ask('INFO', 'replication'))
        return said.includes(`master_port:${master.port}\r`) && said.includes('master_link_status:up')
      },
      timeoutMs,
    )
  }

  async stop(): Promise<void> {
    await Promise.all([...this.servers, ...this.#sentinels].map((server) => server.kill()))
  }

  async #isComplete(): Promise<boolean> {
    const seen = await Promise.all(
      this.#sentinels.map(async (sentinel) => {
        const facts = (await sentinel.ask('SENTINEL', 'MASTER', 'rooms')) as Record<string, string> | string[] | null
        const fact = (name: string) => (Array.isArray(facts) ? facts[facts.indexOf(name) + 1] : facts?.[name])
        return [fact('num-slaves'), fact('num-other-sentinels'), fact('flags')].join()
      }),
    )
    const replica = String(await this.servers[1]?.ask('INFO', 'replication'))
    return seen.every((facts) => facts === '1,2,master') && replica.includes('master_link_status:up')
  }
}

const slots = 16_384

/** A Redis Cluster of masters, the slots in even parts over them. */
export class RedisClusterSet {
  readonly url: string
  readonly servers: readonly RedisServer[]

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers
    this.url = `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join()}`
  }

  /** `masters` masters and a replica of the first. */
  static async start(masters: number): Promise<RedisClusterSet> {
    const ports = await freePorts(2 * (masters + 1))
    const set = new RedisClusterSet(
      ports.slice(0, masters + 1).map((port, index) => {
        const bus = ports[masters + 1 + index] ?? 0
        return new RedisServer(port, ['cluster-enabled yes', `cluster-port ${bus}`, 'cluster-node-timeout 1500'])
      }),
    )
    try {
      await Promise.all(set.servers.map((server) => server.start()))
      await set.#form(masters, ports.slice(masters + 1))
    } catch (error) {
      await set.stop()
      throw error
    }
    return set
  }

  /** The master whose slots hold the key. */
  async masterOf(key: string): Promise<RedisServer> {
    for (const server of this.servers) {
      const role = (await server.ask('ROLE')) as [string] | null
      if (role?.[0] === 'master' && (await server.ask('EXISTS', key)) !== null) return server
    }
    throw new Error(`no master holds ${key}`)
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()))
  }

  async #form(masters: number, busPorts: readonly number[]): Promise<void> {
    const [first] = this.servers
    for (const [index, server] of this.servers.entries()) {
      if (index < masters) {
        const from = Math.floor((slots * index) / masters)
        const to = Math.floor((slots * (index + 1)) / masters) - 1
        await server.ask('CLUSTER', 'ADDSLOTSRANGE', from, to)
        await server.ask('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
      }
      await first?.ask('CLUSTER', 'MEET', '127.0.0.1', server.port, busPorts[index] ?? 0)
    }
    const everywhere = async (text: string) =>
      (await Promise.all(this.servers.map((server) => server.ask('CLUSTER', 'INFO')))).every((info) =>
        String(info).includes(text),
      )
    await waitUntil('all know each other', () => everywhere(`cluster_known_nodes:${this.servers.length}`), 20_000)
    const replica = this.servers[masters]
    const id = String(await first?.ask('CLUSTER', 'MYID'))
    await waitUntil(
      'the last one is a replica of the first',
      async () => (await replica?.ask('CLUSTER', 'REPLICATE', id)) === 'OK',
    )
    await waitUntil('the cluster serves', () => everywhere('cluster_state:ok'), 20_000)
    await waitUntil('the replica has what its master has', async () =>
      String(await replica?.ask('INFO', 'replication')).includes('master_link_status:up'),
    )
  }
}
