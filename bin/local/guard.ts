import { spawn } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { becomes } from './pause.ts'
import { identify, lives, signalGroup, type ProcessIdentity } from './process-identity.ts'
import type { ProcessWatch } from './service.ts'

/** A process that a start left on record. */
export interface Survivor extends ProcessIdentity {
  readonly name: string
  readonly stopSignal: NodeJS.Signals
}

/** What a start leaves on record, so that the next one knows what is its own. */
export interface StartRecord {
  /** The start itself. */
  readonly starter: ProcessIdentity
  readonly processes: readonly Survivor[]
}

/** The record of an earlier start; null when there is none that can be read. */
export function readRecord(file: string): StartRecord | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StartRecord
  } catch {
    return null
  }
}

/** Stops what an earlier start left running, and says what that was. Pids that others have by now are left alone. */
export async function stopSurvivors(file: string, graceMs = 10_000): Promise<readonly string[]> {
  const left = (readRecord(file)?.processes ?? []).filter(lives)
  for (const { pid, stopSignal } of left.toReversed()) signalGroup(pid, stopSignal)
  const areGone = await becomes(() => !left.some(lives), graceMs, 50)
  if (!areGone) for (const survivor of left) if (lives(survivor)) signalGroup(survivor.pid, 'SIGKILL')
  rmSync(file, { force: true })
  return left.map(({ name }) => name)
}

/**
 * Knows every process that runs for us. Two nets under a death without clean-up: a guardian process that stops them all when
 * our end of its pipe closes, and a record on disk by which the next start finds what the guardian missed.
 */
export class Guard implements ProcessWatch {
  readonly #file: string | null
  readonly #running = new Map<number, Survivor>()
  readonly #pipe
  readonly #child

  /** `file` is where the record goes; null for none. */
  constructor(file: string | null) {
    this.#file = file
    this.#child = spawn(process.execPath, [fileURLToPath(new URL('guardian.ts', import.meta.url))], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env['PATH'] },
    })
    this.#pipe = this.#child.stdin
    // Losing it costs a net, not the start.
    this.#pipe.on('error', () => undefined)
    this.#child.on('error', () => undefined)
    this.#child.unref()
    this.#write()
  }

  started(name: string, pid: number, stopSignal: NodeJS.Signals): void {
    this.#pipe.write(`+ ${pid} ${stopSignal} ${name}\n`)
    const identity = identify(pid)
    if (identity) this.#running.set(pid, { ...identity, name, stopSignal })
    this.#write()
  }

  ended(pid: number): void {
    this.#pipe.write(`- ${pid}\n`)
    this.#running.delete(pid)
    this.#write()
  }

  /** A folder to remove should we die without doing so. */
  temporary(folder: string): void {
    this.#pipe.write(`! ${folder}\n`)
  }

  /** Names of what still runs. */
  left(): readonly string[] {
    return [...this.#running.values()].filter(lives).map(({ name }) => name)
  }

  /** Ends by force whatever still runs, and the record with it. */
  close(): void {
    for (const survivor of this.#running.values()) if (lives(survivor)) signalGroup(survivor.pid, 'SIGKILL')
    this.#pipe.end()
    if (this.#file !== null) rmSync(this.#file, { force: true })
  }

  #write(): void {
    if (this.#file === null) return
    const starter = identify(process.pid) ?? { pid: process.pid, began: '' }
    const record: StartRecord = { starter, processes: [...this.#running.values()] }
    writeFileSync(`${this.#file}.new`, JSON.stringify(record, null, 2))
    renameSync(`${this.#file}.new`, this.#file)
  }
}
