/* Runs as a thread of its own, started by watchdog.ts. */
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import type { WatchdogData } from './watchdog.ts'

const { ticks, stallMs } = workerData as WatchdogData
const counter = new Int32Array(ticks)
let seen = Atomics.load(counter, 0)
let movedAtMs = performance.now()

setInterval(() => {
  const now = Atomics.load(counter, 0)
  if (now !== seen) {
    seen = now
    movedAtMs = performance.now()
    return
  }
  const stalledMs = Math.round(performance.now() - movedAtMs)
  if (stalledMs < stallMs) return
  // The logger lives on the loop that hangs.
  const event = { level: 'error', time: new Date().toISOString(), pid: process.pid, stalledMs, msg: 'process.stalled' }
  writeSync(1, `${JSON.stringify(event)}\n`)
  process.kill(process.pid, 'SIGKILL')
}, stallMs / 10)
