import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import type { Life, Member, Membership } from '../membership/port.ts'
import { DialError, type Frame, type PeerLink, type Transport } from '../transport/port.ts'
import { Cuts } from './cuts.ts'
import { Detours, type DetourObserver } from './detours.ts'

export interface LinksDeps {
  readonly transport: Transport
  readonly membership: Membership
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  /** A dial may take so long, ms. Default 500. */
  readonly dialTimeoutMs?: number
  /** With it, a node that cannot be reached straight is reached by way of another. */
  readonly detours?: DetourObserver
}

export interface LinkListener {
  onFrame(link: PeerLink, frame: Frame): void
  /** Nothing more is heard from it: it is closed, or another link to the same life has taken its place (`replaced`). */
  onClose(link: PeerLink, reason: string): void
}

/** Why a link is heard no more whose place another took. */
export const replaced = 'replaced'

/** A link whose place another took is closed so long after, ms: by then what it carried is carried over the other. */
const retiredMs = 2_000

/** A straight link takes the place of a detour when it answered its beats for so long, ms. */
const probationMs = 1_500

/** Between two tries of the straight way, ms, spread by a quarter. */
const straightEveryMs = 3_000

/** The search for a way to a life. */
interface Search {
  readonly life: Life
  readonly link: Promise<PeerLink>
  giveUp(): void
}

/**
 * One link to each node this process talks to, dialled on demand, one search at a time for each. A node whose host answers
 * ECONNREFUSED twice, 100 ms apart, is gone: its lease is revoked, so that nobody waits for it to run out. Time-outs
 * never revoke: a slow node is not a dead one. One that holds its lease and cannot be reached from here is reached by a detour,
 * until the straight way is there again.
 */
export class Links {
  readonly #deps: LinksDeps
  readonly #listener: LinkListener
  readonly #open = new Map<Incarnation, PeerLink>()
  readonly #searches = new Map<Incarnation, Search>()
  readonly #detours: Detours | null
  readonly #cuts: Cuts
  #closed = false

  constructor(deps: LinksDeps, listener: LinkListener) {
    this.#deps = deps
    this.#listener = listener
    this.#cuts = new Cuts(deps)
    this.#detours = deps.detours
      ? new Detours({
          ...deps,
          observer: deps.detours,
          view: () => deps.membership.view(),
          isStraight: ({ incarnation }) => this.healthy(incarnation)?.via === null,
        })
      : null
  }

  /**
   * The link to that life of that process, sought if need be. Rejects with DialError; with UnreachableError where no way was found
   * for half a minute.
   */
  async to(member: Member): Promise<PeerLink> {
    // One that does not answer may answer again. If another takes its place first, what was sent on it is sent on that one.
    const open = this.#open.get(member.incarnation)
    if (open) return open
    this.#cuts.check(member)
    return this.#search(member, () => this.#reach(member))
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
   * knows best whether it still serves. To one that holds its lease and does not answer another way is sought.
   */
  tend(isLive: (life: Life) => boolean): void {
    for (const link of [...this.#open.values()]) {
      if (!link.isSuspect()) continue
      if (!isLive(link.peer)) link.close('lease_gone')
      else if (this.#detours && this.#cuts.mayTry(link.peer)) this.#seekAnother(link)
    }
    for (const search of this.#searches.values()) if (!isLive(search.life)) search.giveUp()
    this.#cuts.forget((life) => !isLive(life) || this.healthy(life.incarnation) !== null)
  }

  closeAll(): void {
    this.#closed = true
    for (const link of [...this.#open.values()]) link.close('stopping')
  }

  /** One way to a life is sought at a time. Who waits for it waits no longer when the life is over. */
  #search(member: Member, seek: () => Promise<PeerLink>): Promise<PeerLink> {
    const under = this.#searches.get(member.incarnation)
    if (under) return under.link
    let giveUp: () => void = () => undefined
    const over = new Promise<never>((_, reject) => {
      giveUp = () => reject(new DialError('other'))
    })
    const sought = seek().finally(() => this.#searches.delete(member.incarnation))
    const link = Promise.race([sought, over])
    this.#searches.set(member.incarnation, { life: member, link, giveUp })
    return link
  }

  #seekAnother(link: PeerLink): void {
    const member = this.#deps.membership.view().get(link.peer.process)
    if (member?.incarnation !== link.peer.incarnation) return
    // Whoever asks for the link meanwhile is told what became of it.
    this.#search(member, () => this.#around(member, link)).catch(() => undefined)
  }

  /** Straight, or by a detour where that fails and the life holds its lease. */
  async #reach(member: Member): Promise<PeerLink> {
    try {
      return this.#adopt(await this.#dial(member))
    } catch (error) {
      if (!isPathTrouble(error)) throw error
      const detour = await this.#detour(member, null)
      if (detour) return this.#adopt(detour)
      if (this.#detours && this.#isLive(member)) {
        this.#cuts.failed(member)
        this.#cuts.check(member)
      }
      throw error
    }
  }

  /** Another way than a link that does not answer; that link, where there is no other. */
  async #around(member: Member, silent: PeerLink): Promise<PeerLink> {
    const straight = silent.via === null ? null : await this.#dialOnce(member).catch(() => null)
    const other = straight ?? (await this.#detour(member, silent.via))
    const now = this.#open.get(member.incarnation)
    if (other && (now === undefined || (now === silent && silent.isSuspect()))) return this.#adopt(other)
    // It answers again, or was closed meanwhile.
    other?.close('not_needed')
    if (now?.isSuspect()) this.#cuts.failed(member)
    return now ?? this.#reach(member)
  }

  async #detour(member: Member, not: ProcessId | null): Promise<PeerLink | null> {
    if (this.#closed || !this.#detours || !this.#isLive(member)) return null
    return this.#detours.find(member, not)
  }

  #isLive({ process, incarnation }: Life): boolean {
    return this.#deps.membership.view().isLive(process, incarnation)
  }

  async #dial(member: Member): Promise<PeerLink> {
    try {
      return await this.#dialOnce(member)
    } catch (error) {
      if (!isRefused(error)) throw error
    }
    await this.#sleep(100)
    try {
      return await this.#dialOnce(member)
    } catch (error) {
      if (isRefused(error)) await this.#revoke(member)
      throw error
    }
  }

  #dialOnce(member: Member): Promise<PeerLink> {
    if (this.#closed) return Promise.reject(new DialError('other'))
    return this.#deps.transport.dial(member, this.#deps.dialTimeoutMs ?? 500)
  }

  /** From now on this is the link to that life. One that was before is heard no more. */
  #adopt(link: PeerLink): PeerLink {
    const { via } = link
    const { process, incarnation } = link.peer
    if (this.#closed) {
      link.close('stopping')
      return link
    }
    const before = this.#open.get(incarnation)
    this.#open.set(incarnation, link)
    this.#cuts.reached(incarnation)
    if (via !== null) this.#deps.detours?.opened()
    const isCurrent = () => this.#open.get(incarnation) === link
    link.onFrame((frame) => {
      if (isCurrent()) this.#listener.onFrame(link, frame)
    })
    link.onClose((reason) => {
      this.#deps.logger.info({ peer: process, via, reason }, 'link.closed')
      if (via !== null) this.#deps.detours?.closed()
      if (!isCurrent()) return
      this.#open.delete(incarnation)
      this.#listener.onClose(link, reason)
    })
    this.#deps.logger.info({ peer: process, via }, 'link.opened')
    if (before) this.#retire(before)
    if (via !== null) this.#goStraightLater(link)
    return link
  }

  /** Its peer sees the end a moment later: at once, the sessions behind it would seem to be gone in between. */
  #retire(link: PeerLink): void {
    this.#listener.onClose(link, replaced)
    this.#deps.timers.after(retiredMs, () => link.close(replaced))
  }

  /** While a detour is in use the straight way is tried again and again. */
  #goStraightLater(detour: PeerLink): void {
    const ms = straightEveryMs * (0.75 + 0.5 * this.#deps.random.fraction())
    this.#deps.timers.after(ms, () => void this.#goStraight(detour))
  }

  async #goStraight(detour: PeerLink): Promise<void> {
    const isInUse = () => !this.#closed && this.#open.get(detour.peer.incarnation) === detour
    const member = this.#deps.membership.view().get(detour.peer.process)
    if (!isInUse() || member?.incarnation !== detour.peer.incarnation) return
    // Not the dial that revokes: the detour shows that the node is alive.
    const straight = await this.#dialOnce(member).catch(() => null)
    let isLost = straight === null
    straight?.onClose(() => (isLost = true))
    if (straight) await this.#sleep(probationMs)
    if (straight && isInUse() && !isLost && !straight.isSuspect()) {
      this.#adopt(straight)
      return
    }
    straight?.close('not_needed')
    if (isInUse()) this.#goStraightLater(detour)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#deps.timers.after(ms, resolve))
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

/** The process did not answer, so that another way may help; one that answered says the same by every way. */
const isPathTrouble = (error: unknown): boolean =>
  error instanceof DialError && ['refused', 'timeout', 'other'].includes(error.reason)
