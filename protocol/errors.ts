/** One row of the error table. */
export interface ErrorRow {
  /** HTTP status of the answer. */
  readonly http: number
  /** WebSocket close code, where the error ends the connection; null where the socket stays open. */
  readonly ws: number | null
  /** Whether the same request, sent again unchanged, may succeed. */
  readonly retry: boolean
  /** What the caller reads. Never carries internals. */
  readonly publicText: string
}

const row = (http: number, publicText: string, more: Partial<Pick<ErrorRow, 'ws' | 'retry'>> = {}): ErrorRow => ({
  http,
  ws: more.ws ?? null,
  retry: more.retry ?? false,
  publicText,
})

/**
 * Every error a caller can meet, over REST, over the socket and between processes. `docs/operations/errors.md` repeats
 * this table for people and a test holds the two together.
 */
export const errorTable = {
  MALFORMED_REQUEST: row(400, 'That is no HTTP that can be read in one way only.'),
  REQUEST_TIMEOUT: row(408, 'The request did not come in time.', { retry: true }),
  HEADERS_TOO_LARGE: row(431, 'The headers are over the limit.'),
  MALFORMED_JSON: row(400, 'The body or frame is not valid JSON.'),
  UNKNOWN_FRAME: row(400, 'There is no frame of this type.'),
  VALIDATION_FAILED: row(400, 'A field is missing, unknown or of the wrong shape.'),
  BODY_TOO_LARGE: row(413, 'The request body is over the limit.'),
  UNSUPPORTED_MEDIA_TYPE: row(415, 'The body has to be application/json.'),
  NOT_FOUND: row(404, 'There is nothing at this address.'),
  METHOD_NOT_ALLOWED: row(405, 'This address does not take that method.'),

  TOKEN_MISSING: row(401, 'A bearer token is needed.', { ws: 4401 }),
  TOKEN_INVALID: row(401, 'The token is not valid here.', { ws: 4401 }),
  TOKEN_EXPIRED: row(401, 'The token has expired.', { ws: 4401 }),
  TOKEN_REVOKED: row(401, 'The token is taken no more.', { ws: 4401 }),
  HELLO_EXPECTED: row(400, 'The first frame has to be hello.', { ws: 4400 }),
  HELLO_TIMEOUT: row(408, 'No hello came in time.', { ws: 4408 }),
  SLOW_CONSUMER: row(503, 'The socket could not keep up. Connect again and resume.', { ws: 4413, retry: true }),
  FLOODING: row(429, 'The socket went on sending more than it may. Connect again later.', { ws: 4429, retry: true }),
  GATEWAY_STOPPING: row(503, 'This gateway is going away. Connect again and resume.', { ws: 1012, retry: true }),

  FORBIDDEN: row(403, 'The caller may not do this.'),
  ACTING_USER_MISMATCH: row(403, 'The body names another user than the token.'),
  BANNED: row(403, 'The user is kept out by a ban.'),
  PASSWORD_REQUIRED: row(403, 'The room asks for its password.'),
  PASSWORD_WRONG: row(403, 'That is not the password of the room.'),

  ROOM_NOT_FOUND: row(404, 'There is no such room.'),
  ROOM_EXISTS: row(409, 'The room exists already.'),
  ROOM_CLOSED: row(410, 'The room is closed.'),
  ROOM_FULL: row(409, 'The room is full.'),
  NO_STAGE: row(409, 'The room has no stage.'),
  STAGE_FULL: row(409, 'Every place on stage is taken.'),
  QUEUE_FULL: row(409, 'As many people wait as may.'),
  NOT_IN_QUEUE: row(409, 'That user is not in the queue.'),
  NOT_INVITED: row(409, 'That user was not invited on stage.'),
  NOT_ON_STAGE: row(409, 'That user is not on stage.'),
  ALREADY_IN_ROOM: row(409, 'The user has a seat in the room already.'),
  SESSION_NOT_FOUND: row(404, 'There is no such session in this room.'),
  PARTICIPANT_NOT_FOUND: row(404, 'That user is not in the room.'),
  TURN_NOT_CONFIGURED: row(409, 'There is no TURN server here, so nothing can be relayed.'),
  SIGNAL_INVALID: row(400, 'The description or the candidate is not one of audio over WebRTC.'),
  TOO_MANY_VOLUMES: row(409, 'The seat has set as many volumes as it may.'),
  ROOM_NOT_LINKED: row(409, 'The room is not linked to the room from which you would speak.'),
  NOT_LINKED: row(409, 'The room does not link these two participants.'),
  NOT_SANCTIONED: row(409, 'That user carries no such sanction.'),
  TOO_MANY_SANCTIONS: row(409, 'The room, the zone, the guild or the service carries as many sanctions as it may.'),
  SANCTIONS_CHANGED: row(503, 'What stands on the user changed just now. Try again.', { retry: true }),
  INVITE_NOT_FOUND: row(404, 'There is no such invite.'),
  INVITE_NOT_FOR_YOU: row(403, 'The invite is for somebody else.'),
  INVITE_EXPIRED: row(410, 'The invite has expired.'),
  INVITE_REVOKED: row(410, 'The invite was taken back or turned down.'),
  INVITE_USED_UP: row(409, 'The invite was used as often as it may be.'),
  TOO_MANY_INVITES: row(409, 'The room has as many open invites as it may.'),
  TOO_MANY_ROLES: row(409, 'The room has given as many roles as it may.'),
  TOO_MANY_SESSIONS: row(409, 'The connection carries as many rooms as it may.'),

  WEBHOOK_NOT_FOUND: row(404, 'There is no such webhook.'),
  DELIVERY_NOT_FOUND: row(404, 'There is no such delivery of this webhook, or not any more.'),
  WEBHOOK_URL_REFUSED: row(400, 'Nothing is sent to such an address.'),
  TOO_MANY_WEBHOOKS: row(409, 'There are as many webhooks as may be.'),
  WEBHOOKS_OFF: row(501, 'This deployment has no webhooks.'),
  RAID_NOT_FOUND: row(404, 'There is no such raid.'),
  OCCURRENCE_NOT_FOUND: row(404, 'The raid does not happen then.'),
  RAID_OVER: row(410, 'The raid is over or was cancelled.'),
  RAID_UNDER_WAY: row(409, 'The raid has begun: its start is not moved any more.'),
  RAID_FULL: row(409, 'As many have signed up as may.'),
  RAID_ROLE_FULL: row(409, 'As many have signed up for that role as may.'),
  TOO_MANY_RAIDS: row(409, 'As many raids are planned as may be.'),
  TOO_MANY_SIGNUPS: row(409, 'As many people have answered as may.'),

  ZONE_NOT_FOUND: row(404, 'There is no such zone.'),
  ZONE_EXISTS: row(409, 'The zone exists already.'),
  ZONE_CLOSED: row(410, 'The zone is closed.'),
  ZONE_FULL: row(409, 'The zone is full.'),
  MAP_CHANGED: row(409, 'The zone is cut into other regions by now.'),
  TOO_MANY_REGIONS: row(409, 'The zone is cut into as many regions as it may.'),
  NOT_IN_ZONE: row(409, 'The connection is not in that zone.'),
  NOT_IN_EARSHOT: row(409, 'That player is not in earshot.'),

  RATE_LIMITED: row(429, 'That was asked too often. Try again after a while.', { retry: true }),
  MAILBOX_FULL: row(503, 'The room has more to do than it can take. Try again.', { retry: true }),
  OVERLOADED: row(503, 'The service has more to do than it can take. Try again.', { retry: true }),
  TOO_MANY_IN_FLIGHT: row(429, 'Too many commands wait for an answer.', { retry: true }),
  RETRY_LATER: row(503, 'The room cannot take the command right now. It was not carried out; try again.', {
    retry: true,
  }),
  NO_OWNER: row(503, 'Nobody runs the room right now.', { retry: true }),
  ROOM_UNREACHABLE: row(503, 'The node that runs the room cannot be reached from here right now.', { retry: true }),
  TOO_LARGE: row(500, 'What had to be sent is larger than can be sent at once.'),
  OUTCOME_UNKNOWN: row(504, 'No answer came in time. Send the same command id again to learn the outcome.', {
    retry: true,
  }),
  INTERNAL: row(500, 'Something went wrong on our side.', { ws: 1011, retry: true }),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorTable

/** The row of a code, typed as a row rather than as that one literal. */
export const errorRow = (code: ErrorCode): ErrorRow => errorTable[code]

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(errorTable, value)

/** The one error class. Codes are mapped to HTTP, WebSocket and Temporal only at the edges. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Facts the caller may see, such as the fields that failed. Becomes `details`. */
  readonly data: Record<string, unknown> | undefined

  constructor(code: ErrorCode, data?: Record<string, unknown>, options?: ErrorOptions) {
    super(code, options)
    this.name = 'AppError'
    this.code = code
    this.data = data
  }
}

/** The body of every refused REST call and, with a `type`, of every error frame. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly request_id: string
  readonly details?: Record<string, unknown>
}

/** What the caller reads for an error; anything that is not an AppError is shown as INTERNAL. */
export function errorBody(error: unknown, requestId: string): ErrorBody {
  const known = error instanceof AppError ? error : new AppError('INTERNAL')
  return {
    code: known.code,
    message: errorRow(known.code).publicText,
    request_id: requestId,
    ...(known.data ? { details: known.data } : {}),
  }
}
