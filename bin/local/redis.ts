import { mkdirSync } from 'node:fs'
import { parseRedisUrl, redisUrlProblem } from '../../cluster/index.ts'
import { aptInstall, hasApt } from './apt.ts'
import { findExecutable } from './executable.ts'
import { given, Unavailable, type LocalService, type ProcessWatch, type Report } from './service.ts'
import { ServiceProcess } from './service-process.ts'
import { accepts, redisProblem } from './tcp.ts'

export interface RedisOptions {
  /** REDIS_URL when it is set: then nothing is raised. */
  readonly url: string | undefined
  readonly folder: string
  readonly logFile: string
  readonly port: number
  /** What clients have to send; empty for none. */
  readonly password: string
  /** For tests: nothing is written to disk. */
  readonly fast: boolean
  readonly watch: ProcessWatch
  readonly report: Report
}

const programs = ['redis-server', 'valkey-server']

const howToInstall = `Redis is missing. Install it and start again:
  macOS            brew install redis
  Debian, Ubuntu   sudo apt-get install redis-server
  Fedora           sudo dnf install valkey
or set REDIS_URL to one that runs.`

async function findRedis(report: Report): Promise<string> {
  const found = findExecutable(programs)
  if (found !== null) return found
  if (!hasApt()) throw new Unavailable(howToInstall)
  const problem = await aptInstall('redis-server', report)
  const installed = findExecutable(programs, `${process.env['PATH'] ?? ''}:/usr/bin:/usr/sbin`)
  if (installed !== null) return installed
  throw new Unavailable(
    `${howToInstall}\nTried apt-get install redis-server: ${problem ?? 'it brought no redis-server'}`,
  )
}

/** Where a Redis URL leads to, without its password. */
const placesOf = (url: string): string => {
  const address = parseRedisUrl(url)
  return address.kind === 'server'
    ? new URL(url).host
    : address.hosts.map(({ host, port }) => `${host}:${port}`).join(', ')
}

/** Of Sentinels and clusters one has to be there; the processes find out the rest. */
async function givenProblem(url: string): Promise<string | null> {
  const address = parseRedisUrl(url)
  if (address.kind === 'server') return redisProblem(url, 5_000)
  const found = await Promise.all(address.hosts.map(({ host, port }) => accepts(host, port, 5_000)))
  return found.includes(true) ? null : 'none of them accepts a connection'
}

/** Redis: the given one, or one of our own on loopback. Throws Unavailable. */
export async function startRedis(options: RedisOptions): Promise<LocalService> {
  const { url, folder, port, password, fast, watch, report, logFile } = options
  if (url !== undefined) {
    const wrong = redisUrlProblem(url)
    if (wrong !== null) throw new Unavailable(`REDIS_URL ${wrong}`)
    const host = placesOf(url)
    const problem = await givenProblem(url)
    if (problem !== null) throw new Unavailable(`REDIS_URL names ${host}, which cannot be used: ${problem}`)
    return given('Redis', 'REDIS_URL', url, host)
  }
  const program = await findRedis(report)
  mkdirSync(folder, { recursive: true })
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir "${folder}"`,
    'save ""',
    `appendonly ${fast ? 'no' : 'yes'}`,
    'daemonize no',
    // Leases must expire by time alone: nothing of ours is evicted to make room.
    'maxmemory-policy noeviction',
    ...(password === '' ? [] : [`requirepass ${password}`]),
  ]
  const server = new ServiceProcess({
    name: 'Redis',
    command: program,
    // Settings come on stdin, so that the password does not stand in the list of processes.
    args: ['-'],
    input: `${settings.join('\n')}\n`,
    logFile,
    watch,
    stopSignal: 'SIGTERM',
  })
  const address = `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${port}`
  await server.ready(async () => (await redisProblem(address, 1_000)) === null, 30_000)
  server.onLoss(report)
  return {
    name: 'Redis',
    address,
    describe: () => `127.0.0.1:${port}, data in ${folder}`,
    stop: () => server.stop(),
  }
}
