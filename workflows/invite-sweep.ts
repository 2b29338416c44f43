import type { InviteEnds, OverdueInvite } from '../persistence/invites/port.ts'
import type { Clock, Logger, Timers } from '../protocol/ports.ts'
import { inviteExpiryWorkflowId } from '../protocol/workflows.ts'
import type { InviteExpirer } from './activities/port.ts'
import type { InviteSweepMetrics } from './metrics.ts'
import { Sweep } from './sweep.ts'

export interface InviteSweepDeps {
  readonly invites: InviteEnds
  readonly expirer: InviteExpirer
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: InviteSweepMetrics
}

/** Between two rounds, ms. Nobody gets in with an invite past its time, so what is left is to write that down. */
export const inviteSweepEveryMs = 10_000
/** So long an overdue invite is left to its room and its workflow, ms. */
export const inviteLeewayMs = 10_000

/** The third clock of invites, behind the room that nobody has in memory and the workflow that Temporal does not run. */
export class InviteSweep extends Sweep<OverdueInvite> {
  constructor({ invites, expirer, metrics, ...ports }: InviteSweepDeps) {
    super({
      of: 'invite',
      overdue: (beforeMs, limit, after) => invites.overdue(beforeMs, limit, after),
      settle: async ({ inviteId, roomId }) => {
        const commandId = `${inviteExpiryWorkflowId(inviteId)}/1/sweep`
        const { expired } = await expirer.expire({ inviteId, roomId, commandId }, 'sweep')
        return expired
      },
      named: ({ inviteId, roomId }) => ({ invite_id: inviteId, room_id: roomId }),
      ...{ everyMs: inviteSweepEveryMs, leewayMs: inviteLeewayMs },
      metrics: { settled: () => metrics.expired(), failed: () => metrics.failed() },
      ...ports,
    })
  }
}
