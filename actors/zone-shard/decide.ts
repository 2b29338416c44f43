import type { Decision } from '../../cluster/actor-runtime/definition.ts'
import { gatewaysMax } from '../../protocol/zone/plan.ts'
import type { ShardCommand } from '../../protocol/zone/shard-commands.ts'
import type { ShardChange, ShardState } from './state.ts'

export type ShardDecision = Decision<never, ShardChange>

const answered = (changes: readonly ShardChange[]): ShardDecision => ({
  events: [],
  changes,
  reply: { ok: {} },
  pushes: [],
})

/** Attaches gateways and lets them go. A gateway that comes again with a plan of before is attached, and the newer plan stays. */
export function decide(state: ShardState, command: ShardCommand): ShardDecision {
  const { session_id: session } = command
  if (command.type === 'detach') return answered(state.gateways.has(session) ? [{ type: 'detached', session }] : [])
  if (!state.gateways.has(session) && state.gateways.size >= gatewaysMax) {
    return { ...answered([]), reply: { reject: 'OVERLOADED' } }
  }
  return answered([{ type: 'attached', session, gateway: command.gateway, plan: command.plan }])
}
