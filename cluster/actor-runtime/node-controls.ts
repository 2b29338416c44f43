import type { ControlAnswer, ControlRequest } from '../../protocol/cluster/control.ts'
import type { ActorKey, ProcessId } from '../../protocol/ids.ts'
import type { Member, Membership } from '../membership/port.ts'
import type { Placement } from '../placement/port.ts'
import { firstHeir, type Drain } from './drain.ts'
import type { HandOffs } from './hand-off.ts'
import type { ActorHost } from './host.ts'

export interface NodeControlsDeps {
  readonly self: ProcessId
  readonly drain: Pick<Drain, 'run' | 'callOff' | 'isOn'>
  readonly handOffs: Pick<HandOffs, 'handOff'>
  readonly host: Pick<ActorHost<unknown>, 'actor'>
  readonly placement: Placement
  readonly membership: Pick<Membership, 'view' | 'refresh'>
  /** Tells the others what this node is. */
  readonly announce: (state: 'up' | 'draining') => Promise<void>
}

/** What operators may have a node do. */
export class NodeControls {
  readonly #deps: NodeControlsDeps
  /** Orders to drain and not to, so far: one that waits to begin gives way to the next. */
  #orders = 0

  constructor(deps: NodeControlsDeps) {
    this.#deps = deps
  }

  /** Never rejects. */
  async control(request: ControlRequest): Promise<ControlAnswer> {
    try {
      switch (request.verb) {
        case 'drain':
          return await this.#drain()
        case 'undrain':
          this.#orders += 1
          this.#deps.drain.callOff()
          await this.#deps.announce('up')
          return { done: true, value: { state: 'up' } }
        case 'move':
          return await this.#move(request.key, request.to)
      }
    } catch (error) {
      return { done: false, problem: error instanceof Error ? error.message : String(error) }
    }
  }

  async #drain(): Promise<ControlAnswer> {
    const { drain, announce } = this.#deps
    if (drain.isOn) return { done: false, problem: 'a drain is under way' }
    const order = (this.#orders += 1)
    await announce('draining')
    if (order !== this.#orders) return { done: false, problem: 'another order came before it began' }
    return { done: true, value: { state: 'draining', ...(await drain.run()) } }
  }

  async #move(key: ActorKey, to: ProcessId | undefined): Promise<ControlAnswer> {
    const { handOffs, membership } = this.#deps
    let heir = this.#heir(key, to)
    if (!heir) {
      // It may have come up a moment ago. Without an answer the last view has to do.
      await membership.refresh().catch(() => undefined)
      heir = this.#heir(key, to)
    }
    if (!heir) return { done: false, problem: to === undefined ? 'there is no other node' : `${to} is no other node` }
    const outcome = await handOffs.handOff(key, heir)
    if (outcome === 'moved') return { done: true, value: { to: heir.process } }
    return { done: false, problem: outcome === 'kept' ? 'it stayed where it is' : 'it left memory on the way' }
  }

  #heir(key: ActorKey, to: ProcessId | undefined): Member | null {
    const { host, placement, membership, self } = this.#deps
    const view = membership.view()
    const heir =
      to === undefined ? firstHeir(key, placement, view, self, host.actor(key)?.homeRegion ?? null) : view.get(to)
    return heir?.role === 'node' && heir.process !== self ? heir : null
  }
}
