/** One measured thing. */
export interface Figure {
  readonly what: string
  readonly value: string
  readonly goal: string
  /** Every step of a measurement that has some. */
  readonly steps?: readonly string[]
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
