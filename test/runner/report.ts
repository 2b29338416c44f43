import { inspect } from 'node:util'

/** One event of Node's test runner, as far as it is read here. */
export interface TestEvent {
  readonly type: string
  readonly data: {
    readonly name?: string
    readonly file?: string
    readonly nesting?: number
    readonly message?: string
    readonly skip?: string | boolean
    readonly todo?: string | boolean
    readonly details?: { readonly type?: string; readonly duration_ms?: number; readonly error?: Error }
  }
}

export interface Failure {
  readonly file: string
  readonly name: string
  readonly reason: string
}

const keptLines = 120

/** Counts what the tests of one suite came to, and keeps what is worth reading of those that failed. */
export class SuiteReport {
  readonly failures: Failure[] = []
  passed = 0
  /** When each file was first heard of, and when last, ms. */
  readonly #heardOf = new Map<string, { readonly firstMs: number; lastMs: number }>()
  readonly #said = new Map<string, string[]>()
  /** Names of the tests around the one that reports, by depth. */
  readonly #path = new Map<string, string[]>()

  hear({ type, data }: TestEvent): void {
    const file = data.file ?? '?'
    // All files of a suite are put in line when it begins.
    if (type !== 'test:enqueue') this.#note(file)
    switch (type) {
      case 'test:start':
        this.#enter(file, data.nesting ?? 0, data.name ?? '?')
        break
      case 'test:pass':
        if (data.details?.type === 'suite') break
        // A test that did not run has shown nothing.
        if (isSet(data.skip) || isSet(data.todo)) this.#fail(file, data, 'was skipped')
        else this.passed += 1
        break
      case 'test:fail':
        // A group fails with its tests, which are counted themselves.
        if (isOfItsTests(data.details?.error)) break
        this.#fail(file, data, inspect(causeOf(data.details?.error), { depth: 4 }))
        break
      case 'test:stdout':
      case 'test:stderr':
        this.#keep(file, data.message ?? '')
        break
      default:
    }
  }

  get failed(): number {
    return this.failures.length
  }

  /** What a file printed last. */
  said(file: string): string {
    return (this.#said.get(file) ?? []).slice(-keptLines).join('\n')
  }

  /** The files that took at least so long, the slowest first, and how long each took, ms. */
  slowerThan(leastMs: number): readonly (readonly [file: string, ms: number])[] {
    const took = [...this.#heardOf].map(([file, { firstMs, lastMs }]) => [file, lastMs - firstMs] as const)
    return took.filter(([, ms]) => ms >= leastMs).sort(([, a], [, b]) => b - a)
  }

  #note(file: string): void {
    const nowMs = performance.now()
    const heardOf = this.#heardOf.get(file)
    if (heardOf) heardOf.lastMs = nowMs
    else this.#heardOf.set(file, { firstMs: nowMs, lastMs: nowMs })
  }

  #enter(file: string, depth: number, name: string): void {
    const path = this.#path.get(file) ?? []
    path.length = depth
    path[depth] = name
    this.#path.set(file, path)
  }

  #fail(file: string, data: TestEvent['data'], reason: string): void {
    const around = (this.#path.get(file) ?? []).slice(0, data.nesting ?? 0)
    this.failures.push({ file, name: [...around, data.name ?? '?'].join(' › '), reason })
  }

  #keep(file: string, text: string): void {
    const lines = this.#said.get(file) ?? []
    lines.push(...text.trimEnd().split('\n'))
    if (lines.length > 2 * keptLines) lines.splice(0, lines.length - keptLines)
    this.#said.set(file, lines)
  }
}

const isSet = (mark: string | boolean | undefined): boolean => mark !== undefined && mark !== false

const isOfItsTests = (error: Error | undefined): boolean =>
  error !== undefined && 'failureType' in error && error.failureType === 'subtestsFailed'

const causeOf = (error: Error | undefined): unknown => error?.cause ?? error ?? 'failed without a reason'
