/** Doubles with every failed attempt in a row, from `firstMs` up to `longestMs`. `failures` counts from 1. */
export const backOffMs = (failures: number, { firstMs, longestMs }: { firstMs: number; longestMs: number }): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30))
