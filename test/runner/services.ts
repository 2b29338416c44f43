import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from '../../bin/local/chromium.ts'
import type { Guard } from '../../bin/local/guard.ts'
import { placesOf } from '../../bin/local/places.ts'
import { startPostgres } from '../../bin/local/postgres.ts'
import { startRedis } from '../../bin/local/redis.ts'
import type { LocalService, Report } from '../../bin/local/service.ts'
import { startTemporal } from '../../bin/local/temporal.ts'
import { freePorts } from '../support/free-ports.ts'
import type { Need } from './suites.ts'

/** What the suites find in their environment, each on its way or there. A rejection says what to install. */
export interface TestServices {
  /** Variables that come with a need. */
  environmentOf(need: Need): Promise<Readonly<Record<string, string>>>
  stop(): Promise<void>
}

export interface TestServicesOptions {
  readonly checkout: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly guard: Guard
  readonly needs: ReadonlySet<Need>
  readonly report: (of: string) => Report
  /** Postgres forces every commit to disk, as in production. Default false: tests are in a hurry. */
  readonly isDurable?: boolean
}

/** Begins to raise or find all that the chosen suites need; in a folder of this run, which goes with it. */
export async function raiseTestServices(options: TestServicesOptions): Promise<TestServices> {
  const { checkout, env, guard, needs, report, isDurable = false } = options
  const places = placesOf(checkout, env['XDG_CACHE_HOME'])
  const folder = mkdtempSync(join(tmpdir(), 'voice-rooms-test-'))
  // Postgres may run as a user of its own.
  chmodSync(folder, 0o755)
  guard.temporary(folder)
  const [postgresPort = 0, redisPort = 0, temporalPort = 0] = await freePorts(3)
  const up: LocalService[] = []
  const aborted = new AbortController()

  const raise = async (variable: string, service: Promise<LocalService>) => {
    const raised = await service
    up.push(raised)
    return { [variable]: raised.address }
  }
  const ways: Readonly<Record<Need, () => Promise<Readonly<Record<string, string>>>>> = {
    postgres: () =>
      raise(
        'TEST_DATABASE_URL',
        startPostgres({
          ...{ url: env['TEST_DATABASE_URL'], folder, openPlace: places.openPlace, dataName: `test-${process.pid}` },
          ...{ logFile: join(folder, 'postgres.log'), port: postgresPort, fast: !isDurable },
          ...{ watch: guard, report: report('Postgres') },
        }),
      ),
    redis: () =>
      raise(
        'TEST_REDIS_URL',
        startRedis({
          ...{ url: env['TEST_REDIS_URL'], folder: join(folder, 'redis'), logFile: join(folder, 'redis.log') },
          ...{ port: redisPort, password: '', fast: true, watch: guard, report: report('Redis') },
        }),
      ),
    temporal: async () => {
      const server = await startTemporal({
        ...{ address: undefined, folder: join(folder, 'temporal'), cacheFolder: places.cacheFolder },
        ...{ logFile: join(folder, 'temporal.log'), port: temporalPort, uiPort: null },
        ...{ watch: guard, report: report('Temporal'), signal: aborted.signal },
      })
      up.push(server)
      return { TEST_TEMPORAL_ADDRESS: server.address, TEST_TEMPORAL_BINARY: server.binary ?? '' }
    },
    chromium: async () => ({ CHROME_PATH: await findChromium(env['CHROME_PATH'], report('Chromium')) }),
  }
  const begun = new Map<Need, Promise<Readonly<Record<string, string>>>>()
  for (const need of needs) {
    const way = ways[need]()
    // Heard of by the suite that waits for it.
    way.catch(() => undefined)
    begun.set(need, way)
  }
  return {
    environmentOf: (need) => begun.get(need) ?? Promise.reject(new Error(`${need} was not asked for`)),
    stop: async () => {
      aborted.abort()
      await Promise.allSettled(up.map((service) => service.stop()))
      rmSync(folder, { recursive: true, force: true })
      rmSync(join(places.openPlace, `test-${process.pid}`), { recursive: true, force: true })
    },
  }
}
