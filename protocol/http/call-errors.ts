import { errorRow, type ErrorCode } from '../errors.ts'
import type { AnyEndpoint } from './endpoint.ts'

/** Refusals of every call with a token. RETRY_LATER: the issuer's keys cannot be had right now. */
const tokenErrors = ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'RETRY_LATER'] as const

/** Refusals of every call with a body. */
const bodyErrors = ['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const

/** What any call that leads to a room may meet there, whatever it asks. */
const roomErrors = [
  'MAILBOX_FULL',
  'OVERLOADED',
  'RETRY_LATER',
  'NO_OWNER',
  'ROOM_UNREACHABLE',
  'TOO_LARGE',
  'OUTCOME_UNKNOWN',
] as const

/** Changes something, so that it may be sent again under an `Idempotency-Key`. */
export const takesIdempotencyKey = ({ auth, method }: AnyEndpoint): boolean => auth === 'token' && method !== 'GET'

/** What tells whether the process lives is never refused for being asked often. */
const isLimited = ({ path }: AnyEndpoint): boolean => !path.startsWith('/health')

const isChecked = (endpoint: AnyEndpoint): boolean =>
  (endpoint.params ?? endpoint.query ?? endpoint.body) !== undefined || takesIdempotencyKey(endpoint)

/** Every code that a call may be refused with: its own, and those that come from what it is made of. Sorted by status, then name. */
export function errorsOfCall(endpoint: AnyEndpoint): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>([
    ...(endpoint.errors ?? []),
    ...(endpoint.auth === 'token' ? [...tokenErrors, ...roomErrors] : []),
    ...(endpoint.body ? bodyErrors : []),
    ...(isChecked(endpoint) ? (['VALIDATION_FAILED'] as const) : []),
    ...(isLimited(endpoint) ? (['RATE_LIMITED'] as const) : []),
    'INTERNAL',
  ])
  return [...codes].sort((a, b) => errorRow(a).http - errorRow(b).http || (a < b ? -1 : 1))
}
