import type { EventContext } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { tellApplied, tellLifted } from '../sanction-webhooks.ts'
import type { ScopeState } from './state.ts'

/** What webhooks are told of a sanction beyond one room: of no room, and of the guild where it is a guild's. */
export function webhookOf(event: ScopeEvent, { scope: of }: ScopeState, at: EventContext): RecordWrite {
  const { epoch, seq, part, atMs } = at
  const facts = event.type === 'sanction.applied' ? tellApplied(of.scope, event) : tellLifted(of.scope, event)
  const guildId = of.scope === 'guild' ? of.scopeId : null
  return { write: 'webhook', roomId: null, guildId, epoch, seq, part, atMs, facts }
}
