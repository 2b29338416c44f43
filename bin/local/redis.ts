import { mkdirSync } from 'node:fs'
import { aptInstall, hasApt } from './apt.ts'
import { findExecutable } from './executable.ts'
import { given, Unavailable, type LocalService, type ProcessWatch, type Report } from './service.ts'
import { ServiceProcess } from './service-process.ts'
import { redisProblem } from './tcp.ts'

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

/** Redis: the given one, or one of our own on loopback. Throws Unavailable. */
export async function startRedis(options: RedisOptions): Promise<LocalService> {
  const { url, folder, port, password, fast, watch, report, logFile } = options
  if (url !== undefined) {
    const { host } = new URL(url)
    const problem = await redisProblem(url, 5_000)
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
