import { spoken } from './pause.ts'
import type { Paint } from './paint.ts'
import type { Report } from './service.ts'

/** One thing that is being raised. */
export interface Step {
  /** What it does at the moment. */
  readonly report: Report
  done(sentence: string): void
  failed(sentence: string): void
}

/** Lines for the person who waits, each with the seconds since the start. */
export class Progress {
  readonly #write: (line: string) => void
  readonly #paint: Paint
  readonly #startedMs = performance.now()

  constructor(write: (line: string) => void, paint: Paint) {
    this.#write = write
    this.#paint = paint
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs
  }

  say(sentence: string): void {
    const seconds = `${(this.elapsedMs / 1_000).toFixed(1)} s`
    const [first = '', ...rest] = sentence.split('\n')
    this.#write(`${this.#paint('dim', `[${seconds.padStart(7)}]`)} ${first}`)
    for (const line of rest) this.#write(`${' '.repeat(10)} ${line}`)
  }

  step(name: string): Step {
    const startedMs = performance.now()
    const took = () => spoken(performance.now() - startedMs)
    return {
      report: (sentence) => this.say(`${name}: ${sentence}`),
      done: (sentence) => this.say(`${this.#paint('green', '✓')} ${name}: ${sentence} (${took()})`),
      failed: (sentence) => this.say(`${this.#paint('red', '✗')} ${name}: ${sentence}`),
    }
  }
}
