import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, type RunOptions } from './executable.ts'
import { becomes, spoken } from './pause.ts'
import { mayEnter, postgresAccount, postgresBinaries, type Account, type Binaries } from './postgres-binaries.ts'
import { commandLine, signalGroup } from './process-identity.ts'
import { given, Unavailable, type LocalService, type ProcessWatch, type Report } from './service.ts'
import { ServiceProcess } from './service-process.ts'
import { accepts } from './tcp.ts'

export interface PostgresOptions {
  /** DATABASE_URL when it is set: then nothing is raised. */
  readonly url: string | undefined
  /** Where data goes when the account that Postgres runs as may enter it. */
  readonly folder: string
  /** Where data and programs go otherwise: a place of the checkout's own below a folder open to all. */
  readonly openPlace: string
  /** Name of the data's folder in either place. */
  readonly dataName: string
  readonly logFile: string
  readonly port: number
  /** For tests: nothing is forced to disk, and data does not survive a power cut. */
  readonly fast: boolean
  readonly watch: ProcessWatch
  readonly report: Report
}

const database = 'voice_rooms'
const user = 'voice_rooms'
const initWithinMs = 120_000
const readyWithinMs = 60_000

/** Postgres: the given one, or one of our own on loopback with a password of its own. Throws Unavailable. */
export async function startPostgres(options: PostgresOptions): Promise<LocalService> {
  return options.url === undefined ? raise(options) : givenPostgres(options.url)
}

async function givenPostgres(url: string): Promise<LocalService> {
  const { hostname, port, pathname } = new URL(url)
  const shown = `${hostname}:${port || 5432}${pathname}`
  // A URL without a host names a socket; the migration that follows will tell.
  if (hostname !== '' && !(await accepts(hostname.replace(/^\[|\]$/g, ''), Number(port || 5432), 5_000))) {
    throw new Unavailable(`DATABASE_URL names ${shown}, and nobody accepts connections there.`)
  }
  return given('Postgres', 'DATABASE_URL', url, shown)
}

async function raise(options: PostgresOptions): Promise<LocalService> {
  const { port, report, watch, logFile } = options
  const account = await postgresAccount()
  const place = await placeFor(account, options)
  const binaries = await postgresBinaries(account, options.openPlace, report)
  const folder = join(place, options.dataName)
  const data = join(folder, 'data')
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  await clearLeftovers(data)
  if (!existsSync(data)) await initialise({ binaries, account, folder, data, fast: options.fast, report, watch })
  const password = readFileSync(join(folder, 'password'), 'utf8')
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    // Seven processes with a pool of 25 each, and room for people.
    max_connections: '300',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...(options.fast ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', jit: 'off' } : {}),
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = new ServiceProcess({
    name: 'Postgres',
    command: binaries.postgres,
    args: ['-D', data, ...flags],
    logFile,
    watch,
    // A fast shutdown: connections are cut, data is written.
    stopSignal: 'SIGINT',
    env: { LC_ALL: 'C' },
    as: account,
  })
  await server.ready(() => isReady(data, server.pid), readyWithinMs)
  server.onLoss(report)
  return {
    name: 'Postgres',
    address: `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    describe: () =>
      `127.0.0.1:${port}, data in ${folder}` +
      (place === options.folder
        ? ''
        : ` (a folder above ${options.folder} is closed to the user that Postgres runs as)`),
    stop: () => server.stop(),
  }
}

async function placeFor(account: Account | null, { folder, openPlace }: PostgresOptions): Promise<string> {
  mkdirSync(folder, { recursive: true })
  if (account === null || (await mayEnter(account, folder))) return folder
  mkdirSync(openPlace, { recursive: true, mode: 0o755 })
  if (await mayEnter(account, openPlace)) return openPlace
  throw new Unavailable(`Postgres runs as user ${account.uid}, which may enter neither ${folder} nor ${openPlace}.`)
}

/** Line 8 of postmaster.pid says `ready` once connections are taken; line 1 says by whom. */
function isReady(data: string, pid: number | undefined): boolean {
  const lines = pidFileLines(data)
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
}

function pidFileLines(data: string): readonly string[] {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

/**
 * Ends a server that an earlier start left on this data, and removes the mark of one that is gone: its pid may belong to
 * another process by now, which Postgres would take for its server.
 */
async function clearLeftovers(data: string): Promise<void> {
  const pid = Number(pidFileLines(data)[0] ?? 0)
  if (pid === 0) return
  const isOurs = () => commandLine(pid).includes(data)
  if (isOurs()) {
    signalGroup(pid, 'SIGINT')
    if (!(await becomes(() => !isOurs(), 10_000, 50))) signalGroup(pid, 'SIGKILL')
    await becomes(() => !isOurs(), 5_000, 50)
  }
  rmSync(join(data, 'postmaster.pid'), { force: true })
}

interface Initialisation {
  readonly binaries: Binaries
  readonly account: Account | null
  readonly folder: string
  readonly data: string
  readonly fast: boolean
  readonly report: Report
  readonly watch: ProcessWatch
}

/** Makes the data folder under another name and renames it when it is whole: a start that is cut short leaves nothing half. */
async function initialise({ binaries, account, folder, data, fast, report, watch }: Initialisation): Promise<void> {
  report('making a database')
  const startedMs = performance.now()
  const growing = `${data}.new`
  const passwordFile = join(growing, '..', 'password.new')
  const password = randomBytes(24).toString('base64url')
  rmSync(growing, { recursive: true, force: true })
  rmSync(passwordFile, { force: true })
  mkdirSync(growing, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account) for (const path of [growing, passwordFile]) chownSync(path, account.uid, account.gid)
  const language = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await must(
    binaries.initdb,
    [
      ...[`--pgdata=${growing}`, `--username=${user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...language,
      ...(fast ? ['--no-sync'] : []),
    ],
    { as: account, watch },
  )
  // Before anybody listens: a single-user server takes the statement from stdin.
  await must(binaries.postgres, ['--single', ...(fast ? ['-F'] : []), '-D', growing, 'postgres'], {
    as: account,
    watch,
    input: `create database ${database}\n`,
  })
  if (account) chownSync(passwordFile, 0, 0)
  renameSync(passwordFile, join(folder, 'password'))
  renameSync(growing, data)
  report(`made a database in ${spoken(performance.now() - startedMs)}`)
}

async function must(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, 'as' | 'watch' | 'input'>,
): Promise<void> {
  const env = { LC_ALL: 'C', PGOPTIONS: undefined, PGDATA: undefined }
  const { code, output, timedOut } = await run(command, args, { withinMs: initWithinMs, env, ...options })
  if (code === 0) return
  const reason = timedOut ? `no end after ${initWithinMs / 1_000} s` : `exit code ${code ?? 'none'}`
  throw new Unavailable(`Postgres cannot make its data folder (${reason}):\n${output.trim()}`)
}
