import { join } from 'node:path'
import { LogFile } from './log-file.ts'
import { pause } from './pause.ts'
import type { PlannedProcess, ProcessRole } from './plan.ts'
import type { ProcessWatch } from './service.ts'
import { SupervisedProcess, type BackOff, type Probe } from './supervised-process.ts'

export interface SupervisorOptions {
  readonly checkout: string
  readonly logFolder: string
  readonly watch: ProcessWatch
  readonly probe: Probe
  readonly backOff: BackOff
  /** Each process has this long to stop in order, ms. */
  readonly graceMs: number
  /** A line that a process printed. */
  readonly onLine: (name: string, line: string) => void
  /** What happens to the processes, for people. */
  readonly tell: (sentence: string) => void
  /** Called when a pid changed. */
  readonly onChange: () => void
}

/** A process that was started, as it is now. */
export interface RunningProcess {
  readonly planned: PlannedProcess
  /** Null between its end and its next start. */
  readonly pid: number | null
}

interface Entry {
  readonly planned: PlannedProcess
  readonly process: SupervisedProcess
  readonly log: LogFile
}

/**
 * Whoever leans on others stops before them: gateways take no more commands, then what writes in the background ends, then
 * the nodes that own the rooms.
 */
const stopOrder: readonly (readonly ProcessRole[])[] = [['gateway'], ['relay', 'worker'], ['node']]

const askEveryMs = 10_000

/** Keeps the processes of the Procfile running. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #entries: Entry[] = []
  #stopping: Promise<readonly string[]> | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  get processes(): readonly RunningProcess[] {
    return this.#entries.map(({ planned, process }) => ({ planned, pid: process.pid }))
  }

  /** Starts one process. Does nothing once they are being stopped. */
  start(planned: PlannedProcess, env: Readonly<Record<string, string>>): void {
    if (this.#stopping) return
    const { checkout, logFolder, watch, probe, backOff, onLine, tell, onChange } = this.#options
    const { name, adminPort } = planned
    const [word = '', ...args] = planned.command
    const log = new LogFile(join(logFolder, `${name}.log`))
    const supervised = new SupervisedProcess({
      ...{ name, args, env, adminPort, probe, backOff, watch, tell, onChange },
      // The Node that the package pins, whatever stands on PATH.
      command: word === 'node' ? process.execPath : word,
      cwd: checkout,
      onLine: (line) => {
        log.write(line)
        onLine(name, line)
      },
    })
    this.#entries.push({ planned, process: supervised, log })
    supervised.start()
  }

  /** Resolves when all of that role are ready, and says now and then who is not yet. Throws Unavailable. */
  async ready(roles: readonly ProcessRole[], withinMs: number): Promise<void> {
    const awaited = this.#entries.filter(({ planned }) => roles.includes(planned.role))
    const progress = setInterval(() => {
      for (const { process } of awaited.filter((entry) => entry.process.mode !== 'ready')) {
        this.#options.tell(`waiting for ${process.name}: ${process.reasons.join('; ')}`)
      }
    }, askEveryMs)
    try {
      await Promise.all(awaited.map(({ process }) => process.ready(withinMs)))
    } finally {
      clearInterval(progress)
    }
  }

  /** Stops all, one group after the other. Resolves with the names of those that had to be killed. */
  stop(): Promise<readonly string[]> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<readonly string[]> {
    const killed: string[] = []
    for (const roles of stopOrder) {
      const group = this.#entries.filter(({ planned }) => roles.includes(planned.role))
      await Promise.all(
        group.map(async ({ process }) => {
          if (!(await process.stop(this.#options.graceMs))) killed.push(process.name)
        }),
      )
    }
    // Their last words may still be in the pipes.
    await pause(50)
    for (const { log } of this.#entries) log.close()
    return killed
  }
}
