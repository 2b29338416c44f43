import type { ProcessId } from '../../protocol/ids.ts'
import type { Logger, Timers } from '../../protocol/ports.ts'
import type { Member } from '../membership/port.ts'
import { encodeFrame } from './frame-codec.ts'
import { welcome } from './hand-shake.ts'
import type { Passer } from './introductions.ts'
import type { PassageAnswer, PassagePolicy } from './port.ts'
import { splice } from './splice.ts'
import type { Wire } from './wire.ts'

/** So many may be open at once. Each holds two sockets and at most twice `spliceWaitingMaxBytes`. */
export const passagesMax = 64

/** A passage on which nothing passed for so long, ms, is closed: links beat four times a second. */
const idleMs = 20_000

/** What was carried gets so long, ms, to leave when one end is gone. */
const partingMs = 1_000

export interface PassagesDeps {
  readonly self: { readonly process: ProcessId }
  readonly policy: PassagePolicy
  readonly timers: Timers
  readonly logger: Logger
  /** A wire to where that member takes links, which may fail later. */
  connect(target: Member): Wire
}

/**
 * What a node does for a process that cannot reach another: it carries the bytes between the two, and understands none. Who is at
 * the ends proves it to the other end. Only members that take links can be reached in this way, and only members ask.
 */
export class Passages {
  readonly #deps: PassagesDeps
  #open = 0

  constructor(deps: PassagesDeps) {
    this.#deps = deps
  }

  /** Says the last word of the hand-shake, and joins the two where it says so. */
  take({ wire, peer, protocol, onward }: Passer): void {
    const { policy, logger } = this.#deps
    const target = onward.process === this.#deps.self.process ? null : policy.find(onward)
    const answer = this.#answer(target)
    wire.write(encodeFrame(welcome(protocol, answer)))
    if (answer === 'open' && target) {
      logger.info({ peer: peer.process, to: onward.process }, 'passage.opened')
      this.#carry(wire, target, { peer: peer.process, to: onward.process })
      return
    }
    if (answer !== 'open') policy.observer?.refused(answer)
    logger.warn({ peer: peer.process, to: onward.process, reason: answer }, 'passage.refused')
    wire.mute()
    wire.end()
    this.#deps.timers.after(partingMs, () => wire.destroy())
  }

  #answer(target: Member | null): PassageAnswer {
    if (target?.address == null) return 'not_live'
    return this.#open < passagesMax ? 'open' : 'busy'
  }

  #carry(near: Wire, target: Member, names: { readonly peer: ProcessId; readonly to: ProcessId }): void {
    const { policy, timers, logger } = this.#deps
    const far = this.#deps.connect(target)
    this.#open += 1
    policy.observer?.opened()
    let bytes = 0
    let bytesBefore = -1
    const destroy = () => {
      near.destroy()
      far.destroy()
    }
    const stopWatch = timers.every(idleMs, () => {
      if (bytes === bytesBefore) destroy()
      bytesBefore = bytes
    })
    let openEnds = 2
    for (const wire of [near, far]) {
      wire.onClosed(() => {
        openEnds -= 1
        if (openEnds > 0) return
        stopWatch()
        this.#open -= 1
        policy.observer?.closed()
        logger.info({ ...names, bytes }, 'passage.closed')
      })
    }
    splice(near, far, {
      carried: (more) => {
        bytes += more
        policy.observer?.carried(more)
      },
      ended: () => void timers.after(partingMs, destroy),
    })
  }
}
