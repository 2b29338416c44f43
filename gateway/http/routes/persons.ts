import type {
  Erasure,
  PersonExport,
  PersonExports,
  PersonRecords,
  PersonRow,
} from '../../../persistence/persons/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import {
  erasePerson,
  exportPerson,
  fetchExport,
  readErasure,
  readExport,
  requestExport,
} from '../../../protocol/http/persons.ts'
import { isoTime, isoTimeOrNull } from '../../../protocol/iso-time.ts'
import type { Clock, Logger, Random } from '../../../protocol/ports.ts'
import type { Caller } from '../../auth/index.ts'
import { readable } from '../../readable.ts'
import { bind, type Route } from '../bind.ts'

export interface PersonRouteDeps {
  readonly persons: PersonRecords
  readonly exports: PersonExports
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** What the record knows of people: taken out, and taken away. The game's own servers ask for it, who know whose wish it is. */
export const personRoutes = ({ persons, exports, clock, random, logger }: PersonRouteDeps): readonly Route[] => [
  bind(exportPerson, ({ ctx, caller, params }) => {
    assertPrivileged(caller)
    ctx.type = 'application/x-ndjson'
    ctx.set('Content-Disposition', 'attachment; filename="person.jsonl"')
    return linesOf(persons.export(params.userId))
  }),
  bind(erasePerson, async ({ caller, params }) => {
    assertPrivileged(caller)
    const erasureId = random.uuid()
    const atMs = clock.wallMs()
    await readable(() => persons.requestErasure({ erasureId, userId: params.userId, by: caller.userId, atMs }))
    // By whom, and not of whom: the log outlives it.
    logger.info({ erasureId, by: caller.userId }, 'person.erasure_requested')
    return present({ erasureId, requestedAtMs: atMs, doneAtMs: null })
  }),
  bind(requestExport, async ({ caller, params }) => {
    assertPrivileged(caller)
    const exportId = random.uuid()
    const atMs = clock.wallMs()
    await readable(() => exports.request({ exportId, userId: params.userId, by: caller.userId, atMs }))
    logger.info({ exportId, by: caller.userId }, 'person.export_requested')
    return presentExport({ exportId, requestedAtMs: atMs, doneAtMs: null })
  }),
  bind(readExport, async ({ caller, params }) => {
    assertPrivileged(caller)
    const found = await readable(() => exports.read(params.exportId))
    return found
      ? presentExport(found)
      : { export_id: params.exportId, status: 'unknown' as const, requested_at: null, done_at: null }
  }),
  bind(fetchExport, async ({ ctx, caller, params }) => {
    assertPrivileged(caller)
    const found = await readable(() => exports.read(params.exportId))
    ctx.type = 'application/x-ndjson'
    ctx.set('Content-Disposition', 'attachment; filename="person.jsonl"')
    // Half a file would look like a whole one.
    return found?.doneAtMs == null ? nothing() : exports.lines(params.exportId)
  }),
  bind(readErasure, async ({ caller, query }) => {
    assertPrivileged(caller)
    const { erasure_id: id } = query
    const found = await readable(() => persons.erasure(id))
    return found ? present(found) : { erasure_id: id, status: 'unknown' as const, requested_at: null, done_at: null }
  }),
]

function assertPrivileged({ privileges }: Caller): void {
  if (privileges.length === 0) throw new AppError('FORBIDDEN')
}

const present = ({ erasureId, requestedAtMs, doneAtMs }: Erasure) => ({
  erasure_id: erasureId,
  status: doneAtMs === null ? ('pending' as const) : ('done' as const),
  requested_at: isoTime(requestedAtMs),
  done_at: isoTimeOrNull(doneAtMs),
})

const presentExport = ({ exportId, requestedAtMs, doneAtMs }: PersonExport) => ({
  export_id: exportId,
  status: doneAtMs === null ? ('pending' as const) : ('done' as const),
  requested_at: isoTime(requestedAtMs),
  done_at: isoTimeOrNull(doneAtMs),
})

async function* nothing(): AsyncGenerator<string> {
  await Promise.resolve()
  yield '\n'
}

async function* linesOf(rows: AsyncIterable<PersonRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}
