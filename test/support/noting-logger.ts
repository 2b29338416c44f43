import type { Logger } from '../../protocol/ports.ts'

export interface NotedLine {
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps what it is told. Its children tell it too. */
export class NotingLogger implements Logger {
  readonly lines: NotedLine[] = []
  debug = (fields: object, event: string): void => this.#note(fields, event)
  info = (fields: object, event: string): void => this.#note(fields, event)
  warn = (fields: object, event: string): void => this.#note(fields, event)
  error = (fields: object, event: string): void => this.#note(fields, event)

  child(): Logger {
    return this
  }

  /** The fields of every line of that event, oldest first. */
  of(event: string): readonly NotedLine['fields'][] {
    return this.lines.filter((line) => line.event === event).map(({ fields }) => fields)
  }

  #note(fields: object, event: string): void {
    this.lines.push({ event, fields: { ...fields } })
  }
}
