import { createPool, PgClockRecords, PgOutbox } from '../persistence/index.ts'
import type { AwaitedClock, ClockCount } from '../persistence/clocks/port.ts'
import type { RoomId } from '../protocol/ids.ts'
import { clockKinds, type ClockKind } from '../protocol/workflows.ts'
import { temporalIndex } from '../workflows/index.ts'
import { loadOwnConfig } from './config.ts'
import { createLogger } from './logger.ts'
import { localSettings } from './roomctl-places.ts'
import { backgroundTimers } from './system-ports.ts'
import { keyValueTable, renderTable, type Column, type Screen } from './table.ts'

/** What ends by itself, by the record and by Temporal. */
export interface WorkflowsReport {
  /** `running` is null while Temporal cannot be asked. */
  readonly kinds: readonly (ClockCount & { readonly running: number | null })[]
  readonly outbox: { readonly rows: number; readonly oldestAgeMs: number }
}

/** Something of one room that ends by itself. */
export interface RoomClock extends AwaitedClock {
  /** Its workflow runs; null while Temporal cannot be asked. */
  readonly running: boolean | null
}

/** What `roomctl workflows` asks: Postgres, and Temporal where it answers. */
export interface WorkflowsBackend {
  report(): Promise<WorkflowsReport>
  ofRoom(roomId: RoomId): Promise<readonly RoomClock[]>
  close(): Promise<void>
}

/** Connects to what the environment names, else to what `npm start` runs here. Throws ConfigError. */
export function connectWorkflows(dataFolder: string): WorkflowsBackend {
  const config = loadOwnConfig('workflows', localSettings(dataFolder))
  const name = `roomctl-${process.pid}`
  const logger = createLogger(
    { process: name, role: 'roomctl' },
    { ...config.log, level: 'error' },
    { write: () => undefined },
  )
  const pool = createPool(config.database.url, { applicationName: name, maxConnections: 3, logger })
  const { address, namespace, apiKey, tls } = config.temporal
  const index = temporalIndex({ address, namespace, apiKey, tls })
  const clocks = new PgClockRecords(pool)
  const outbox = new PgOutbox({ pool, databaseUrl: config.database.url, timers: backgroundTimers, logger })
  return {
    report: async () => {
      const [counts, backlog, running] = await Promise.all([
        clocks.count(),
        outbox.backlog(),
        orNull(Promise.all(clockKinds.map((kind) => index.count(kind)))),
      ])
      const runningOf = (kind: ClockKind) => running?.[clockKinds.indexOf(kind)] ?? null
      return { kinds: counts.map((count) => ({ ...count, running: runningOf(count.kind) })), outbox: backlog }
    },
    ofRoom: async (roomId) => {
      const awaited = await clocks.ofRoom(roomId)
      const running = await orNull(index.running(awaited.map(({ key }) => key)))
      return awaited.map((clock) => ({ ...clock, running: running?.has(clock.key) ?? null }))
    },
    close: async () => {
      await index.close()
      await pool.end()
    },
  }
}

/** Temporal being away is a thing to tell, and no failure. */
const orNull = <Value>(asked: Promise<Value>): Promise<Value | null> => asked.catch(() => null)

const isoTime = (ms: number): string => new Date(ms).toISOString()
const inWords = (running: boolean | null): string => (running === null ? 'unknown' : running ? 'yes' : 'no')

/** `roomctl workflows --json`. */
export const workflowsJson = ({ kinds, outbox }: WorkflowsReport) => ({
  kinds,
  outbox: { rows: outbox.rows, oldest_age_ms: Math.round(outbox.oldestAgeMs) },
  temporal_answers: kinds.every(({ running }) => running !== null),
})

const kindColumns: readonly Column<WorkflowsReport['kinds'][number]>[] = [
  { heading: 'ends of', value: ({ kind }) => `${kind}s` },
  { heading: 'awaited', value: ({ awaited }) => awaited, align: 'right' },
  { heading: 'overdue', value: ({ overdue }) => overdue, align: 'right' },
  { heading: 'workflows', value: ({ running }) => running ?? 'unknown', align: 'right' },
]

/** `roomctl workflows` for people. */
export function workflowsText({ kinds, outbox }: WorkflowsReport, screen: Screen): string {
  const age =
    outbox.rows === 0
      ? 'nothing waits'
      : `${outbox.rows} rows, the oldest ${Math.round(outbox.oldestAgeMs / 1_000)} s old`
  const away = kinds.some(({ running }) => running === null) ? [['Temporal', 'does not answer'] as const] : []
  return `${renderTable(kinds, kindColumns, screen)}\n\n${keyValueTable([['Outbox', age], ...away], screen)}`
}

/** `roomctl workflows <room> --json`. */
export const roomClocksJson = (clocks: readonly RoomClock[]) => ({
  workflows: clocks.map(({ kind, key, message, dueMs, running }) => ({
    ...{ workflow_id: key, kind, due_at: isoTime(dueMs), generation: message.generation, running },
  })),
})

const clockColumns: readonly Column<RoomClock>[] = [
  { heading: 'end of', value: ({ kind }) => kind },
  { heading: 'due', value: ({ dueMs }) => isoTime(dueMs) },
  { heading: 'generation', value: ({ message }) => message.generation, align: 'right' },
  { heading: 'workflow runs', value: ({ running }) => inWords(running) },
  { heading: 'workflow', value: ({ key }) => key, cut: true },
]

/** `roomctl workflows <room>` for people. */
export const roomClocksText = (clocks: readonly RoomClock[], screen: Screen): string =>
  clocks.length === 0 ? 'Nothing of this room ends by itself.' : renderTable(clocks, clockColumns, screen)
