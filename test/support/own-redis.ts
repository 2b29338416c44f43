import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { findExecutable } from '../../bin/local/executable.ts'
import { freePorts } from './free-ports.ts'
import { waitUntil } from './wait.ts'
import { accepts } from '../../bin/local/tcp.ts'

/** A Redis of a test's own, which forgets everything when it ends. */
export class OwnRedis {
  readonly url: string
  readonly #port: number
  #child: ChildProcess | null = null

  private constructor(port: number) {
    this.#port = port
    this.url = `redis://127.0.0.1:${port}`
  }

  static async start(): Promise<OwnRedis> {
    const [port = 0] = await freePorts(1)
    const redis = new OwnRedis(port)
    await redis.start()
    return redis
  }

  /** Empty, on the same port. */
  async start(): Promise<void> {
    const program = findExecutable(['redis-server', 'valkey-server'])
    if (program === null) throw new Error('there is no redis-server on PATH')
    const settings = ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.#child = spawn(program, settings, { stdio: 'ignore' })
    await waitUntil('Redis accepts connections', () => accepts('127.0.0.1', this.#port, 500))
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}
