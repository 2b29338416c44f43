import type { Placement } from '../../cluster/placement/port.ts'
import { mutations } from './mutations/index.ts'
import { tellOf } from './plan.ts'
import { run, type Verdict } from './run.ts'
import { shrink } from './shrink.ts'

const lastLines = 8

/** The command that runs it again. */
export function replayOf(
  { seed, scene }: Pick<Verdict, 'seed' | 'scene'>,
  mutation: string | null,
  faults?: readonly number[],
): string {
  const of = scene === 'tally' ? '' : ` --scene ${scene}`
  const without = mutation === null ? '' : ` --mutation ${mutation}`
  return `npm run sim -- --seed ${seed}${of}${without}${faults ? ` --faults ${faults.join(',')}` : ''}`
}

/** Says what a seed broke, with the fewest faults that it takes, and how to see it again. */
export async function tellFailure(
  verdict: Verdict,
  mutation: string | null,
  placement: Placement,
  say: (line: string) => void,
): Promise<void> {
  const { seed, scene } = verdict
  const broken = verdict.violations[0]?.invariant
  const make = mutation === null ? undefined : mutations[mutation]?.make
  const withFaults = (faults: readonly number[]) =>
    run(seed, { placement, scene, faults, ...(make ? { mutation: make } : {}) })
  const kept = await shrink(
    verdict.faults.map(({ id }) => id),
    async (faults) => (await withFaults(faults)).violations[0]?.invariant === broken,
  )
  const shrunk = await withFaults(kept)
  say(`\nseed ${seed} breaks ${broken ?? '?'}, with ${kept.length} of ${verdict.faults.length} faults:`)
  for (const fault of shrunk.faults) say(`  ${tellOf(fault)}`)
  for (const { invariant, what, atMs } of shrunk.violations.slice(0, 4))
    say(`  ${atMs.toFixed(0)} ms  ${invariant}  ${what}`)
  say(`  the end of what happened:`)
  for (const line of shrunk.last.slice(-lastLines)) say(`    ${line}`)
  say(`  again: ${replayOf(verdict, mutation, kept)}`)
}
