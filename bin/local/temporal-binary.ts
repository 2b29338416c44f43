import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findExecutable, run } from './executable.ts'
import { becomes, spoken } from './pause.ts'
import { identify, lives, type ProcessIdentity } from './process-identity.ts'
import { Unavailable, type ProcessWatch, type Report } from './service.ts'

/** The last release that `go install` builds: later ones replace modules, which it refuses. */
export const temporalVersion = '1.5.1'

const downloadWithinMs = 90_000
const buildWithinMs = 600_000
const progressEveryMs = 10_000

export interface TemporalBinaryOptions {
  /** `~/.cache/voice-rooms`: shared by the checkouts of one user. */
  readonly cacheFolder: string
  readonly report: Report
  readonly signal?: AbortSignal
  /** Ends a build or a download should we die first. */
  readonly watch?: ProcessWatch
}

/** What ends a download or a build before its time. */
type Bounds = Pick<TemporalBinaryOptions, 'signal' | 'watch'>

const works = async (path: string): Promise<boolean> =>
  (await run(path, ['--version'], { withinMs: 20_000 })).code === 0

/**
 * A Temporal CLI: on PATH, in the cache, downloaded, or built from source; the last two go into the cache. Throws Unavailable
 * with everything that was tried and how long it took.
 */
export async function findTemporal({ cacheFolder, report, signal, watch }: TemporalBinaryOptions): Promise<string> {
  const onPath = findExecutable(['temporal'])
  if (onPath !== null && (await works(onPath))) return onPath
  const folder = join(cacheFolder, `temporal-${temporalVersion}`)
  const cached = join(folder, 'temporal')
  if (existsSync(cached) && (await works(cached))) return cached
  mkdirSync(folder, { recursive: true })
  const tried = [
    onPath === null ? 'temporal on PATH: not there' : `${onPath}: does not answer to --version`,
    `${cached}: not there`,
  ]
  const bounds: Bounds = { ...(signal ? { signal } : {}), ...(watch ? { watch } : {}) }
  const release = await takeTurn(join(folder, 'lock'), report)
  try {
    if (existsSync(cached) && (await works(cached))) return cached
    // What a builder that was killed left half done: ours is the only turn.
    for (const name of readdirSync(folder)) {
      if (name.startsWith('new-')) rmSync(join(folder, name), { recursive: true, force: true })
    }
    for (const way of [download, build]) {
      if (signal?.aborted === true) break
      const growing = mkdtempSync(join(folder, 'new-'))
      try {
        const problem = await way(growing, report, bounds)
        const made = readdirSync(growing).find((name) => name.startsWith('temporal') && !name.endsWith('.downloading'))
        if (problem === null && made !== undefined && (await works(join(growing, made)))) {
          renameSync(join(growing, made), cached)
          return cached
        }
        tried.push(problem ?? `${way.name}: brought nothing that runs`)
      } finally {
        rmSync(growing, { recursive: true, force: true })
      }
    }
  } finally {
    release()
  }
  throw new Unavailable(
    [
      'Temporal cannot be had. Tried:',
      ...tried.map((line) => `  ${line}`),
      'Install the Temporal CLI (macOS: brew install temporal; others: https://docs.temporal.io/cli), or Go 1.24 or newer',
      'so that it can be built here, or set TEMPORAL_ADDRESS to a server that runs.',
    ].join('\n'),
  )
}

/** One builder at a time: a second waits for the first, and takes over from one that died. */
async function takeTurn(file: string, report: Report): Promise<() => void> {
  let told = false
  const take = (): boolean => {
    try {
      const lock = openSync(file, 'wx')
      writeSync(lock, JSON.stringify(identify(process.pid)))
      closeSync(lock)
      return true
    } catch {
      const holder = holderOf(file)
      if (holder !== null && !lives(holder)) rmSync(file, { force: true })
      else if (!told) {
        told = true
        report('another start gets Temporal right now; waiting for it')
      }
      return false
    }
  }
  const isOurs = await becomes(take, downloadWithinMs + buildWithinMs, 500)
  if (!isOurs) throw new Unavailable(`Another process has held ${file} for too long; remove it if it is left over.`)
  return () => rmSync(file, { force: true })
}

/** Null while it is being written. */
function holderOf(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  } catch {
    return null
  }
}

async function download(folder: string, report: Report, bounds: Bounds): Promise<string | null> {
  report(`downloading the Temporal CLI ${temporalVersion}`)
  const startedMs = performance.now()
  const script = fileURLToPath(new URL('temporal-download.ts', import.meta.url))
  const { code, output, timedOut } = await run(process.execPath, [script, folder, `v${temporalVersion}`], {
    withinMs: downloadWithinMs,
    ...bounds,
  })
  if (code === 0) return null
  const took = spoken(performance.now() - startedMs)
  const reason = timedOut ? `no end within ${downloadWithinMs / 1_000} s` : errorLine(output)
  return `official download: failed after ${took}: ${reason}`
}

/** The line of a Node crash that says what happened. */
const errorLine = (output: string): string =>
  (output.split('\n').find((line) => /Error:/.test(line)) ?? output.trim().split('\n').at(-1) ?? '')
    .trim()
    .slice(0, 300)

async function build(folder: string, report: Report, bounds: Bounds): Promise<string | null> {
  const go = findExecutable(['go', '/usr/local/go/bin/go', '/opt/homebrew/bin/go'])
  if (go === null) return 'build from source: Go is not installed'
  const startedMs = performance.now()
  const elapsed = () => spoken(performance.now() - startedMs)
  const counts = { downloaded: 0, compiled: 0 }
  report('building the Temporal CLI from source with Go: about 3 minutes on 2 cores, once')
  const progress = setInterval(
    () =>
      report(
        `building Temporal: ${elapsed()}, ${counts.downloaded} modules fetched, ${counts.compiled} packages compiled`,
      ),
    progressEveryMs,
  )
  const { code, output, timedOut } = await run(
    go,
    ['install', '-v', `github.com/temporalio/cli/cmd/temporal@v${temporalVersion}`],
    {
      withinMs: buildWithinMs,
      // Pure Go: no C compiler is needed. A GOOS of somebody's cross builds would build for another machine.
      env: { GOBIN: folder, CGO_ENABLED: '0', GOOS: undefined, GOARCH: undefined },
      ...bounds,
      onLine: (line) => {
        if (line.startsWith('go: ')) counts.downloaded += 1
        else counts.compiled += 1
      },
    },
  )
  clearInterval(progress)
  if (code === 0) {
    report(`built Temporal in ${elapsed()}`)
    return null
  }
  const reason = timedOut
    ? `no end within ${buildWithinMs / 60_000} minutes`
    : output.trim().split('\n').slice(-2).join(' / ')
  return `build from source (${go}): failed after ${elapsed()}: ${reason}`
}
