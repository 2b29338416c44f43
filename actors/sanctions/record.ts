import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { scopeKey } from '../../protocol/sanctions/scope.ts'
import { sanctionAudit, sanctionRows } from '../wider-sanctions/record.ts'
import { partOf, type ScopeState } from './state.ts'

/**
 * Rows of the record that stand in the same transaction as the event: the sanction, the trail, the audit log, what the workflow has to
 * hear, and that the rooms where the user is have to learn of it. `after` is the state behind it.
 */
export const recordOf = (event: ScopeEvent, after: ScopeState, atMs: number): readonly RecordWrite[] => [
  ...sanctionRows(event, after.scope, partOf(after, event.user_id), atMs),
  { write: 'sanction.spread', userId: event.user_id, atMs },
  auditOf(event, after, atMs),
]

/** In a chain of the scope's own. */
const auditOf = (event: ScopeEvent, { scope }: ScopeState, atMs: number): RecordWrite => ({
  write: 'audit',
  chain: scopeKey(scope),
  atMs,
  action: event.type,
  roomId: null,
  guildId: scope.scope === 'guild' ? scope.scopeId : null,
  body: sanctionAudit(event, scope),
})
