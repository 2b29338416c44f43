import { spawn, type ChildProcess } from 'node:child_process'
import { configExitCode } from '../config.ts'
import { LineSplitter } from './log-lines.ts'
import { becomes, pause, spoken } from './pause.ts'
import { signalGroup } from './process-identity.ts'
import { Unavailable, type ProcessWatch } from './service.ts'

/** How often and how long a process that ends is started again. */
export interface BackOff {
  /** Before the first new start; doubled each time it ends again soon. */
  readonly firstMs: number
  readonly longestMs: number
  /** Ends in a row, each sooner than `steadyMs` after the process was ready, until it is left alone. */
  readonly endsInARow: number
  /** The same for one that was never ready: it will not heal by itself, and somebody waits for it. */
  readonly endsUnready: number
  readonly steadyMs: number
}

/**
 * A second before a process comes back: long enough for the others to have seen it go, as a kill -9 is what people try
 * first. About a minute and a half until it is left alone.
 */
export const defaultBackOff: BackOff = {
  firstMs: 1_000,
  longestMs: 16_000,
  endsInARow: 8,
  endsUnready: 3,
  steadyMs: 20_000,
}

/** What a process says of itself: null when nobody answers, else why it is not ready yet; empty when it is. */
export type Probe = (adminPort: number) => Promise<readonly string[] | null>

export interface SupervisedOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly adminPort: number
  readonly probe: Probe
  readonly backOff: BackOff
  readonly watch: ProcessWatch
  /** Each line it prints. */
  readonly onLine: (line: string) => void
  /** What happens to it, for people. */
  readonly tell: (sentence: string) => void
  /** Called when its pid changed. */
  readonly onChange: () => void
}

const probeEveryMs = 100

/**
 * One process that is kept running. Its modes: `idle` until it is started; `starting` until its admin port says that it is
 * ready; `ready`; `waiting` between an end that nobody asked for and the next start; `down` when it is left alone, after too
 * many ends in a row or a refusal of its settings, which no restart heals; `stopping` and `stopped`, from which nothing leads
 * back.
 */
export class SupervisedProcess {
  readonly #options: SupervisedOptions
  #mode: 'idle' | 'starting' | 'ready' | 'waiting' | 'down' | 'stopping' | 'stopped' = 'idle'
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #comeBack: NodeJS.Timeout | undefined
  #endsInARow = 0
  #starts = 0
  #wasReady = false
  #reasons: readonly string[] = ['it does not answer yet']

  constructor(options: SupervisedOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get mode() {
    return this.#mode
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Why it is not ready, as far as it said. */
  get reasons(): readonly string[] {
    return this.#reasons
  }

  start(): void {
    if (this.#mode !== 'idle' && this.#mode !== 'waiting') return
    const { command, args, cwd, env, name, watch, onLine, onChange } = this.#options
    this.#mode = 'starting'
    this.#starts += 1
    const startedMs = performance.now()
    // A group of its own: a signal to ours does not reach it past the order in which we stop.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      const splitter = new LineSplitter(onLine)
      stream.on('data', (chunk: Buffer) => splitter.push(chunk))
      stream.on('close', () => splitter.end())
    }
    this.#ended = new Promise((resolve) => {
      const end = (how: string, code: number | null) => {
        if (child.pid !== undefined) watch.ended(child.pid)
        this.#child = null
        resolve()
        onChange()
        this.#onEnd(how, code)
      }
      child.once('error', (error) => child.pid === undefined && end(`it cannot be started: ${error.message}`, null))
      child.once('exit', (code, signal) => end(signal === null ? `exit code ${code ?? 0}` : `ended by ${signal}`, code))
    })
    if (child.pid !== undefined) watch.started(name, child.pid, 'SIGTERM')
    onChange()
    void this.#awaitReady(child, startedMs)
  }

  /** Resolves when it is ready. Throws Unavailable when it is left alone, stopped, or not ready in time. */
  async ready(withinMs: number): Promise<void> {
    const settled = await becomes(() => !['idle', 'starting', 'waiting'].includes(this.#mode), withinMs, 20)
    if (this.#mode === 'ready') return
    if (!settled)
      throw new Unavailable(`${this.name} is not ready after ${spoken(withinMs)}: ${this.#reasons.join('; ')}`)
    throw new Unavailable(`${this.name} does not run: ${this.#reasons.join('; ')}`)
  }

  /** Stops it in order, and by force after `graceMs`. False when it took force. */
  async stop(graceMs: number): Promise<boolean> {
    const pid = this.pid
    clearTimeout(this.#comeBack)
    this.#mode = pid === null ? 'stopped' : 'stopping'
    if (pid === null) return true
    signalGroup(pid, 'SIGTERM')
    // A frozen one would not hear the first.
    signalGroup(pid, 'SIGCONT')
    let forced = false
    const impatience = setTimeout(() => {
      forced = true
      signalGroup(pid, 'SIGKILL')
    }, graceMs)
    await this.#ended
    clearTimeout(impatience)
    this.#mode = 'stopped'
    return !forced
  }

  async #awaitReady(child: ChildProcess, startedMs: number): Promise<void> {
    const { probe, adminPort, tell, name, backOff } = this.#options
    const isAwaited = () => this.#child === child && this.#mode === 'starting'
    while (isAwaited()) {
      const reasons = await probe(adminPort)
      if (!isAwaited()) return
      if (reasons !== null) this.#reasons = reasons
      if (reasons?.length === 0) {
        this.#mode = 'ready'
        if (this.#starts > 1)
          tell(`${name} is back after ${spoken(performance.now() - startedMs)} (pid ${child.pid ?? 0})`)
        // It has to stay for a while before its ends are forgotten.
        setTimeout(() => this.#child === child && (this.#endsInARow = 0), backOff.steadyMs).unref()
        return
      }
      await pause(probeEveryMs)
    }
  }

  #onEnd(how: string, code: number | null): void {
    if (this.#mode === 'stopping' || this.#mode === 'stopped') return
    const { name, tell, backOff } = this.#options
    this.#endsInARow += 1
    this.#reasons = [how]
    if (code === configExitCode || this.#endsInARow >= (this.#wasReady ? backOff.endsInARow : backOff.endsUnready)) {
      this.#mode = 'down'
      const why = code === configExitCode ? 'its settings are wrong' : `time ${this.#endsInARow} in a row`
      tell(`${name} ended (${how}), ${why}: it is left alone now`)
      return
    }
    this.#mode = 'waiting'
    const waitMs = Math.min(backOff.longestMs, backOff.firstMs * 2 ** (this.#endsInARow - 1))
    tell(`${name} ended (${how}); it is started again in ${spoken(waitMs)}`)
    this.#comeBack = setTimeout(() => this.start(), waitMs)
  }
}
