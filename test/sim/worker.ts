import { parentPort } from 'node:worker_threads'
import { createPlacement } from '../../cluster/placement/rendezvous.ts'
import { mutations } from './mutations/index.ts'
import { run, type Verdict } from './run.ts'
import type { SceneName } from './scenes.ts'

/** What a worker is asked: some seeds of one cluster. It answers with a verdict for each, in order. */
export interface Job {
  readonly seeds: readonly number[]
  readonly scene: SceneName
  readonly mutation: string | null
}

const placement = await createPlacement()

parentPort?.on('message', (job: Job) => void work(job))

/** Everything that the verdict of a good run leaves out is not worth its way. */
const slim = (verdict: Verdict): Verdict =>
  verdict.violations.length > 0 ? verdict : { ...verdict, faults: [], last: [] }

async function work({ seeds, scene, mutation }: Job): Promise<void> {
  const chosen = mutation === null ? undefined : mutations[mutation]
  for (const seed of seeds) {
    parentPort?.postMessage(slim(await run(seed, { placement, scene, ...(chosen ? { mutation: chosen.make } : {}) })))
  }
  parentPort?.postMessage(null)
}
