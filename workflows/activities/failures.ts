import { ApplicationFailure } from '@temporalio/common'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { AppError, errorRow } from '../../protocol/errors.ts'

/**
 * The answer of a command that came to something; throws an `AppError` for one that did not: its own code for a refusal and
 * for "not carried out", `OUTCOME_UNKNOWN` for silence.
 */
export function answered(result: CommandResult): unknown {
  switch (result.status) {
    case 'ok':
    case 'accepted':
      return result.value
    case 'rejected':
      throw new AppError(result.code, result.data)
    case 'retry_after':
      throw new AppError(result.code, { after_ms: result.afterMs })
    case 'unknown':
      throw new AppError('OUTCOME_UNKNOWN')
  }
}

/**
 * What Temporal is told of a failed activity. Whether the same call may succeed later is written in the error table: no
 * owner, a full mailbox, a fenced or unclear write may; a refusal by rule may not. An error without a code is a lost
 * connection or a bug that a deploy mends: retried.
 */
export function activityFailure(error: unknown): ApplicationFailure {
  if (error instanceof AppError) {
    const nonRetryable = !errorRow(error.code).retry
    return ApplicationFailure.create({ type: error.code, message: error.message, nonRetryable, cause: error })
  }
  const cause = error instanceof Error ? error : new Error(String(error))
  return ApplicationFailure.create({ type: 'INTERNAL', message: cause.message, nonRetryable: false, cause })
}
