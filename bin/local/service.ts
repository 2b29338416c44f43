/** One service that the system leans on, raised by us or given by a setting. */
export interface LocalService {
  readonly name: string
  /** Where it is reached: a URL, or host:port. */
  readonly address: string
  /** One line for people: what it is, and where its data is. No passwords. */
  describe(): string
  /** Stops what we raised, in a bounded time; a given service is left alone. */
  stop(): Promise<void>
}

/** Progress for people, one sentence at a time. */
export type Report = (sentence: string) => void

/** Ends what the machine lends for a time: called for every process that is started, and again when it ended. */
export interface ProcessWatch {
  started(name: string, pid: number, stopSignal: NodeJS.Signals): void
  ended(pid: number): void
}

/** A service cannot be had. The message is for people and says what to do. */
export class Unavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unavailable'
  }
}

/** A service that a setting names. */
export const given = (name: string, setting: string, address: string, shown: string): LocalService => ({
  name,
  address,
  describe: () => `${shown} (given by ${setting})`,
  stop: () => Promise.resolve(),
})
