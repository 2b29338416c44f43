import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { GivenSettings } from './given-settings.ts'
import { pause } from './pause.ts'
import { postgresDataName, type Places } from './places.ts'
import { portNear } from './ports.ts'
import { startPostgres } from './postgres.ts'
import type { Progress } from './progress.ts'
import { startRedis } from './redis.ts'
import type { LocalSecrets } from './secrets.ts'
import type { LocalService, ProcessWatch, Report } from './service.ts'
import { startTemporal, type TemporalService } from './temporal.ts'

/** Ports that our own services take when they are free, so that they seldom change. */
const preferred = { postgres: 15_432, redis: 16_379, temporal: 17_233, temporalUi: 18_233 } as const

/** A service has this long to stop, or to come up and stop, when everything ends; past it, the guard ends it by force. */
const patienceMs = 15_000

export interface ServicesOptions {
  readonly places: Places
  readonly given: GivenSettings
  readonly secrets: LocalSecrets
  readonly watch: ProcessWatch
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** The three services, each on its way or up. A rejection is an Unavailable with a message for people. */
export interface Services {
  readonly postgres: Promise<LocalService>
  readonly redis: Promise<LocalService>
  readonly temporal: Promise<TemporalService>
  /** Those that are up. */
  up(): readonly LocalService[]
  /** Stops what we raised, one after the other; what is given is left alone. */
  stop(): Promise<void>
}

/** Begins to raise all three, or to look whether the given ones are there. */
export async function raiseServices(options: ServicesOptions): Promise<Services> {
  const { places, given, secrets, watch, progress, signal } = options
  mkdirSync(places.logFolder, { recursive: true })
  const logFile = (name: string) => join(places.logFolder, `${name}.log`)
  // One after the other: two at once could be handed the same free port.
  const ports = {
    postgres: await portNear(preferred.postgres),
    redis: await portNear(preferred.redis),
    temporal: await portNear(preferred.temporal),
    temporalUi: await portNear(preferred.temporalUi),
  }
  const up: LocalService[] = []
  const raise = <Service extends LocalService>(name: string, start: (report: Report) => Promise<Service>) => {
    const step = progress.step(name)
    const report: Report = (sentence) => {
      if (!signal.aborted) step.report(sentence)
    }
    const raised = start(report).then((service) => {
      up.push(service)
      if (!signal.aborted) step.done(service.describe())
      return service
    })
    // Whoever waits for it hears of a failure; nobody may be waiting any more.
    raised.catch(() => undefined)
    return raised
  }
  const postgres = raise('Postgres', (report) =>
    startPostgres({
      ...{ url: given.databaseUrl, folder: places.dataFolder, openPlace: places.openPlace, dataName: postgresDataName },
      ...{ logFile: logFile('postgres'), port: ports.postgres, fast: false, watch, report },
    }),
  )
  const redis = raise('Redis', (report) =>
    startRedis({
      ...{ url: given.redisUrl, folder: places.redisFolder, logFile: logFile('redis'), port: ports.redis },
      ...{ password: secrets.redisPassword, fast: false, watch, report },
    }),
  )
  const temporal = raise('Temporal', (report) =>
    startTemporal({
      ...{ address: given.temporalAddress, folder: places.temporalFolder, cacheFolder: places.cacheFolder },
      ...{ logFile: logFile('temporal'), port: ports.temporal, uiPort: ports.temporalUi, watch, report, signal },
    }),
  )
  return {
    ...{ postgres, redis, temporal },
    up: () => [...up],
    stop: async () => {
      for (const raised of [temporal, redis, postgres]) {
        const stopped = raised.then((service) => service.stop()).catch(() => undefined)
        await Promise.race([stopped, pause(patienceMs)])
      }
    },
  }
}
