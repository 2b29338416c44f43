import { ms, perSecond, type Figure } from './figures.ts'
import { quantile, type Stretch } from './open-loop.ts'

/** One rung: what was offered, what came back, and what it cost. */
export interface Rung {
  readonly stretch: Stretch
  /** CPU time of each server, in the order in which they were given, microseconds a message. */
  readonly cpuUs: readonly number[]
  readonly refused: number
}

/** A server whose CPU time counts. */
export interface Metered {
  /** Seconds used so far. */
  cpuSeconds(): Promise<number>
}

export interface Ladder {
  /** Messages in a second, rising. */
  readonly rates: readonly number[]
  /** A rung holds when its p99 is below, ms, nothing is refused, and 97 % of the rate comes back. */
  readonly p99Ms: number
  readonly servers: readonly Metered[]
  /** Refusals so far. */
  readonly refused: () => number
  readonly climb: (rate: number) => Promise<Stretch>
}

/** Climbs until a rung does not hold. Gives all that were tried, the last one being that. */
export async function climb({ rates, p99Ms, servers, refused, climb: step }: Ladder): Promise<readonly Rung[]> {
  const rungs: Rung[] = []
  for (const rate of rates) {
    const rung = await oneRung(rate, servers, refused, step)
    rungs.push(rung)
    if (!holds(rung, p99Ms)) break
  }
  return rungs
}

async function oneRung(
  rate: number,
  servers: readonly Metered[],
  refused: () => number,
  step: (rate: number) => Promise<Stretch>,
): Promise<Rung> {
  const refusedBefore = refused()
  const before = await Promise.all(servers.map((server) => server.cpuSeconds()))
  const stretch = await step(rate)
  const after = await Promise.all(servers.map((server) => server.cpuSeconds()))
  const messages = Math.max(stretch.latencies.length, 1)
  return {
    stretch,
    cpuUs: after.map((seconds, index) => ((seconds - (before[index] ?? 0)) * 1e6) / messages),
    refused: refused() - refusedBefore,
  }
}

export const holds = ({ stretch, refused }: Rung, p99Ms: number): boolean =>
  stretch.unanswered === 0 &&
  refused === 0 &&
  stretch.answered >= stretch.offered * 0.97 &&
  quantile(stretch.latencies, 0.99) <= p99Ms

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** A rung in words. */
export function inWords({ stretch, cpuUs, refused }: Rung): string {
  const { offered, answered, latencies, unanswered } = stretch
  const lost = [refused > 0 ? `${refused} refused` : '', unanswered > 0 ? `${unanswered} not answered` : '']
  return [
    `${perSecond(answered)} of ${perSecond(offered)} offered`,
    `p50 ${ms(quantile(latencies, 0.5))}, p99 ${ms(quantile(latencies, 0.99))}`,
    `${sum(cpuUs).toFixed(1)} us of CPU a message (${cpuUs.map((us) => us.toFixed(1)).join(' + ')})`,
    ...lost.filter((text) => text !== ''),
  ].join(', ')
}

/** The highest rung that held, and all of them as steps. */
export function figureOf(what: string, goal: string, rungs: readonly Rung[], p99Ms: number): Figure {
  const held = rungs.filter((rung) => holds(rung, p99Ms)).at(-1)
  const steps = rungs.map((rung) => `${holds(rung, p99Ms) ? 'held' : 'did not hold'}: ${inWords(rung)}`)
  return { what, goal, value: held ? inWords(held) : `no rung held with p99 under ${ms(p99Ms)}`, steps }
}
