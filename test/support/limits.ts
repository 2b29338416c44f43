import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { Limits, type Budgets, type LimitsDeps } from '../../gateway/limits/index.ts'
import { silentLogger } from './silent-logger.ts'

/** More than any test asks for. */
export const amplyOf = 1_000_000

export const amply: Budgets = {
  userRpm: amplyOf,
  signalingRpm: amplyOf,
  ipRpm: amplyOf,
  serviceRpm: amplyOf,
  passwordRpm: amplyOf,
}

/** The same for processes: a suite that is not about limits is not limited. */
export const amplySettings: Readonly<Record<string, string>> = Object.fromEntries(
  ['RPM', 'SIGNALING_RPM', 'IP_RPM', 'SERVICE_RPM', 'PASSWORD_RPM', 'SOCKET_FPS'].map((name) => [
    `RATE_LIMIT_${name}`,
    String(amplyOf),
  ]),
)

/** Limits that count in the test's own memory, wide open but for what is named. */
export const testLimits = (budgets: Partial<Budgets> = {}, deps: Partial<LimitsDeps> = {}): Limits =>
  new Limits({
    redis: null,
    keyPrefix: '{test}',
    budgets: { ...amply, ...budgets },
    metrics: { limitDecided: () => undefined },
    clock: systemClock,
    timers: backgroundTimers,
    logger: silentLogger,
    ...deps,
  })
