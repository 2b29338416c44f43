/** One measured thing. */
export interface Figure {
  readonly what: string
  readonly value: string
  readonly goal: string
  /** Every step of a measurement that has some. */
  readonly steps?: readonly string[]
}

/** Measures those that are wanted, all where none is named, and says each figure as it comes. */
export async function measureAll(
  measures: Readonly<Record<string, () => Promise<readonly Figure[]> | readonly Figure[]>>,
  wanted: readonly string[],
): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [name, measure] of Object.entries(measures)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    for (const figure of await measure()) {
      console.log(`${figure.what}: ${figure.value} (goal: ${figure.goal})`)
      figures.push(figure)
    }
  }
  return figures
}

/** The value below which a share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')} /s`
export const p50p99 = (samples: readonly number[]): string =>
  `p50 ${ms(quantile(samples, 0.5))}, p99 ${ms(quantile(samples, 0.99))}`

/** Figures as a table for docs and people. */
export const table = (figures: readonly Figure[]): string =>
  [
    '| what | measured | goal |',
    '| --- | --- | --- |',
    ...figures.map(({ what, value, goal }) => `| ${what} | ${value} | ${goal} |`),
  ].join('\n')
