import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { AppError, type ErrorCode } from '../../protocol/errors.ts'
import { activityFailure, answered } from './failures.ts'

const at = { epoch: 1, seq: 1 }

const outcomes: [string, CommandResult, ErrorCode, boolean][] = [
  ['a room without an owner', { status: 'retry_after', code: 'NO_OWNER', afterMs: 50 }, 'NO_OWNER', true],
  ['a fenced write', { status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 }, 'RETRY_LATER', true],
  ['a full mailbox', { status: 'retry_after', code: 'MAILBOX_FULL', afterMs: 50 }, 'MAILBOX_FULL', true],
  ['silence', { status: 'unknown' }, 'OUTCOME_UNKNOWN', true],
  ['a room that does not exist', { status: 'rejected', at, code: 'ROOM_NOT_FOUND' }, 'ROOM_NOT_FOUND', false],
  ['a refusal by rule', { status: 'rejected', at, code: 'FORBIDDEN' }, 'FORBIDDEN', false],
]

describe('what becomes of an activity that asked the cluster', () => {
  for (const [what, result, code, retried] of outcomes) {
    test(`${what} is ${retried ? 'asked again' : 'final'}`, () => {
      assert.throws(
        () => answered(result),
        (error: unknown) => {
          const failure = activityFailure(error)
          assert.equal(failure.type, code)
          assert.equal(failure.nonRetryable, !retried)
          assert.equal(failure.cause, error)
          return true
        },
      )
    })
  }

  test('an answer is handed on as it is', () => {
    assert.deepEqual(answered({ status: 'ok', at, value: { lifted: true } }), { lifted: true })
    assert.equal(answered({ status: 'accepted', at, value: null }), null)
  })

  test('an error without a code is asked again', () => {
    assert.equal(activityFailure(new Error('socket hang up')).nonRetryable, false)
    assert.equal(activityFailure('thrown text').nonRetryable, false)
  })

  test('an error of our own that may not be retried is final', () => {
    assert.equal(activityFailure(new AppError('VALIDATION_FAILED')).nonRetryable, true)
  })
})
