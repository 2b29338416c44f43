import type { ErrorCode } from '../errors.ts'

/** Where in an actor's life an answer stands: a higher epoch is newer, then a higher seq. */
export interface Position {
  readonly epoch: number
  /** Number of the last journaled command, counted over all epochs. */
  readonly seq: number
}

/**
 * What comes of a command. Exactly these five, never silence:
 * - `ok`: class A, committed behind the fence, its effect there exactly once; or a read.
 * - `accepted`: class B or C, taken into memory only.
 * - `rejected`: a rule said no; nothing happened. Not an exception.
 * - `retry_after`: not carried out for want of an owner, room in a queue, or a database; the same id may be sent again.
 * - `unknown`: the deadline passed after dispatch. Sending the same id again tells the outcome.
 */
export type CommandResult<Value = unknown> =
  | { readonly status: 'ok'; readonly at: Position; readonly value: Value }
  | { readonly status: 'accepted'; readonly at: Position; readonly value: Value }
  | {
      readonly status: 'rejected'
      readonly at: Position
      readonly code: ErrorCode
      readonly data?: Record<string, unknown>
    }
  | { readonly status: 'retry_after'; readonly code: ErrorCode; readonly afterMs: number }
  | { readonly status: 'unknown' }
