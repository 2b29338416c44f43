import type { Page } from 'playwright-core'
import type { VoiceProbe } from './voice-probe.ts'

/** A page that has the probe in it, and a door that it opens to tests. */
export abstract class ProbedPage<Demo> {
  readonly page: Page
  readonly name: string
  readonly #door: string
  readonly #said: string[] = []

  /** `door`: the name under which the page has it, of `window`. */
  protected constructor(page: Page, name: string, door: string) {
    this.page = page
    this.name = name
    this.#door = door
    page.on('console', (message) => this.#said.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => this.#said.push(`error: ${error.message}`))
  }

  /** Evaluates a question to the page's door. */
  ask<Answer, Given = undefined>(
    question: (demo: Demo, given: Given) => Answer,
    ...given: Given extends undefined ? [] : [Given]
  ): Promise<Awaited<Answer>> {
    return this.#evaluate(this.#door, question, given[0])
  }

  /** Evaluates a question to what was noted in the page. */
  probe<Answer, Given = undefined>(
    question: (probe: VoiceProbe, given: Given) => Answer,
    ...given: Given extends undefined ? [] : [Given]
  ): Promise<Awaited<Answer>> {
    return this.#evaluate('voiceProbe', question, given[0])
  }

  /** What the page wrote to its console, for a failure. */
  said(): string {
    return [`--- ${this.name} said:`, ...this.#said.slice(-20)].join('\n')
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }

  #evaluate<Answer>(
    door: string,
    question: (door: never, given: never) => Answer,
    given: unknown,
  ): Promise<Awaited<Answer>> {
    return this.page.evaluate(
      ({ source, name, argument }) => {
        const asked = (0, eval)(source) as (door: unknown, given: unknown) => unknown
        return asked(Reflect.get(globalThis, name), argument)
      },
      { source: `(${question.toString()})`, name: door, argument: given },
    ) as Promise<Awaited<Answer>>
  }
}
