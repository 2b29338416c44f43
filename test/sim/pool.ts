import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Verdict } from './run.ts'
import type { SceneName } from './scenes.ts'
import type { Job } from './worker.ts'

/** Seeds of one job: enough that asking costs nothing, few enough that all workers end together. */
const seedsOfAJob = 8

export interface SweepOptions {
  readonly from: number
  readonly seeds: number
  readonly scene: SceneName
  readonly mutation: string | null
  /** Told of each verdict, in whatever order they come. True: enough, the rest is not run. */
  readonly onVerdict: (verdict: Verdict) => boolean
}

/** Runs seeds on all cores. Rejects when a worker ends of itself. */
export class Pool {
  readonly #workers: readonly Worker[]

  constructor(size = availableParallelism()) {
    this.#workers = Array.from({ length: size }, () => new Worker(new URL('./worker.ts', import.meta.url)))
  }

  get size(): number {
    return this.#workers.length
  }

  async sweep(options: SweepOptions): Promise<void> {
    const end = options.from + options.seeds
    let next = options.from
    let isEnough = false
    const takeJob = (): Job | null => {
      if (isEnough || next >= end) return null
      const seeds = Array.from({ length: Math.min(seedsOfAJob, end - next) }, (_, index) => next + index)
      next += seeds.length
      return { seeds, scene: options.scene, mutation: options.mutation }
    }
    // Jobs that are under way end: so the lowest of the seeds that are enough is always among them.
    const hear = (verdict: Verdict) => {
      if (options.onVerdict(verdict)) isEnough = true
    }
    await Promise.all(this.#workers.map((worker) => drive(worker, takeJob, hear)))
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

/** Keeps one worker busy until there are no jobs. */
function drive(worker: Worker, takeJob: () => Job | null, hear: (verdict: Verdict) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (code: number) => reject(new Error(`a worker ended with ${code}`))
    const stop = () => {
      worker.off('message', onMessage)
      worker.off('error', reject)
      worker.off('exit', ended)
      resolve()
    }
    const giveJob = () => {
      const job = takeJob()
      if (job) worker.postMessage(job)
      else stop()
    }
    const onMessage = (verdict: Verdict | null) => {
      if (verdict) hear(verdict)
      else giveJob()
    }
    worker.on('message', onMessage)
    worker.on('error', reject)
    worker.on('exit', ended)
    giveJob()
  })
}
