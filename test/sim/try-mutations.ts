import type { Invariant } from './oracle.ts'
import { mutations } from './mutations/index.ts'
import type { Pool } from './pool.ts'

/** What became of one mutation. */
export interface Tried {
  readonly name: string
  /** The first seed that broke a promise, and the promise. */
  readonly caught: { readonly seed: number; readonly invariant: Invariant } | null
  readonly seeds: number
}

/** Takes each guard away in turn, until a seed notices. */
export async function tryMutations(
  pool: Pool,
  names: readonly string[],
  from: number,
  seeds: number,
  say: (line: string) => void,
): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  for (const name of names) {
    let ran = 0
    let caught: Tried['caught'] = null
    await pool.sweep({
      from,
      seeds,
      scene: mutations[name]?.scene ?? 'tally',
      mutation: name,
      onVerdict: ({ seed, violations }) => {
        ran += 1
        const [first] = violations
        if (first && (!caught || seed < caught.seed)) caught = { seed, invariant: first.invariant }
        return caught !== null
      },
    })
    tried.push({ name, caught, seeds: ran })
    say(tellOf(tried.at(-1)!))
  }
  return tried
}

const tellOf = ({ name, caught, seeds }: Tried): string =>
  caught ? `${name}: seed ${caught.seed} breaks ${caught.invariant}` : `${name}: not noticed in ${seeds} seeds`

/** Markdown. */
export function tableOf(tried: readonly Tried[]): string {
  const rows = tried.map(({ name, caught, seeds }) => {
    const found = caught ? `seed ${caught.seed} | ${caught.invariant}` : `not in ${seeds} seeds |`
    return `| \`${name}\` | ${mutations[name]?.without ?? ''} | ${found} |`
  })
  return ['', '| mutation | without | caught at | breaks |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
