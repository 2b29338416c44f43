import { globSync } from 'node:fs'

/** What a suite cannot run without. */
export type Need = 'postgres' | 'redis' | 'temporal' | 'chromium'

/** Test files that run together, on the same services. */
export interface Suite {
  readonly name: string
  readonly patterns: readonly string[]
  readonly needs: readonly Need[]
  /** Files at once. A suite that raises whole clusters has the machine to itself. */
  readonly concurrency: number
  /** The suite is stopped after so long, s. */
  readonly withinS: number
  /** Only run where it is asked for by name: its tests would take a whole run past its bound on two slow cores. */
  readonly isLong?: true
}

const notTests = ['node_modules/**', 'test/**', 'dist/**', '.data/**']

/** In the order they run: what needs least comes first, while the rest is still being fetched. */
export const suites: readonly Suite[] = [
  { name: 'unit', patterns: ['**/*.test.ts', 'test/unit/*.test.ts'], needs: [], concurrency: 2, withinS: 240 },
  { name: 'sim', patterns: ['test/sim/*.test.ts'], needs: [], concurrency: 1, withinS: 420 },
  {
    name: 'integration',
    patterns: ['test/integration/*.test.ts'],
    needs: ['postgres', 'redis'],
    concurrency: 2,
    withinS: 240,
  },
  {
    name: 'matrix',
    patterns: ['test/matrix/*.test.ts'],
    needs: ['postgres', 'redis'],
    concurrency: 2,
    withinS: 420,
  },
  {
    name: 'browser',
    patterns: ['test/browser/*.test.ts'],
    needs: ['postgres', 'redis', 'chromium'],
    concurrency: 1,
    withinS: 260,
  },
  { name: 'workflows', patterns: ['test/workflows/*.test.ts'], needs: ['temporal'], concurrency: 2, withinS: 240 },
  {
    name: 'cluster',
    patterns: ['test/cluster/*.test.ts'],
    needs: ['postgres', 'redis', 'temporal'],
    concurrency: 1,
    withinS: 780,
  },
  {
    name: 'long',
    patterns: ['test/long/*.test.ts'],
    needs: ['postgres', 'redis', 'temporal'],
    concurrency: 1,
    withinS: 600,
    isLong: true,
  },
]

/** The test files of a suite, by name. */
export function filesOf(suite: Suite, checkout: string): readonly string[] {
  const found = suite.patterns.flatMap((pattern) => {
    const exclude = pattern.startsWith('test/') ? [] : notTests
    return globSync(pattern, { cwd: checkout, exclude })
  })
  return [...new Set(found)].sort()
}
