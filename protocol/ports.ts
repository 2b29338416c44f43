/** Time comes in through here, so that a test or the simulator can drive it. */
export interface Clock {
  /** Unix time in milliseconds. May jump; used for deadlines that people see. */
  wallMs(): number
  /** Milliseconds from an arbitrary start. Never goes back; used for leases, time-outs and durations. */
  monotonicMs(): number
}

/** Cancels what it was handed out for. Calling it again, or after the fact, does nothing. */
export type Cancel = () => void

/** Timers come in through here. A timer never fires early by the monotonic clock. */
export interface Timers {
  after(delayMs: number, run: () => void): Cancel
  every(periodMs: number, run: () => void): Cancel
}

/** Randomness comes in through here. */
export interface Random {
  /** A version 4 UUID. */
  uuid(): string
  /** Uniform in [0, 1). */
  fraction(): number
}

/**
 * A log line is an event with fields: the message is a constant such as `room.passivated`, everything that varies is a
 * field. Never a token, a password, an SDP or a candidate.
 */
export interface Logger {
  debug(fields: object, event: string): void
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
  child(fields: object): Logger
}
