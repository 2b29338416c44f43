import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { calmNode, stepLoad, type LoadSample, type NodeLoad } from '../../cluster/index.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'

/** Between two samples, ms. */
const everyMs = 500
/** How fine lateness is measured, ms; a timer of the probe itself fires so often. */
const resolutionMs = 10

export interface LoadWatchDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** Told after every sample. */
  changed(load: NodeLoad): void
}

/** Samples how busy this process is, and says what follows from it. */
export class LoadWatch {
  readonly #deps: LoadWatchDeps
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  readonly #cancel: Cancel
  #before = performance.eventLoopUtilization()
  #load: NodeLoad = calmNode
  #sample: LoadSample = { lagP99Ms: 0, utilisation: 0, memoryShare: 0 }

  constructor(deps: LoadWatchDeps) {
    this.#deps = deps
    this.#delay.enable()
    this.#cancel = deps.timers.every(everyMs, () => this.#look())
  }

  /** The last sample. */
  get sample(): LoadSample {
    return this.#sample
  }

  get load(): NodeLoad {
    return this.#load
  }

  stop(): void {
    this.#cancel()
    this.#delay.disable()
  }

  #look(): void {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#before)
    this.#before = now
    // The probe measures from one of its timers to the next: what is above its period is lateness.
    const lagP99Ms = Math.max(0, this.#delay.percentile(99) / 1e6 - resolutionMs)
    this.#delay.reset()
    this.#sample = { lagP99Ms, utilisation: utilization, memoryShare: memoryShare() }
    const before = this.#load
    this.#load = stepLoad(before, this.#sample, this.#deps.clock.monotonicMs())
    const verdicts = verdictsOf(this.#load)
    if (verdicts.join() !== verdictsOf(before).join()) {
      this.#deps.logger.warn({ verdicts, ...this.#sample }, 'node.load_changed')
    }
    this.#deps.changed(this.#load)
  }
}

const verdictsOf = (load: NodeLoad): string[] =>
  (['refusesPlacements', 'shedsJoins', 'releasesMemory'] as const).filter((name) => load[name].isOn)

/** Of the heap's limit, or of what the container may use: whichever is nearer. */
function memoryShare(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  // Without a limit Node says 0, or a number beyond any machine.
  const container = process.constrainedMemory()
  const ofContainer = container > 0 ? process.memoryUsage.rss() / container : 0
  return Math.max(used / limit, ofContainer)
}
