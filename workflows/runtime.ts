import { Runtime, makeTelemetryFilterString, type Logger as TemporalLogger } from '@temporalio/worker'
import type { Logger } from '../protocol/ports.ts'

/**
 * Sets up what all of Temporal's native code in this process shares. Call it once, before the first worker: it takes no
 * signals, since ending in order is the process's own business, and logs through `logger`. With a `metricsPort` what the SDK counts of
 * tasks, pollers, caches and requests is served on it, under `/metrics` on loopback, in the format of Prometheus.
 */
export function installRuntime(logger: Logger, metricsPort?: number): Runtime {
  return Runtime.install({
    shutdownSignals: [],
    logger: bridged(logger),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metricsPort === undefined
        ? {}
        : { metrics: { prometheus: { bindAddress: `127.0.0.1:${metricsPort}`, useSecondsForDurations: true } } }),
    },
  })
}

/** Temporal's own sentences become a field of one constant event. What it tells of its usual course is for debugging. */
export function bridged(logger: Logger): TemporalLogger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (said: string, meta?: object): void =>
      logger[level]({ said, ...plain(meta) }, 'temporal.says')
  const levels = { TRACE: at('debug'), DEBUG: at('debug'), INFO: at('debug'), WARN: at('warn'), ERROR: at('error') }
  return {
    log: (level, said, meta) => levels[level](said, meta),
    trace: levels.TRACE,
    debug: levels.DEBUG,
    info: levels.INFO,
    warn: levels.WARN,
    error: levels.ERROR,
  }
}

/** Fields under names a log line may carry; times come as big integers, which JSON does not know. */
const plain = (meta: object = {}): object =>
  Object.fromEntries(
    Object.entries(meta).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  )
