import type { Placement } from '../../cluster/placement/port.ts'
import { intact, type MakeMutation } from './mutation.ts'
import type { Violation } from './oracle.ts'
import { scenes, type SceneName } from './scenes.ts'
import { faultyMs, planOf, type Fault } from './plan.ts'
import { Storm } from './storm.ts'

/** What a run came to. */
export interface Verdict {
  readonly seed: number
  readonly scene: SceneName
  readonly faults: readonly Fault[]
  readonly violations: readonly Violation[]
  /** Over everything that happened, with its time: the same for the same seed and faults. */
  readonly traceHash: string
  /** What happened last. */
  readonly last: readonly string[]
  readonly stats: {
    readonly acked: number
    readonly commits: number
    readonly takeovers: number
    readonly peaceAfterMs: number
  }
}

export interface RunOptions {
  readonly placement: Placement
  /** Default tallies. */
  readonly scene?: SceneName
  readonly mutation?: MakeMutation
  /** Only these faults of the plan. Default: all. */
  readonly faults?: readonly number[]
}

const stepMs = 100

/** Runs one seed: a cluster that is struck for six seconds of its time and then left in peace. Ends at the first violation. */
export async function run(
  seed: number,
  { placement, scene = 'tally', mutation = intact, faults: chosen }: RunOptions,
): Promise<Verdict> {
  const plan = planOf(seed)
  const faults = plan.faults.filter(({ id }) => chosen?.includes(id) ?? true)
  const { world, clients, peace } = scenes[scene]({ plan, placement, mutation: mutation() })
  const { oracle, time } = world
  const storm = new Storm(world)
  const isBroken = () => oracle.violations.length > 0
  world.start()
  storm.begin(faults)
  await time.advance(stepMs)
  clients.begin()
  while (time.monotonicMs() < faultyMs && !isBroken()) await time.advance(stepMs)
  storm.end()
  clients.end()
  peace.begin()
  const peaceAfterMs = isBroken() ? 0 : await peace.come(isBroken)
  if (!isBroken()) await peace.checkJournal()
  return {
    seed,
    scene,
    faults,
    violations: oracle.violations,
    last: oracle.trace.last,
    traceHash: oracle.trace.digest(),
    stats: { acked: clients.acked, commits: oracle.commits, takeovers: oracle.takeovers, peaceAfterMs },
  }
}
