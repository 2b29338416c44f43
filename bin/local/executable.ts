import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { signalGroup } from './process-identity.ts'
import type { ProcessWatch } from './service.ts'

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The first of the names that is a program on the search path, or null. Names with a slash are taken as they are. */
export function findExecutable(names: readonly string[], searchPath = process.env['PATH'] ?? ''): string | null {
  for (const name of names) {
    const places = name.includes('/') ? [''] : searchPath.split(delimiter).filter((place) => place !== '')
    const found = places.map((place) => (place === '' ? name : join(place, name))).find(isExecutable)
    if (found !== undefined) return found
  }
  return null
}

export interface Outcome {
  readonly code: number | null
  /** Everything it printed, the last 64 KiB of it. */
  readonly output: string
  readonly timedOut: boolean
}

export interface RunOptions {
  readonly withinMs: number
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly as?: { readonly uid: number; readonly gid: number } | null
  readonly cwd?: string
  readonly input?: string
  onLine?(line: string): void
  /** Ends the program and all it started. */
  readonly signal?: AbortSignal
  /** Ends it should we die first. */
  readonly watch?: ProcessWatch
}

const keptOutput = 65_536

/** Runs a program to its end. Past its time, or when aborted, it is killed with all it started. Never throws. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = ''
    let rest = ''
    let timedOut = false
    const child = spawn(command, args, {
      cwd: options.cwd ?? '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.as ? { uid: options.as.uid, gid: options.as.gid } : {}),
    })
    if (child.pid !== undefined) options.watch?.started(command, child.pid, 'SIGKILL')
    const kill = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL')
    const timer = setTimeout(() => {
      timedOut = true
      kill()
    }, options.withinMs)
    options.signal?.addEventListener('abort', kill, { once: true })
    const hear = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-keptOutput)
      const lines = (rest + chunk.toString()).split('\n')
      rest = (lines.pop() ?? '').slice(-keptOutput)
      for (const line of lines) options.onLine?.(line)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    const end = (code: number | null) => {
      clearTimeout(timer)
      if (child.pid !== undefined) options.watch?.ended(child.pid)
      options.signal?.removeEventListener('abort', kill)
      resolve({ code, output, timedOut })
    }
    child.once('error', (error) => {
      output += error.message
      end(null)
    })
    child.once('close', end)
  })
}
