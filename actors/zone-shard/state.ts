import type { SessionId } from '../../protocol/ids.ts'
import type { ZonePlan } from '../../protocol/zone/plan.ts'

/** What a region's actor knows: whom it can tell something, and what it goes by. Nothing of it is journaled. */
export interface ShardState {
  /** The gateway's number, by the session under which its process is attached. */
  readonly gateways: ReadonlyMap<SessionId, number>
  /** The highest version that any gateway told; null before the first. */
  readonly plan: ZonePlan | null
}

export type ShardChange =
  | { readonly type: 'attached'; readonly session: SessionId; readonly gateway: number; readonly plan: ZonePlan }
  | { readonly type: 'detached'; readonly session: SessionId }

export const initialState: ShardState = { gateways: new Map(), plan: null }

/**
 * A number belongs to one process at a time: who comes later under it has it, and the session before it, of a process that is gone and
 * whose link is not closed yet, is attached no more.
 */
export function applyChange({ gateways, plan }: ShardState, change: ShardChange): ShardState {
  if (change.type === 'detached') {
    return { gateways: new Map([...gateways].filter(([session]) => session !== change.session)), plan }
  }
  const others = [...gateways].filter(([session, gateway]) => session !== change.session && gateway !== change.gateway)
  const isNewer = plan === null || change.plan.version > plan.version
  return { gateways: new Map([...others, [change.session, change.gateway]]), plan: isNewer ? change.plan : plan }
}
