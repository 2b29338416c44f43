import type { RecordingBook } from '../../persistence/recordings/port.ts'
import type { RecordingOutcome } from '../../protocol/recordings/workflow.ts'
import type { RecordingFiles } from '../../workflows/index.ts'

type Step = 'seal' | 'mix' | 'checksum' | 'upload' | 'verify'

/** Files that are none: they do as they are told, and write down what was asked of them. */
export class ScriptedFiles implements RecordingFiles {
  /** What the store is found to give back, one answer a look; then what it was given. */
  verdicts: boolean[] = []
  /** What goes wrong first, by step. */
  readonly failures = new Map<Step, Error[]>()
  /** Mixing takes for ever. */
  isHeld = false
  readonly #steps = new Map<string, string[]>()

  steps(recordingId: string): readonly string[] {
    return this.#steps.get(recordingId) ?? []
  }

  seal = (id: string) => this.#did(id, 'seal', { segments: 1 })
  checksum = (id: string) => this.#did(id, 'checksum', { sha256: 'a'.repeat(64), bytes: 5 })
  upload = (id: string) => this.#did(id, 'upload', `${id}/a.ogg`)
  verify = (id: string) => this.#did(id, 'verify', this.verdicts.shift() ?? true)
  mix = async (id: string) => {
    const done = await this.#did(id, 'mix', { lengthMs: 60_000 })
    return this.isHeld ? new Promise<never>(() => undefined) : done
  }

  cleanUp = (id: string, outcome: string) => {
    this.#note(id, `clean up: ${outcome}`)
    return Promise.resolve()
  }

  isFinal = (error: unknown) => error instanceof RangeError

  #did<Value>(id: string, step: Step, value: Value): Promise<Value> {
    this.#note(id, step)
    const failure = this.failures.get(step)?.shift()
    return failure ? Promise.reject(failure) : Promise.resolve(value)
  }

  #note(id: string, step: string): void {
    this.#steps.set(id, [...this.steps(id), step])
  }
}

/** A record of recordings in memory. */
export class ScriptedBook implements RecordingBook {
  readonly outcomes = new Map<string, RecordingOutcome>()

  end = () => Promise.resolve()
  read = () => Promise.resolve(null)
  conclude = (id: string, outcome: RecordingOutcome) => {
    if (!this.outcomes.has(id)) this.outcomes.set(id, outcome)
    return Promise.resolve(this.outcomes.get(id)?.status ?? outcome.status)
  }
}
