import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Logger, Timers } from '../../protocol/ports.ts'
import type { Member, Membership } from '../membership/port.ts'
import { DialError, type Frame, type PeerLink, type Transport } from '../transport/port.ts'

export interface LinksDeps {
  readonly transport: Transport
  readonly membership: Membership
  readonly timers: Timers
  readonly logger: Logger
  /** A dial may take so long, ms. Default 500. */
  readonly dialTimeoutMs?: number
}

export interface LinkListener {
  onFrame(link: PeerLink, frame: Frame): void
  onClose(link: PeerLink, reason: string): void
}

const sleep = (timers: Timers, ms: number) => new Promise<void>((resolve) => void timers.after(ms, resolve))

/**
 * One link to each node this process talks to, dialled on demand, one dial at a time for each. A node whose host answers
 * ECONNREFUSED twice, 100 ms apart, is gone: its lease is revoked, so that nobody waits for it to run out. Time-outs
 * never revoke: a slow node is not a dead one.
 */
export class Links {
  readonly #deps: LinksDeps
  readonly #listener: LinkListener
  readonly #open = new Map<Incarnation, PeerLink>()
  readonly #dialling = new Map<Incarnation, Promise<PeerLink>>()
  #closed = false

  constructor(deps: LinksDeps, listener: LinkListener) {
    this.#deps = deps
    this.#listener = listener
  }

  /** The link to that life of that process, dialled if need be. Rejects with DialError. */
  async to(member: Member): Promise<PeerLink> {
    const open = this.#open.get(member.incarnation)
    if (open) return open
    const dialling = this.#dialling.get(member.incarnation)
    if (dialling) return dialling
    const dial = this.#dial(member).finally(() => this.#dialling.delete(member.incarnation))
    this.#dialling.set(member.incarnation, dial)
    return dial
  }

  /** There is a link to that life, whether or not it answers. */
  isOpen(incarnation: Incarnation): boolean {
    return this.#open.has(incarnation)
  }

  /** The open link to that life, if it answers its beats. */
  healthy(incarnation: Incarnation): PeerLink | null {
    const link = this.#open.get(incarnation)
    return link && !link.isSuspect() ? link : null
  }

  /**
   * Closes links to lives that hold no lease any more and do not answer: a frozen node keeps its sockets open. One that answers
   * knows best whether it still serves.
   */
  closeDead(isLive: (process: ProcessId, incarnation: Incarnation) => boolean): void {
    for (const link of [...this.#open.values()]) {
      if (link.isSuspect() && !isLive(link.peer.process, link.peer.incarnation)) link.close('lease_gone')
    }
  }

  closeAll(): void {
    this.#closed = true
    for (const link of [...this.#open.values()]) link.close('stopping')
  }

  async #dial(member: Member): Promise<PeerLink> {
    try {
      return this.#adopt(await this.#dialOnce(member))
    } catch (error) {
      if (!isRefused(error)) throw error
    }
    await sleep(this.#deps.timers, 100)
    try {
      return this.#adopt(await this.#dialOnce(member))
    } catch (error) {
      if (isRefused(error)) await this.#revoke(member)
      throw error
    }
  }

  #dialOnce(member: Member): Promise<PeerLink> {
    if (this.#closed) throw new DialError('other')
    return this.#deps.transport.dial(member, this.#deps.dialTimeoutMs ?? 500)
  }

  #adopt(link: PeerLink): PeerLink {
    this.#open.set(link.peer.incarnation, link)
    link.onFrame((frame) => this.#listener.onFrame(link, frame))
    link.onClose((reason) => {
      this.#open.delete(link.peer.incarnation)
      this.#deps.logger.info({ peer: link.peer.process, reason }, 'link.closed')
      this.#listener.onClose(link, reason)
    })
    this.#deps.logger.info({ peer: link.peer.process }, 'link.opened')
    return link
  }

  async #revoke(member: Member): Promise<void> {
    try {
      const revoked = await this.#deps.membership.revoke(member.process, member.incarnation)
      this.#deps.logger.warn({ peer: member.process, incarnation: member.incarnation, revoked }, 'member.revoked')
      await this.#deps.membership.refresh()
    } catch (err) {
      this.#deps.logger.warn({ peer: member.process, err }, 'member.revoke_failed')
    }
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof DialError && error.reason === 'refused'
}
