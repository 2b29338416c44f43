import { run } from './executable.ts'
import { Unavailable, type ProcessWatch } from './service.ts'

export interface MigrationOptions {
  readonly checkout: string
  readonly env: Readonly<Record<string, string>>
  readonly watch: ProcessWatch
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
}

const withinMs = 120_000

/** Brings the database to the present schema. Throws Unavailable, with the last words of the migration. */
export async function migrate({ checkout, env, watch, signal, onLine }: MigrationOptions): Promise<void> {
  // Exactly this environment: what `run` would add of ours may hold settings that the process refuses.
  const withoutOurs = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]))
  const { code, output, timedOut } = await run(process.execPath, ['bin/migrate.ts'], {
    ...{ cwd: checkout, withinMs, watch, signal, onLine },
    env: { ...withoutOurs, ...env },
  })
  if (code === 0) return
  const reason = timedOut ? `no end after ${withinMs / 1_000} s` : `exit code ${code ?? 'none'}`
  throw new Unavailable(`The database cannot be brought to the present schema (${reason}):\n${lastLines(output)}`)
}

const lastLines = (output: string): string => output.trim().split('\n').slice(-12).join('\n')
