import { homedir } from 'node:os'
import { join } from 'node:path'
import { openPlaceOf } from './postgres-binaries.ts'

/** Where a local start keeps things. All of it lies in the checkout, but for what stands under `openPlace` and `cacheFolder`. */
export interface Places {
  readonly checkout: string
  readonly dataFolder: string
  readonly secretsFile: string
  readonly redisFolder: string
  readonly temporalFolder: string
  /** Where Postgres' data goes when a folder above the checkout is closed to the user that Postgres runs as. */
  readonly openPlace: string
  readonly logFolder: string
  readonly runFolder: string
  readonly stateFile: string
  readonly lockFile: string
  /** What runs for us, by which the next start finds what this one left. */
  readonly recordFile: string
  /** Shared by the checkouts of one user. */
  readonly cacheFolder: string
}

/** Name of the folder that holds Postgres' data, below `dataFolder` or `openPlace`. */
export const postgresDataName = 'postgres'

/** The places of a checkout. `cacheHome` is XDG_CACHE_HOME when it is set. */
export function placesOf(checkout: string, cacheHome?: string): Places {
  const dataFolder = join(checkout, '.data')
  const runFolder = join(dataFolder, 'run')
  return {
    checkout,
    dataFolder,
    secretsFile: join(dataFolder, 'secrets.json'),
    redisFolder: join(dataFolder, 'redis'),
    temporalFolder: join(dataFolder, 'temporal'),
    openPlace: openPlaceOf(checkout),
    logFolder: join(dataFolder, 'logs'),
    runFolder,
    stateFile: join(runFolder, 'state.json'),
    lockFile: join(runFolder, 'start.lock'),
    recordFile: join(runFolder, 'processes.json'),
    cacheFolder: join(
      cacheHome === undefined || cacheHome === '' ? join(homedir(), '.cache') : cacheHome,
      'voice-rooms',
    ),
  }
}
