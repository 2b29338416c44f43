import { SeededRandom } from '../support/seeded-random.ts'
import { Fleet } from './fleet.ts'
import type { Scenario } from './scenarios.ts'
import { verdict } from './verdict.ts'
import { ChaosWorld, type RedisKind } from './world.ts'

/** What one scenario came to. */
export interface Outcome {
  readonly scenario: string
  readonly acked: number
  readonly refused: number
  readonly unknown: number
  /** The longest that any room went without acknowledging a command, ms. */
  readonly longestPauseMs: number
}

export interface Result {
  readonly outcomes: readonly Outcome[]
  /** Broken promises of the whole run. */
  readonly faults: readonly string[]
}

/** Goes through the scenarios of each kind of Redis in a cluster of its own; the first broken promise ends it. */
export async function chaos(
  seed: number,
  scenarios: readonly Scenario[],
  told: (outcome: Outcome) => void = () => undefined,
): Promise<Result> {
  const outcomes: Outcome[] = []
  for (const kind of ['one', 'sentinels'] as const) {
    const chosen = scenarios.filter(({ redis }) => redis === kind)
    if (chosen.length === 0) continue
    const result = await inOneCluster(seed, kind, chosen, told)
    outcomes.push(...result.outcomes)
    if (result.faults.length > 0) return { outcomes, faults: result.faults }
  }
  return { outcomes, faults: [] }
}

/** Goes through scenarios one after the other, with commands under way all the time, and judges the whole. */
async function inOneCluster(
  seed: number,
  kind: RedisKind,
  scenarios: readonly Scenario[],
  told: (outcome: Outcome) => void,
): Promise<Result> {
  const world = await ChaosWorld.raise(new SeededRandom(seed), kind)
  let failed = true
  let fleet: Fleet | null = null
  try {
    fleet = await Fleet.board(world, 6)
    fleet.begin()
    await fleet.allAnswered(performance.now())
    const outcomes: Outcome[] = []
    for (const scenario of scenarios) {
      const before = fleet.writes.length
      const beganMs = performance.now()
      await scenario.run(world)
      await fleet.allAnswered(performance.now())
      const writes = fleet.writes.slice(before)
      const count = (of: string) => writes.filter(({ outcome }) => outcome === of).length
      const outcome = {
        ...{ scenario: scenario.name, acked: count('acked'), refused: count('refused'), unknown: count('unknown') },
        longestPauseMs: fleet.longestPauseMs(beganMs, performance.now()),
      }
      outcomes.push(outcome)
      told(outcome)
    }
    await fleet.end()
    const faults = verdict(await fleet.history())
    failed = faults.length > 0
    return { outcomes, faults }
  } finally {
    fleet?.close()
    await world.end(failed)
  }
}
