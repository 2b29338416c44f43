import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { signTestToken } from './tokens.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'
import { TestProcess } from './process.ts'
import { freePorts } from './free-ports.ts'
import { amplySettings } from './limits.ts'
import { services } from './services.ts'
import { waitUntil } from './wait.ts'

const bin = (name: string) => fileURLToPath(new URL(`../../bin/${name}`, import.meta.url))

export interface ClusterOptions {
  readonly gateways?: number
  readonly nodes?: number
  readonly workers?: number
  readonly relays?: number
  /** Settings for every process, over the harness's own. */
  readonly env?: Record<string, string>
  /** Settings for one process, over all others; `env` is what it would have. */
  readonly envOf?: (name: string, env: Readonly<Record<string, string>>) => Record<string, string>
  /** Temporal's address; the shared test server when not given. */
  readonly temporalAddress?: string
  /** How long the processes may take to be ready, ms. Default 30,000. */
  readonly readyMs?: number
  /** Another composition root for one process, by name: `{ 'node-1': 'test/support/unguarded-node.ts' }`. */
  readonly scripts?: Record<string, string>
}

/** Where one gateway is reached. */
export interface GatewayAddress {
  readonly http: string
  readonly ws: string
}

const jwtSecret = 'a-secret-for-tests-only-0123456789abcdef'

/** A whole cluster of real processes on loopback, in a database and under a key prefix of its own. */
export class TestCluster {
  readonly processes: ReadonlyMap<string, TestProcess>
  readonly gateways: readonly GatewayAddress[]
  readonly database: TestDatabase
  readonly keyPrefix: string
  readonly env: Readonly<Record<string, string>>

  constructor(parts: {
    processes: Map<string, TestProcess>
    gateways: GatewayAddress[]
    database: TestDatabase
    keyPrefix: string
    env: Record<string, string>
  }) {
    this.processes = parts.processes
    this.gateways = parts.gateways
    this.database = parts.database
    this.keyPrefix = parts.keyPrefix
    this.env = parts.env
  }

  process(name: string): TestProcess {
    const found = this.processes.get(name)
    if (!found) throw new Error(`no process ${name} in this cluster`)
    return found
  }

  nodes(): readonly TestProcess[] {
    return [...this.processes.values()].filter(({ name }) => name.startsWith('node-'))
  }

  gateway(index: number): GatewayAddress {
    const found = this.gateways[index]
    if (!found) throw new Error(`no gateway ${index} in this cluster`)
    return found
  }

  token(user: string, roles: readonly string[] = []): string {
    return signTestToken(jwtSecret, user, roles)
  }

  /** A REST call on the first gateway, or another. */
  async call(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; gateway?: number; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; body: any; headers: Headers }> {
    const response = await fetch(`${this.gateway(options.gateway ?? 0).http}${path}`, {
      method,
      headers: {
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(15_000),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    return {
      status: response.status,
      body: text === '' ? null : isJson ? (JSON.parse(text) as unknown) : text,
      headers: response.headers,
    }
  }

  /** Makes a room owned by `owner` and returns its id. */
  async createRoom(owner: string, fields: Record<string, unknown> = {}): Promise<string> {
    const made = await this.call('POST', '/api/v1/rooms', {
      token: this.token(owner),
      body: { name: 'a room', room_type: 'group', ...fields },
    })
    if (made.status !== 201) throw new Error(`room not made: ${made.status} ${JSON.stringify(made.body)}`)
    return String(made.body.room_id)
  }

  /** The process that has the room in memory now; null for none. Asks the nodes themselves. */
  async ownerOf(roomId: string): Promise<TestProcess | null> {
    for (const node of this.nodes()) {
      const { ok, body } = await node.admin('/cluster')
      if (ok && body.includes(`room:${roomId}`)) return node
    }
    return null
  }

  async waitForOwner(roomId: string, timeoutMs = 10_000): Promise<TestProcess> {
    const found: TestProcess[] = []
    const look = async () => {
      const owner = await this.ownerOf(roomId)
      if (owner) found.push(owner)
      return owner !== null
    }
    await waitUntil(`room ${roomId} has an owner`, look, timeoutMs)
    const [owner] = found
    if (!owner) throw new Error('unreachable')
    return owner
  }

  /** Stops every process and drops the database. Prints their last lines first when the test failed. */
  async stop(failed = false): Promise<void> {
    if (failed) for (const process of this.processes.values()) console.error(process.tail())
    const order = ['gateway', 'node', 'worker', 'relay']
    for (const role of order) {
      const ofRole = [...this.processes.values()].filter(({ name }) => name.startsWith(role))
      await Promise.all(ofRole.map((process) => process.stop()))
    }
    await this.database.drop()
  }
}

/** Raises a cluster and waits until every process is ready. */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const database = await createTestDatabase()
  const keyPrefix = `{t${randomBytes(4).toString('hex')}}`
  const names = [
    ...numbered('gateway', options.gateways ?? 1),
    ...numbered('node', options.nodes ?? 1),
    ...numbered('worker', options.workers ?? 0),
    ...numbered('relay', options.relays ?? 0),
  ]
  const ports = await freePorts(names.length * 3)
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    VOICE_ENV: 'development',
    DATABASE_URL: database.url,
    REDIS_URL: services.redisUrl(),
    VOICE_KEY_PREFIX: keyPrefix,
    CLUSTER_SECRET: 'a-cluster-secret-for-tests-0123456789',
    JWT_SECRET: jwtSecret,
    VOICE_WEBHOOK_KEY: 'a-webhook-key-for-tests-0123456789abcd',
    VOICE_WEBHOOK_ALLOW_HTTP: 'true',
    VOICE_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    LOG_LEVEL: 'info',
    STUN_SERVERS: '',
    ...amplySettings,
    ...(names.some((name) => /worker|relay/.test(name))
      ? { TEMPORAL_ADDRESS: options.temporalAddress ?? services.temporalAddress() }
      : {}),
    ...options.env,
  }
  const gateways: GatewayAddress[] = []
  const processes = new Map<string, TestProcess>()
  names.forEach((name, index) => {
    const [admin = 0, first = 0, second = 0] = ports.slice(index * 3, index * 3 + 3)
    const role = name.slice(0, name.indexOf('-'))
    const own: Record<string, string> = { VOICE_PROCESS_ID: name, ADMIN_PORT: String(admin) }
    if (role === 'gateway') {
      Object.assign(own, { SERVER_PORT: String(first), WS_PORT: String(second) })
      gateways.push({ http: `http://127.0.0.1:${first}`, ws: `ws://127.0.0.1:${second}/ws` })
    }
    if (role === 'node') own['VOICE_NODE_PORT'] = String(first)
    const script = options.scripts?.[name]
    const file = script ? fileURLToPath(new URL(`../../${script}`, import.meta.url)) : bin(`${role}.ts`)
    processes.set(name, new TestProcess(name, file, admin, { ...env, ...own, ...options.envOf?.(name, env) }))
  })
  const cluster = new TestCluster({ processes, gateways, database, keyPrefix, env })
  try {
    for (const process of processes.values()) process.start()
    await Promise.all([...processes.values()].map((process) => process.ready(options.readyMs)))
  } catch (error) {
    await cluster.stop(true)
    throw error
  }
  return cluster
}

const numbered = (role: string, count: number) => Array.from({ length: count }, (_, index) => `${role}-${index + 1}`)
