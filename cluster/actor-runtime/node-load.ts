/** How busy a process was since the sample before. */
export interface LoadSample {
  /** 99 of 100 timers fired less late than this, ms. */
  readonly lagP99Ms: number
  /** Share of the time in which the loop was at work, 0-1. */
  readonly utilisation: number
  /** Of the memory the process may use, 0-1. */
  readonly memoryShare: number
}

/** A verdict, and since when every sample has spoken against it; null where the last one did not. */
interface Verdict {
  readonly isOn: boolean
  readonly doubtedSinceMs: number | null
}

/** What a node makes of its load. */
export interface NodeLoad {
  /** It tells the others to place new actors elsewhere. Those it has stay. */
  readonly refusesPlacements: Verdict
  /** It takes no sessions that it does not have yet. */
  readonly shedsJoins: Verdict
  /** Actors that nobody uses leave memory early. */
  readonly releasesMemory: Verdict
}

/** When a verdict is reached, and when it is taken back: with some way between, so that it does not flutter. */
interface Rule {
  busy(sample: LoadSample): boolean
  calm(sample: LoadSample): boolean
  readonly onAfterMs: number
  readonly offAfterMs: number
}

const rules: Readonly<Record<keyof NodeLoad, Rule>> = {
  refusesPlacements: {
    busy: ({ lagP99Ms, utilisation }) => lagP99Ms > 50 || utilisation > 0.85,
    calm: ({ lagP99Ms, utilisation }) => lagP99Ms <= 35 && utilisation <= 0.75,
    onAfterMs: 3_000,
    offAfterMs: 3_000,
  },
  shedsJoins: {
    busy: ({ utilisation }) => utilisation > 0.95,
    calm: ({ utilisation }) => utilisation <= 0.85,
    onAfterMs: 3_000,
    offAfterMs: 1_000,
  },
  // Memory does not come and go with a burst: there is nothing to wait for.
  releasesMemory: {
    busy: ({ memoryShare }) => memoryShare > 0.85,
    calm: ({ memoryShare }) => memoryShare <= 0.8,
    onAfterMs: 0,
    offAfterMs: 0,
  },
}

const off: Verdict = { isOn: false, doubtedSinceMs: null }

/** A node that has just begun. */
export const calmNode: NodeLoad = { refusesPlacements: off, shedsJoins: off, releasesMemory: off }

/**
 * What a node makes of one more sample. A verdict changes when every sample of a whole while spoke against it: one that was
 * paused, or collected garbage, or loaded a hundred actors, is not overloaded.
 */
export function stepLoad(before: NodeLoad, sample: LoadSample, nowMs: number): NodeLoad {
  return {
    refusesPlacements: judge(before.refusesPlacements, rules.refusesPlacements, sample, nowMs),
    shedsJoins: judge(before.shedsJoins, rules.shedsJoins, sample, nowMs),
    releasesMemory: judge(before.releasesMemory, rules.releasesMemory, sample, nowMs),
  }
}

function judge({ isOn, doubtedSinceMs }: Verdict, rule: Rule, sample: LoadSample, nowMs: number): Verdict {
  const isDoubted = isOn ? rule.calm(sample) : rule.busy(sample)
  if (!isDoubted) return { isOn, doubtedSinceMs: null }
  const sinceMs = doubtedSinceMs ?? nowMs
  const isOver = nowMs - sinceMs >= (isOn ? rule.offAfterMs : rule.onAfterMs)
  return isOver ? { isOn: !isOn, doubtedSinceMs: null } : { isOn, doubtedSinceMs: sinceMs }
}
