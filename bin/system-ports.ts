import { randomUUID } from 'node:crypto'
import type { Cancel, Clock, Random, Timers } from '../protocol/ports.ts'

/** The machine's clocks. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

/** Node fires a longer one after 1 ms. */
const longestDelayMs = 2_147_483_647

/**
 * Node may fire a timer up to a millisecond early by the monotonic clock, since it rounds; the port promises never. So
 * one that is early waits again, and one that is longer than Node can count goes in laps.
 */
function afterDelay(delayMs: number, run: () => void, keepAlive: boolean): Cancel {
  const dueMs = performance.now() + delayMs
  let timer: NodeJS.Timeout
  const wait = () => {
    const leftMs = Math.min(Math.max(0, Math.ceil(dueMs - performance.now())), longestDelayMs)
    timer = setTimeout(() => (performance.now() < dueMs ? wait() : run()), leftMs)
    if (!keepAlive) timer.unref()
  }
  wait()
  return () => clearTimeout(timer)
}

const timers = (keepAlive: boolean): Timers => ({
  after: (delayMs, run) => afterDelay(delayMs, run, keepAlive),
  every: (periodMs, run) => {
    let cancelled = false
    let cancel: Cancel = () => undefined
    const next = () => {
      cancel = afterDelay(
        periodMs,
        () => {
          // Set before `run`, so that a run that throws or cancels finds the order it expects.
          next()
          if (!cancelled) run()
        },
        keepAlive,
      )
    }
    next()
    return () => {
      cancelled = true
      cancel()
    }
  },
})

/** Timers that keep the process alive until they fired or were cancelled. */
export const systemTimers: Timers = timers(true)

/** Timers that never keep a process alive: for upkeep beside something that does, such as a listening socket. */
export const backgroundTimers: Timers = timers(false)

/** The machine's randomness. `fraction` is for jitter, not for secrets. */
export const systemRandom: Random = {
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
}
