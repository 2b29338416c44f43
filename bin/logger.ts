import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino'
import type { Logger } from '../protocol/ports.ts'
import type { CommonConfig } from './config.ts'

/** Fields that are never written out, wherever they stand up to two levels deep, in headers, frames and errors. */
const secretFields = [
  'authorization',
  'Authorization',
  'token',
  'password',
  'password_hash',
  'secret',
  'sdp',
  'candidate',
  'cookie',
]
const redactedPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`])

const wrap = (logger: PinoLogger): Logger => ({
  debug: (fields, event) => logger.debug(fields, event),
  info: (fields, event) => logger.info(fields, event),
  warn: (fields, event) => logger.warn(fields, event),
  error: (fields, event) => logger.error(fields, event),
  child: (fields) => wrap(logger.child(fields)),
})

/** What every line of a process carries. */
export interface LogScope {
  readonly process: string
  readonly role: string
}

/**
 * One JSON object a line on stdout, written before the call returns, so that the last line before a crash is not lost:
 * `time` in ISO 8601, `level` by name, the event as `msg`, and the fields. Errors under `err` or `error` are written with their stack and cause.
 */
export function createLogger(
  scope: LogScope,
  { level }: CommonConfig['log'],
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Logger {
  return wrap(
    pino(
      {
        level,
        base: { ...scope },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (name) => ({ level: name }) },
        serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
        redact: { paths: redactedPaths, censor: '[redacted]' },
      },
      destination,
    ),
  )
}
