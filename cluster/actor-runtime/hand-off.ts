import type { ActorKey } from '../../protocol/ids.ts'
import type { Clock, Logger } from '../../protocol/ports.ts'
import type { Directory, Member, MemberFacts, OwnerRef } from '../membership/port.ts'
import { frameType, type PeerLink } from '../transport/port.ts'
import { tellOwnership } from './ownership.ts'

/** `moved`: the heir has it. `kept`: it serves on here. `lost`: it left memory, and whoever is asked next loads it. */
export type HandOffOutcome = 'moved' | 'kept' | 'lost'

/** Why an actor is handed on: the whole node is emptied, or an operator said so of this actor. */
export type HandOffCause = 'drain' | 'order' | 'region'

/** An actor that carries out nothing until it is told what became of its hand-off. */
export interface PausedActor {
  readonly epoch: number
  /** True once everything decided is committed and answered; false where it left memory, or that took too long. */
  quiet(withinMs: number): Promise<boolean>
  /** It stays, and carries out what waited. */
  resume(): void
  /** It is gone to the heir, null where nobody knows whether it is. What waited is sent there by its senders. */
  leave(heir: OwnerRef | null): void
}

/** Where actors are paused. */
export interface PausingHost {
  /** Null where the actor is not here, or paused already. */
  pause(key: ActorKey): PausedActor | null
}

export interface HandOffDeps {
  readonly self: Pick<MemberFacts, 'process' | 'incarnation'>
  readonly host: PausingHost
  readonly directory: Pick<Directory, 'transfer'>
  /** The link to that life of that node, dialled if need be. Rejects with DialError. */
  readonly linkTo: (heir: Member) => Promise<PeerLink>
  readonly clock: Clock
  readonly logger: Logger
  /** How it went, and for how long the actor stood still here, ms. */
  readonly observe: (outcome: HandOffOutcome, pausedMs: number) => void
  /** An actor stands still for so long at the most, then it stays. Default 500 ms. */
  readonly pauseMaxMs?: number
}

/**
 * Hands living actors to other nodes. The order is what makes it safe: the link to the heir first, since an heir that cannot
 * be reached is none; then the actor stands still until everything it decided is committed; then the directory passes it on,
 * by compare-and-set, under the next epoch; then the heir is told and raises that epoch in Postgres, as at every activation;
 * and last the gateways. Up to the directory's answer the actor can stay. Where that answer does not come the actor leaves
 * memory, and Postgres decides who is next.
 */
export class HandOffs {
  readonly #deps: HandOffDeps

  constructor(deps: HandOffDeps) {
    this.#deps = deps
  }

  /** Never rejects. */
  async handOff(key: ActorKey, heir: Member, cause: HandOffCause = 'order'): Promise<HandOffOutcome> {
    const { self, clock, logger, observe } = this.#deps
    let link: PeerLink
    try {
      link = await this.#deps.linkTo(heir)
    } catch (err) {
      logger.info({ key, heir: heir.process, err }, 'hand_off.heir_not_reached')
      return 'kept'
    }
    const paused = this.#deps.host.pause(key)
    if (!paused) return 'kept'
    const beganMs = clock.monotonicMs()
    const { outcome, epoch } = await this.#handOver(key, paused, heir, link)
    const tookMs = clock.monotonicMs() - beganMs
    observe(outcome, tookMs)
    const pausedMs = Math.round(tookMs)
    if (outcome === 'moved') {
      const by = { from: self.process, to: heir.process }
      tellOwnership(logger, { change: 'handed_off', cause, key, epoch, ...by }, { pausedMs })
    } else logger.info({ key, epoch, heir: heir.process, outcome, pausedMs }, 'hand_off.not_done')
    return outcome
  }

  /** The epoch is the one in force after it, as far as this node knows. */
  async #handOver(
    key: ActorKey,
    paused: PausedActor,
    heir: Member,
    link: PeerLink,
  ): Promise<{ readonly outcome: HandOffOutcome; readonly epoch: number }> {
    const { self, directory, logger, pauseMaxMs = 500 } = this.#deps
    if (!(await paused.quiet(pauseMaxMs))) {
      paused.resume()
      return { outcome: 'kept', epoch: paused.epoch }
    }
    const { process, incarnation } = heir
    let epoch: number | null
    try {
      epoch = await directory.transfer(key, { ...self, epoch: paused.epoch }, { process, incarnation })
    } catch (err) {
      logger.warn({ key, heir: process, err }, 'hand_off.transfer_unknown')
      paused.leave(null)
      return { outcome: 'lost', epoch: paused.epoch }
    }
    if (epoch === null) {
      paused.resume()
      return { outcome: 'kept', epoch: paused.epoch }
    }
    // An heir that misses this loads the actor when the first command comes: the directory names it already.
    link.send({
      type: frameType.handOver,
      lane: 0,
      correlation: 0,
      epoch,
      seq: 0,
      deadlineMs: 0,
      key,
      payload: new Uint8Array(),
    })
    paused.leave({ process, incarnation, epoch })
    return { outcome: 'moved', epoch }
  }
}
