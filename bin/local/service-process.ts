import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { becomes } from './pause.ts'
import { signalGroup } from './process-identity.ts'
import { Unavailable, type ProcessWatch } from './service.ts'

export interface ServiceProcessOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Everything it prints goes here; the file of the start before is kept as `.1`. */
  readonly logFile: string
  readonly watch: ProcessWatch
  /** What makes it stop in order. */
  readonly stopSignal: NodeJS.Signals
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Whom it runs as; the caller when absent. */
  readonly as?: { readonly uid: number; readonly gid: number } | null
  /** What it reads on stdin. */
  readonly input?: string
}

const tailLines = 12
const killGraceMs = 10_000

/** The last lines of a log file; empty when there is none. */
export function tailOf(logFile: string, lines = tailLines): string {
  if (!existsSync(logFile)) return ''
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}

/**
 * A database or server that runs beside us. It leads a process group of its own, so that a Ctrl-C of the terminal does not
 * reach it before those that lean on it have stopped, and writes to a file, so that it outlives a broken pipe.
 */
export class ServiceProcess {
  readonly name: string
  readonly #options: ServiceProcessOptions
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #failure = ''
  #stopping = false

  constructor(options: ServiceProcessOptions) {
    this.name = options.name
    this.#options = options
    if (existsSync(options.logFile)) renameSync(options.logFile, `${options.logFile}.1`)
    const log = openSync(options.logFile, 'a')
    const child = spawn(options.command, options.args, {
      // A folder that every user may enter: Postgres as another user refuses to start in a closed one.
      cwd: '/',
      detached: true,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', log, log],
      env: { ...process.env, ...options.env },
      ...(options.as ? { uid: options.as.uid, gid: options.as.gid } : {}),
    })
    closeSync(log)
    this.#child = child
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#failure = error.message
        resolve()
      })
      child.once('exit', (code, signal) => {
        this.#failure = signal === null ? `it ended with code ${code ?? 0}` : `it was ended by ${signal}`
        if (child.pid !== undefined) options.watch.ended(child.pid)
        resolve()
      })
    })
    if (child.pid !== undefined) options.watch.started(options.name, child.pid, options.stopSignal)
    if (options.input !== undefined) {
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(options.input)
    }
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get running(): boolean {
    return this.#failure === ''
  }

  /** Calls back when it ends without having been told to. */
  onLoss(tell: (sentence: string) => void): void {
    void this.#ended.then(() => {
      if (!this.#stopping) tell(this.#lossSentence())
    })
  }

  /** Resolves once `ready` is true. Throws Unavailable, with its last words, when it ends before or takes too long. */
  async ready(ready: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
    const isReady = await becomes(async () => !this.running || (await ready()), withinMs)
    if (isReady && this.running) return
    const sentence = this.running ? `${this.name} is not ready after ${withinMs / 1_000} s` : this.#lossSentence()
    await this.stop()
    throw new Unavailable(`${sentence}\n${tailOf(this.#options.logFile)}`)
  }

  /** Stops it in order, and by force when that takes longer than 10 s. */
  async stop(): Promise<void> {
    this.#stopping = true
    const { pid } = this.#child
    if (pid === undefined || !this.running) return
    this.#child.kill(this.#options.stopSignal)
    const impatience = setTimeout(() => signalGroup(pid, 'SIGKILL'), killGraceMs)
    await this.#ended
    clearTimeout(impatience)
    // What it left of its own children.
    signalGroup(pid, 'SIGKILL')
  }

  #lossSentence(): string {
    return `${this.name} does not run: ${this.#failure} (log: ${this.#options.logFile})`
  }
}
