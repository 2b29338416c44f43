import { spawn, type ChildProcess } from 'node:child_process'
import type { OwnershipChange } from '../../cluster/actor-runtime/ownership.ts'
import { waitUntil } from './wait.ts'

/** One event a process logged. */
export interface LogEvent {
  readonly msg: string
  readonly [field: string]: unknown
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const keptLines = 2_000

/** One process of a cluster under test, with the faults a test may do to it as verbs. */
export class TestProcess {
  readonly name: string
  readonly adminPort: number
  readonly env: Readonly<Record<string, string>>
  readonly #script: string
  #child: ChildProcess | null = null
  #exit: Promise<Exit> = Promise.resolve({ code: null, signal: null })
  #events: LogEvent[] = []
  #raw: string[] = []

  constructor(name: string, script: string, adminPort: number, env: Record<string, string>) {
    this.name = name
    this.adminPort = adminPort
    this.env = env
    this.#script = script
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error(`${this.name} does not run`)
    return pid
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when the process has ended. */
  get exited(): Promise<Exit> {
    return this.#exit
  }

  start(): void {
    const child = spawn(process.execPath, [this.#script], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
    let rest = ''
    const read = (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#keep(line)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
  }

  /** Waits until the process says it is ready; shows its last lines when it does not in time. */
  async ready(timeoutMs = 30_000): Promise<void> {
    await waitUntil(
      `${this.name} is ready`,
      async () => {
        if (!this.running) throw new Error(`${this.name} ended while starting\n${this.tail()}`)
        return (await this.admin('/health/ready')).ok
      },
      timeoutMs,
      () => this.tail(),
    )
  }

  /** A request to the process's admin port; `ok: false` when it does not answer. */
  async admin(path: string): Promise<{ readonly ok: boolean; readonly body: string }> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.adminPort}${path}`, { signal: AbortSignal.timeout(2_000) })
      return { ok: response.ok, body: await response.text() }
    } catch {
      return { ok: false, body: '' }
    }
  }

  /** The value of one metric, summed over its labels; 0 when it is not there. */
  async metric(name: string): Promise<number> {
    const { body } = await this.admin('/metrics')
    return body
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  /** kill -9. */
  kill(): void {
    process.kill(this.pid, 'SIGKILL')
  }

  /** SIGSTOP. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP')
  }

  /** SIGCONT. */
  thaw(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  /** SIGTERM, and SIGKILL for one that does not end in time. */
  async stop(graceMs = 10_000): Promise<Exit> {
    if (!this.running) return this.#exit
    process.kill(this.pid, 'SIGCONT')
    process.kill(this.pid, 'SIGTERM')
    const timer = setTimeout(() => this.running && this.kill(), graceMs)
    const exit = await this.#exit
    clearTimeout(timer)
    return exit
  }

  /** Events of that name, oldest first. */
  events(msg: string): readonly LogEvent[] {
    return this.#events.filter((event) => event.msg === msg)
  }

  /** What it said of who owns actors, of that kind, oldest first. */
  ownershipChanges(change: OwnershipChange): readonly LogEvent[] {
    return this.events('ownership.changed').filter((event) => event['change'] === change)
  }

  /** Everything it wrote, as kept. */
  output(): string {
    return this.#raw.join('\n')
  }

  tail(lines = 25): string {
    return [`--- last lines of ${this.name}:`, ...this.#raw.slice(-lines)].join('\n')
  }

  #keep(line: string): void {
    if (line === '') return
    this.#raw.push(line)
    if (this.#raw.length > keptLines) this.#raw.shift()
    try {
      this.#events.push(JSON.parse(line) as LogEvent)
      if (this.#events.length > keptLines) this.#events.shift()
    } catch {
      // Not every line is an event: a crash prints its stack as it is.
    }
  }
}
