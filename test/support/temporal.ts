import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection, WorkflowClient, WorkflowNotFoundError } from '@temporalio/client'
import { searchAttributeFlags } from '../../protocol/workflows.ts'
import { freePorts } from './free-ports.ts'
import { services } from './services.ts'
import { waitUntil } from './wait.ts'

/** A Temporal server, seen with a client. */
export class TemporalView {
  /** host:port */
  readonly address: string
  readonly client: WorkflowClient
  readonly #connection: Connection

  constructor(address: string) {
    this.address = address
    this.#connection = Connection.lazy({
      address,
      interceptors: [],
      channelArgs: { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 },
    })
    this.client = new WorkflowClient({ connection: this.#connection })
  }

  async answers(): Promise<boolean> {
    try {
      await this.#connection.withDeadline(Date.now() + 1_000, () =>
        this.client.workflowService.describeNamespace({ namespace: 'default' }),
      )
      return true
    } catch {
      return false
    }
  }

  /** `RUNNING`, `COMPLETED`, `FAILED` …; null for one that was never started. */
  async status(workflowId: string): Promise<string | null> {
    try {
      return (await this.client.getHandle(workflowId).describe()).status.name
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null
      throw error
    }
  }

  /** Waits until the workflow has begun and ended; says how. */
  async workflowEnded(workflowId: string, timeoutMs: number): Promise<string> {
    let last = 'nothing'
    await waitUntil(
      `the workflow ${workflowId} has ended`,
      async () => {
        last = (await this.status(workflowId)) ?? 'nothing'
        return last !== 'nothing' && last !== 'RUNNING'
      },
      timeoutMs,
      () => `last seen: ${last}`,
    )
    return last
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

/** The server that the test runner raised, shared with other suites: use ids and task queues of your own. */
export const sharedTemporal = (): TemporalView => new TemporalView(services.temporalAddress())

/** A server of the test's own, with a file database that outlives its stops and not the test process. */
export class TestTemporal {
  readonly address: string
  readonly #port: number
  readonly #database: string
  readonly #settings: readonly string[]
  #server: ChildProcess | null = null
  #view: TemporalView | null = null
  #said = ''

  constructor(port: number, folder: string, settings: Readonly<Record<string, number>>) {
    this.address = `127.0.0.1:${port}`
    this.#settings = Object.entries(settings).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`])
    this.#port = port
    this.#database = join(folder, 'temporal.db')
    process.once('exit', () => {
      this.#server?.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })
  }

  get view(): TemporalView {
    if (!this.#view) throw new Error('this Temporal server does not run')
    return this.#view
  }

  get client(): WorkflowClient {
    return this.view.client
  }

  /** Starts the server, after a stop with the same port and database; resolves when it answers. */
  async start(): Promise<void> {
    const server = spawn(
      services.temporalBinary(),
      [
        ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(this.#port)],
        ...['--db-filename', this.#database, '--sqlite-pragma', 'journal_mode=WAL', '--log-level', 'warn'],
        ...searchAttributeFlags.flatMap((flag) => ['--search-attribute', flag]),
        ...this.#settings,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let failure: Error | undefined
    server.once('error', (error) => (failure = error))
    const hear = (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4_000))
    server.stdout.on('data', hear)
    server.stderr.on('data', hear)
    this.#server = server
    const view = new TemporalView(this.address)
    this.#view = view
    await waitUntil(
      'the Temporal server answers',
      async () => {
        if (failure) throw failure
        if (server.exitCode !== null) throw new Error(`the Temporal server ended while starting\n${this.#said}`)
        return view.answers()
      },
      20_000,
      () => this.#said,
    )
  }

  workflowEnded(workflowId: string, timeoutMs: number): Promise<string> {
    return this.view.workflowEnded(workflowId, timeoutMs)
  }

  /** kill -9. Its database stays as it is by then. */
  async kill(): Promise<void> {
    const server = this.#server
    if (!server) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
    await this.stop()
  }

  /** SIGSTOP. */
  freeze(): void {
    this.#server?.kill('SIGSTOP')
  }

  /** SIGCONT. */
  thaw(): void {
    this.#server?.kill('SIGCONT')
  }

  /** Stops the server and keeps its database. Stopping twice does nothing. */
  async stop(): Promise<void> {
    const server = this.#server
    await this.#view?.close()
    this.#server = null
    this.#view = null
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGTERM')
    const impatience = setTimeout(() => server.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(impatience)
  }
}

/** Starts a server of the test's own on a free port. `settings` are its dynamic configuration. */
export async function startTemporal(settings: Readonly<Record<string, number>> = {}): Promise<TestTemporal> {
  const [port = 0] = await freePorts(1)
  const temporal = new TestTemporal(port, mkdtempSync(join(tmpdir(), 'vr-temporal-')), settings)
  await temporal.start()
  return temporal
}
