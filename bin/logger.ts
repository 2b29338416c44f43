import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino'
import type { Logger } from '../protocol/ports.ts'
import type { CommonConfig } from './config.ts'
import { withoutSecrets } from './log-redaction.ts'

const wrap = (logger: PinoLogger): Logger => ({
  debug: (fields, event) => logger.debug(fields, event),
  info: (fields, event) => logger.info(fields, event),
  warn: (fields, event) => logger.warn(fields, event),
  error: (fields, event) => logger.error(fields, event),
  child: (fields) => wrap(logger.child(withoutSecrets(fields))),
})

/** With stack and cause, whose texts are looked through like any other. */
const errorOf = (error: Error): object => withoutSecrets(pino.stdSerializers.errWithCause(error))

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
        formatters: { level: (name) => ({ level: name }), log: withoutSecrets },
        serializers: { err: errorOf, error: errorOf },
      },
      destination,
    ),
  )
}
