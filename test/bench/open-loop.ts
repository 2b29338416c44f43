import { setTimeout as sleep } from 'node:timers/promises'

/** What came of one stretch of load. */
export interface Stretch {
  /** Planned sends in a second. */
  readonly offered: number
  /** Answers in a second, from the first planned send to the last answer. */
  readonly answered: number
  /** From the planned time of each send to its answer, ms; a send that was late for the generator's own sake counts from its plan too. */
  readonly latencies: Float64Array
  /** Sends without an answer when the patience ended. */
  readonly unanswered: number
}

export interface Load {
  /** Sends in a second. */
  readonly rate: number
  readonly seconds: number
  /** After the last send so long is waited for answers, ms. */
  readonly patienceMs: number
  /** Sends number `index`; calls `answered` once, then or later. */
  readonly send: (index: number, answered: () => void) => void
}

/**
 * Open loop: sends by the plan, whether or not answers come, so that a server that stalls is charged for everybody who
 * would have waited.
 */
export async function openLoop({ rate, seconds, patienceMs, send }: Load): Promise<Stretch> {
  const total = Math.round(rate * seconds)
  const latencies = new Float64Array(total)
  const perMs = rate / 1_000
  const beganMs = performance.now()
  let sent = 0
  let answers = 0
  let lastMs = beganMs
  const one = (index: number) => {
    let isOpen = true
    send(index, () => {
      if (!isOpen) return
      isOpen = false
      lastMs = performance.now()
      latencies[answers] = lastMs - (beganMs + index / perMs)
      answers += 1
    })
  }
  while (sent < total) {
    const due = Math.min(total, Math.floor((performance.now() - beganMs) * perMs) + 1)
    for (; sent < due; sent += 1) one(sent)
    // Not a busy loop: the servers need the core.
    if (sent < total) await sleep(1)
  }
  const untilMs = performance.now() + patienceMs
  while (answers < total && performance.now() < untilMs) await sleep(1)
  const tookS = (lastMs - beganMs) / 1_000
  return {
    offered: rate,
    answered: answers / tookS,
    latencies: latencies.subarray(0, answers).sort(),
    unanswered: total - answers,
  }
}

/** Of sorted latencies. */
export const quantile = (sorted: Float64Array, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
