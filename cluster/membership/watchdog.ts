import { Worker } from 'node:worker_threads'
import type { Timers } from '../../protocol/ports.ts'

/** The main loop has to turn at least this often, ms. */
export const stallMs = 2_500

/** What the watching thread is handed. */
export interface WatchdogData {
  /** One 32-bit counter that the main loop raises. */
  readonly ticks: SharedArrayBuffer
  readonly stallMs: number
}

/**
 * Ends the process by SIGKILL when its main loop has not turned for `stallMs`: a node that hangs becomes a node that is
 * gone, which its peers notice at once. A second thread looks, since the one that hangs can't. Waking from a pause counts
 * as a stall too.
 */
export class Watchdog {
  readonly #thread: Worker
  readonly #cancel: () => void

  constructor(timers: Timers, { stallAfterMs = stallMs }: { readonly stallAfterMs?: number } = {}) {
    const ticks = new SharedArrayBuffer(4)
    const counter = new Int32Array(ticks)
    this.#cancel = timers.every(stallAfterMs / 10, () => void Atomics.add(counter, 0, 1))
    const file = `./watchdog-thread${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`
    const data: WatchdogData = { ticks, stallMs: stallAfterMs }
    this.#thread = new Worker(new URL(file, import.meta.url), { workerData: data })
    this.#thread.unref()
  }

  async stop(): Promise<void> {
    this.#cancel()
    await this.#thread.terminate()
  }
}
