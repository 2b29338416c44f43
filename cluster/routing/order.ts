import { parseJsonBytes } from '../../protocol/codec.ts'
import type { ControlAnswer, ControlRequest } from '../../protocol/cluster/control.ts'
import type { Timers } from '../../protocol/ports.ts'
import type { Member } from '../membership/port.ts'
import { frameType, type Transport } from '../transport/port.ts'

export interface OrderDeps {
  readonly transport: Pick<Transport, 'dial'>
  readonly timers: Timers
  /** How long the node may take, ms. */
  readonly withinMs: number
}

/** Has a node do something, over a link of its own. Rejects with DialError, or when no answer comes in time. */
export async function order(member: Member, request: ControlRequest, deps: OrderDeps): Promise<ControlAnswer> {
  const link = await deps.transport.dial(member, 2_000)
  try {
    return await new Promise<ControlAnswer>((resolve, reject) => {
      deps.timers.after(deps.withinMs, () => reject(new Error(`${member.process} did not answer in time`)))
      link.onClose((reason) => reject(new Error(`the link to ${member.process} ended: ${reason}`)))
      link.onFrame((frame) => {
        // The node is our own and authenticated: its answer is taken as it is.
        if (frame.type === frameType.controlled) resolve(parseJsonBytes(frame.payload) as ControlAnswer)
      })
      link.send({
        ...{ type: frameType.control, lane: 0, correlation: 1, epoch: 0, seq: 0, deadlineMs: 0, key: '' },
        payload: new TextEncoder().encode(JSON.stringify(request)),
      })
    })
  } finally {
    link.close('done')
  }
}
