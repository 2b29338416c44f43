import type { AuditFilter, AuditRecords } from '../../../persistence/audit/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import { exportAudit, listAudit, listRoomAudit, type AuditQuery } from '../../../protocol/http/audit.ts'
import type { RoomId } from '../../../protocol/ids.ts'
import type { Random } from '../../../protocol/ports.ts'
import { principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import type { Rooms } from '../../rooms.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { fileForms, presentAuditEntry, type FileForm } from '../presenters/audit.ts'
import { readable } from '../../readable.ts'

export interface AuditRouteDeps {
  readonly rooms: Rooms
  readonly audit: AuditRecords
  readonly random: Random
}

/** Rows that an export has in memory at once. */
const exportPage = 500

/** What owners, moderators and admins did. */
export function auditRoutes({ rooms, audit, random }: AuditRouteDeps): readonly Route[] {
  const page = async (
    filter: AuditFilter,
    { limit = '50', cursor = null }: { limit?: string; cursor?: string | null },
  ) => {
    const { entries, nextCursor } = await readable(() => audit.list(filter, Number(limit), cursor))
    return { entries: entries.map(presentAuditEntry), next_cursor: nextCursor }
  }
  return [
    bind(listAudit, ({ caller, query }) => {
      assertPrivileged(caller)
      return page(filterOf(query), query)
    }),
    bind(exportAudit, async ({ ctx, caller, query }) => {
      assertPrivileged(caller)
      const form = fileForms[query.format]
      // Asked for before the answer begins: what fails now still gets an answer of its own.
      const first = await readable(() => audit.list(filterOf(query), exportPage, null))
      ctx.type = form.contentType
      ctx.set('Content-Disposition', `attachment; filename="audit.${query.format}"`)
      return linesOf(form, first, (cursor) => audit.list(filterOf(query), exportPage, cursor))
    }),
    bind(listRoomAudit, async ({ ctx, caller, params, query }) => {
      const command = { type: 'authorize', by: principal(caller), permission: 'read_history' } as const
      await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return page(filterOf(query, params.roomId), query)
    }),
  ]
}

/** The whole log is about every room. */
function assertPrivileged({ privileges }: Caller): void {
  if (privileges.length === 0) throw new AppError('FORBIDDEN')
}

function filterOf(
  query: Omit<AuditQuery, 'limit' | 'cursor'>,
  roomId: RoomId | undefined = query.room_id,
): AuditFilter {
  return {
    ...(roomId === undefined ? {} : { roomId }),
    ...(query.actor_user_id === undefined ? {} : { actorUser: query.actor_user_id }),
    ...(query.target_user_id === undefined ? {} : { targetUser: query.target_user_id }),
    ...(query.action === undefined ? {} : { action: query.action }),
    ...(query.from === undefined ? {} : { fromMs: Date.parse(query.from) }),
    ...(query.to === undefined ? {} : { toMs: Date.parse(query.to) }),
  }
}

type Page = Awaited<ReturnType<AuditRecords['list']>>

/** Page after page, each when the one before is sent. One that cannot be read breaks the answer off: half a file is no file. */
async function* linesOf(form: FileForm, first: Page, next: (cursor: string) => Promise<Page>): AsyncGenerator<string> {
  yield form.head
  for (let page = first; ;) {
    yield page.entries.map((entry) => form.line(presentAuditEntry(entry))).join('')
    if (page.nextCursor === null) return
    page = await next(page.nextCursor)
  }
}
