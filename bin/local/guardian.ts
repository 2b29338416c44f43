/*
 * A process beside `npm start` and `npm test` that outlives them for a moment: should they die without a chance to clean up
 * (kill -9, out of memory), it stops what they started. It reads lines on stdin: `+ <pid> <signal> <name>` when a process
 * was started, `- <pid>` when it ended, `! <folder>` for a temporary folder; the end of stdin is the end of its charge.
 */
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { becomes } from './pause.ts'
import { identify, lives, signalGroup, type ProcessIdentity } from './process-identity.ts'

interface Ward {
  readonly identity: ProcessIdentity
  readonly stopSignal: NodeJS.Signals
}

const graceMs = 10_000
const wards = new Map<number, Ward>()
const folders: string[] = []

// A Ctrl-C that reaches the whole terminal is not for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const [verb, subject = '', stopSignal = 'SIGTERM'] = line.split(' ')
  if (verb === '!') folders.push(line.slice(2))
  if (verb === '-') wards.delete(Number(subject))
  if (verb !== '+') return
  const identity = identify(Number(subject))
  if (identity) wards.set(identity.pid, { identity, stopSignal: stopSignal as NodeJS.Signals })
})
lines.on('close', () => void stopAll())

async function stopAll(): Promise<void> {
  // Last started, first stopped: what came later leans on what came before.
  for (const { identity, stopSignal } of [...wards.values()].reverse()) {
    if (lives(identity)) signalGroup(identity.pid, stopSignal)
  }
  await becomes(() => ![...wards.values()].some(({ identity }) => lives(identity)), graceMs, 100)
  for (const { identity } of wards.values()) if (lives(identity)) signalGroup(identity.pid, 'SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}
