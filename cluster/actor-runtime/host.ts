import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { kindOf, type ActorKey, type Incarnation, type ProcessId } from '../../protocol/ids.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { Directory, LeaseGuard, OwnerRef } from '../membership/port.ts'
import type { PeerIdentity } from '../transport/port.ts'
import { ActivationQueue } from './activation-queue.ts'
import { activate, type Activation, type HandedOver } from './activation.ts'
import type { Appender } from './appender.ts'
import { ActorCell, type CellCommand, type CellHost, type DropCause } from './cell.ts'
import type { AnyDefinition } from './definition.ts'
import type { PausedActor, PausingHost } from './hand-off.ts'
import { Mailboxes } from './mailboxes.ts'
import { tellOwnership, type OwnershipEvent } from './ownership.ts'
import { Residents, type ResidentParts } from './residents.ts'
import { SnapshotSaves } from './snapshot-saves.ts'
import { SlowTurns } from './slow-turns.ts'
import type { PushTarget } from './subscribers.ts'
import { actorBounds, WaitingLine, WaitingTotal, type CommandClass, type WaitingBounds } from './waiting-line.ts'

/** What happens in a host, for metrics. All optional work of the observer must be cheap and must not throw. */
export interface HostObserver {
  activated(claims: number, tookMs: number): void
  /** Another process owns what this one was asked to load. */
  ownedElsewhere(): void
  dropped(cause: DropCause): void
  dedupHit(): void
  counted(names: readonly string[]): void
  /** A command was refused for want of room. */
  overflow(of: CommandClass, queue: FullQueue): void
  /** One command kept the loop for longer than it may. */
  slowTurn(tookMs: number): void
}

/** An actor in memory, at its last commit. */
export interface HostedActor {
  readonly key: ActorKey
  readonly epoch: number
  readonly seq: number
  /** Attached to it. */
  readonly sessions: number
  /** Commands that wait for it. */
  readonly waiting: number
  /** When it came, monotonic ms. */
  readonly sinceMs: number
  /** The region that it is for; null for any. */
  readonly homeRegion: string | null
}

/** Where there was no room. `joins`: the node has no time for more sessions. */
export type FullQueue = 'mailbox' | 'uncommitted' | 'appender' | 'activation' | 'hand_off' | 'joins'

export interface HostOptions {
  /** An actor that nobody uses leaves memory after so long, ms. */
  readonly idleMs: number
  /** Commands of one actor in each of the places where they wait. Default 2,048. */
  readonly mailboxMax?: number
  /** Activations under way at once; more wait, so that a recovery cannot start a second collapse. Default 200. */
  readonly activationsMax?: number
  /** Actors that wait for their activation; commands for more are told to come again. Default 4,096. */
  readonly activationsWaitingMax?: number
  /** Entries between two snapshots of an actor, at the most. Default 256. */
  readonly snapshotEvery?: number
}

export interface HostDeps<Write> {
  readonly self: { readonly process: ProcessId; readonly incarnation: Incarnation }
  readonly definitions: readonly AnyDefinition<Write>[]
  readonly directory: Directory
  readonly journal: ActorJournal<Write>
  readonly appender: Appender<Write>
  readonly lease: LeaseGuard
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly observer: HostObserver
  readonly options: HostOptions
  /** Runs it in the next turn of the loop. By default a timer of no length, which is later than need be on a real loop. */
  readonly soon?: (run: () => void) => void
  /** False: the node has no time for sessions that it does not have yet. Default: it always has. */
  readonly takesJoins?: () => boolean
  /** What lives beside actors. Default: nothing does. */
  readonly residents?: ResidentParts
  /** False while the record takes no writes. Default always. */
  readonly takesWrites?: () => boolean
}

/** A command on its way to a cell, and how to say that this node is not the one. */
export interface HostCommand extends CellCommand {
  /** Filled in by the host where nobody told. */
  class?: CommandClass
  /** Load the actor if nobody has it. */
  readonly activate: boolean
  notOwner(owner: OwnerRef | null): void
}

/**
 * Told when an actor leaves this node for a reason other than rest, so that its sessions are attached elsewhere: to the heir
 * where it was handed over.
 */
export type OnGone = (key: ActorKey, epoch: number, targets: ReadonlySet<PushTarget>, heir: OwnerRef | null) => void

/** So many actors are given up at a time when the node stops. */
const releasesAtOnce = 64

/** So many actors are put to rest at a time: each writes a snapshot. */
const restsAtOnce = 32

const retryLater: CommandResult = { status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 }
const mailboxFull: CommandResult = { status: 'retry_after', code: 'MAILBOX_FULL', afterMs: 100 }
/** The node is too busy, and will not be less so in a moment. */
const nodeBusy: CommandResult = { status: 'retry_after', code: 'OVERLOADED', afterMs: 500 }

/** The actors of one node: loads them on demand, one activation an actor, and lets idle ones go. */
export class ActorHost<Write> implements PausingHost {
  readonly #deps: HostDeps<Write>
  readonly #definitions: ReadonlyMap<string, AnyDefinition<Write>>
  readonly #cells = new Map<ActorKey, ActorCell<Write>>()
  readonly #mailboxes: Mailboxes<HostCommand>
  readonly #slowTurns: SlowTurns
  readonly #bounds: WaitingBounds
  /** Commands that wait for an activation, in the order they came. */
  readonly #waiting = new Map<ActorKey, WaitingLine<HostCommand>>()
  readonly #waitingTotal = new WaitingTotal()
  readonly #activationQueue: ActivationQueue
  /** How actors were handed to this node, until they are loaded. */
  readonly #handed = new Map<ActorKey, HandedOver>()
  /** Actors that stand still for a hand-off, and the commands that wait for its end. */
  readonly #paused = new Map<ActorKey, WaitingLine<HostCommand>>()
  readonly #pausedTotal = new WaitingTotal()
  readonly #cellHost: CellHost<Write>
  readonly #saves = new SnapshotSaves<ActorCell<Write>, { readonly seq: number; readonly body: unknown }>(
    (cell, { seq, body }) => this.#saveSnapshot(cell, seq, body),
  )
  readonly #residents: Residents<Write>
  readonly #onGone: OnGone
  readonly #activations = new Set<Promise<void>>()
  readonly #cancelUpkeep: Cancel
  #stopping = false
  #isResting = false

  constructor(deps: HostDeps<Write>, onGone: OnGone) {
    this.#deps = deps
    this.#onGone = onGone
    this.#definitions = new Map(deps.definitions.map((definition) => [definition.kind, definition]))
    this.#bounds = { ...actorBounds, messages: deps.options.mailboxMax ?? actorBounds.messages }
    this.#residents = new Residents<Write>(deps)
    this.#activationQueue = new ActivationQueue(deps.options.activationsWaitingMax ?? 4_096)
    this.#slowTurns = new SlowTurns(deps.clock, deps.logger, (tookMs) => deps.observer.slowTurn(tookMs))
    this.#mailboxes = new Mailboxes({
      clock: deps.clock,
      soon: deps.soon ?? ((run) => void deps.timers.after(0, run)),
      carryOut: (key, command) => this.#carryOut(key, command),
      bounds: this.#bounds,
    })
    this.#cellHost = {
      clock: deps.clock,
      timers: deps.timers,
      lease: deps.lease,
      takesWrites: deps.takesWrites ?? (() => true),
      appender: deps.appender,
      logger: deps.logger,
      pending: this.#bounds,
      snapshotEvery: deps.options.snapshotEvery ?? 256,
      counted: (names) => deps.observer.counted(names),
      dedupHit: () => deps.observer.dedupHit(),
      overflow: (of, queue) => deps.observer.overflow(of, queue),
      saveSnapshot: (cell, seq, body) => this.#saves.put(cell, { seq, body }),
      changed: (cell, state) => this.#residents.changed(cell, state),
      dropped: (cell, cause) => this.#forget(cell, cause),
    }
    const upkeepMs = Math.max(250, Math.min(deps.options.idleMs / 4, 5_000))
    this.#cancelUpkeep = deps.timers.every(upkeepMs, () => void this.restIdle(deps.options.idleMs))
  }

  /** Actors in memory. */
  get owned(): number {
    return this.#cells.size
  }

  /** Every actor here, for the operator's eyes. */
  *actors(): Iterable<HostedActor> {
    for (const cell of this.#cells.values()) yield this.#shown(cell)
  }

  /** Null where it is not here. */
  actor(key: ActorKey): HostedActor | null {
    const cell = this.#cells.get(key)
    return cell ? this.#shown(cell) : null
  }

  #shown(cell: ActorCell<Write>): HostedActor {
    const { key, position, subscribers, sinceMs, homeRegion } = cell
    const waiting = this.#mailboxes.waitingFor(key) + (this.#paused.get(key)?.length ?? 0)
    return { key, ...position, sessions: subscribers.size, waiting, sinceMs, homeRegion }
  }

  /** Sums of the gauges of the actors and of what lives beside them. */
  gauges(): Record<string, number> {
    const sums: Record<string, number> = {}
    const add = (gauges: Readonly<Record<string, number>>): void => {
      for (const [name, value] of Object.entries(gauges)) sums[name] = (sums[name] ?? 0) + value
    }
    for (const cell of this.#cells.values()) add(cell.gauges())
    this.#residents.gauges(add)
    return sums
  }

  /** For what lives beside an actor. False: nothing here does. */
  datagram(key: ActorKey, payload: Uint8Array, from: PeerIdentity): boolean {
    return this.#residents.datagram(key, payload, from)
  }

  /** Commands that wait, by where. */
  get waiting(): Readonly<Record<'mailbox' | 'activation' | 'hand_off', number>> {
    return {
      mailbox: this.#mailboxes.waiting,
      activation: this.#waitingTotal.messages,
      hand_off: this.#pausedTotal.messages,
    }
  }

  /** Actors that wait for their activation. */
  get activationsWaiting(): number {
    return this.#activationQueue.size
  }

  dispatch(key: ActorKey, command: HostCommand): void {
    command.class ??= this.#definitions.get(kindOf(key))?.classOf?.(command.command) ?? 'A'
    const paused = this.#paused.get(key)
    if (paused) {
      if (!paused.offer(command)) this.#shed(command, 'hand_off')
      return
    }
    if (command.class === 'join' && this.#deps.takesJoins?.() === false) {
      this.#shed(command, 'joins', nodeBusy)
      return
    }
    if (this.#cells.has(key)) {
      if (!this.#mailboxes.offer(key, command)) this.#shed(command, 'mailbox')
      return
    }
    const waiting = this.#waiting.get(key)
    if (!waiting) this.#begin(key, command)
    else if (waiting.offer(command)) this.#activationQueue.grew(key, waiting.length)
    else this.#shed(command, 'activation')
  }

  /** A process that carried sessions is gone. */
  targetLost(target: PushTarget): void {
    for (const cell of [...this.#cells.values()]) cell.targetLost(target)
  }

  /** The directory has a later epoch of the actor: what is in memory under this one is over. */
  supersede(key: ActorKey, epoch: number): void {
    const cell = this.#cells.get(key)
    // One that is being handed off learns it there.
    if (cell?.epoch === epoch && !this.#paused.has(key)) cell.drop('superseded', { status: 'unknown' })
  }

  /** Past the lease's deadline: everything goes, in silence. */
  abandon(): void {
    for (const cell of [...this.#cells.values()]) cell.drop('lease_lost')
  }

  /**
   * Planned end: takes nothing new, and gives every actor up so that others may have it at once. What was not committed
   * is unknown to those who wait for it; they ask the next owner. Resolves when no activation is under way any more.
   */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#cancelUpkeep()
    const cells = [...this.#cells.values()]
    while (cells.length > 0) {
      await Promise.all(
        cells.splice(0, releasesAtOnce).map((cell) => {
          cell.drop('stopping', { status: 'unknown' })
          return this.#release(cell.key, cell.epoch, 'stopping')
        }),
      )
    }
    while (this.#activations.size > 0) await Promise.all(this.#activations)
  }

  /** The last owner had the directory pass the actor on to this node, under that epoch. */
  takeOver(key: ActorKey, epoch: number, from: ProcessId): void {
    const isUnderWay = this.#cells.has(key) || this.#waiting.has(key)
    if (isUnderWay || this.#stopping || !this.#definitions.has(kindOf(key)) || !this.#deps.lease.holds()) return
    // Where as many wait as may, the first command for it has it loaded.
    if (!this.#activationQueue.add(key, 0)) return
    this.#handed.set(key, { epoch, from })
    this.#tell({ change: 'moved', cause: 'handed_over', key, epoch, from, to: this.#deps.self.process })
    this.#waiting.set(key, this.#newWaiting())
    this.#activateNext()
  }

  pause(key: ActorKey): PausedActor | null {
    const cell = this.#cells.get(key)
    if (!cell || this.#paused.has(key) || !this.#deps.lease.holds()) return null
    const held = new WaitingLine<HostCommand>(this.#bounds, this.#pausedTotal)
    this.#paused.set(key, held)
    for (const command of this.#mailboxes.takeAll(key)) if (!held.offer(command)) this.#shed(command, 'hand_off')
    cell.pause()
    return {
      epoch: cell.epoch,
      quiet: (withinMs) => cell.quiet(withinMs),
      resume: () => {
        if (this.#cells.get(key) !== cell) return
        cell.resume()
        this.#endPause(key, (command) => this.dispatch(key, command))
      },
      leave: (heir) => {
        if (this.#cells.get(key) === cell) this.#leave(cell, heir)
      },
    }
  }

  /** Lets an actor that nobody is attached to leave memory. False where it is in use, or not here. */
  async letRest(key: ActorKey): Promise<boolean> {
    const cell = this.#cells.get(key)
    if (!cell || this.#paused.has(key) || !this.#mayRest(cell, 0)) return false
    await this.#rest(cell)
    return true
  }

  /** A hand-off is through, or nobody knows whether it is. */
  #leave(cell: ActorCell<Write>, heir: OwnerRef | null): void {
    const { key, epoch } = cell
    const targets = cell.subscribers.everyTarget()
    cell.drop('moved')
    if (!heir) void this.#release(key, epoch, 'moved')
    this.#endPause(key, (command) => command.notOwner(heir))
    if (targets.size > 0) this.#onGone(key, epoch, targets, heir)
  }

  #takeHanded(key: ActorKey): HandedOver | null {
    const handed = this.#handed.get(key) ?? null
    this.#handed.delete(key)
    return handed
  }

  #endPause(key: ActorKey, settle: (command: HostCommand) => void): void {
    const held = this.#paused.get(key)?.takeAll() ?? []
    this.#paused.delete(key)
    for (const command of held) settle(command)
  }

  #begin(key: ActorKey, command: HostCommand): void {
    const definition = this.#definitions.get(kindOf(key))
    if (!command.activate) command.notOwner(null)
    else if (!definition || !this.#mayActivate()) command.answer(retryLater)
    else {
      const waiting = this.#newWaiting()
      const hasPlace = waiting.offer(command) && this.#activationQueue.add(key, 1)
      if (!hasPlace) {
        waiting.takeAll()
        this.#shed(command, 'activation', nodeBusy)
        return
      }
      this.#waiting.set(key, waiting)
      this.#activateNext()
    }
  }

  /** Loading an actor takes the record too. */
  #mayActivate(): boolean {
    return !this.#stopping && this.#deps.lease.holds() && this.#cellHost.takesWrites()
  }

  #newWaiting(): WaitingLine<HostCommand> {
    return new WaitingLine(this.#bounds, this.#waitingTotal)
  }

  #shed(command: HostCommand, queue: FullQueue, result = mailboxFull): void {
    this.#deps.observer.overflow(command.class ?? 'A', queue)
    command.answer(result)
  }

  #carryOut(key: ActorKey, command: HostCommand): void {
    const cell = this.#cells.get(key)
    if (cell) this.#slowTurns.watch(key, () => cell.handle(command))
    else this.dispatch(key, command)
  }

  #activateNext(): void {
    const max = this.#deps.options.activationsMax ?? 200
    while (this.#activations.size < max) {
      const key = this.#activationQueue.take()
      if (key === undefined) return
      const activation = this.#activate(key).finally(() => {
        this.#activations.delete(activation)
        this.#activateNext()
      })
      this.#activations.add(activation)
    }
  }

  async #activate(key: ActorKey): Promise<void> {
    const definition = this.#definitions.get(kindOf(key))
    if (!definition || this.#stopping) {
      this.#answerWaiting(key, (command) => command.answer(retryLater))
      return
    }
    const startedMs = this.#deps.clock.monotonicMs()
    const handed = this.#takeHanded(key)
    let activation: Activation
    try {
      activation = await activate(key, definition, this.#deps, handed)
    } catch (err) {
      this.#deps.logger.warn({ key, err }, 'actor.activation_failed')
      this.#answerWaiting(key, (command) => command.answer(retryLater))
      return
    }
    if (activation.outcome !== 'active') {
      const owner = activation.outcome === 'owned_elsewhere' ? activation.owner : null
      if (owner) this.#deps.observer.ownedElsewhere()
      this.#answerWaiting(key, (command) => (owner ? command.notOwner(owner) : command.answer(retryLater)))
      return
    }
    const { epoch, from, replayed, claims } = activation
    if (this.#hasBegunToStop()) {
      await this.#release(key, epoch, 'not_activated')
      this.#answerWaiting(key, (command) => command.answer(retryLater))
      return
    }
    const cell = new ActorCell(key, epoch, definition, replayed, this.#cellHost)
    this.#cells.set(key, cell)
    this.#residents.begin(cell, replayed.state)
    cell.start()
    this.#deps.observer.activated(claims, this.#deps.clock.monotonicMs() - startedMs)
    const cause = handed?.epoch === epoch ? 'handed_over' : 'command'
    const by = { from, to: this.#deps.self.process }
    this.#tell({ change: 'activated', cause, key, epoch, ...by }, { seq: replayed.seq, claims })
    this.#answerWaiting(key, (command) => this.dispatch(key, command))
  }

  /** Asked again, since it may have changed while something was waited for. */
  #hasBegunToStop(): boolean {
    return this.#stopping
  }

  #answerWaiting(key: ActorKey, answer: (command: HostCommand) => void): void {
    const waiting = this.#waiting.get(key)?.takeAll() ?? []
    this.#waiting.delete(key)
    for (const command of waiting) answer(command)
  }

  #forget(cell: ActorCell<Write>, cause: DropCause): void {
    if (this.#cells.get(cell.key) === cell) this.#cells.delete(cell.key)
    this.#residents.end(cell)
    this.#deps.observer.dropped(cause)
    const { epoch, seq } = cell.position
    this.#tell({ change: 'dropped', cause, key: cell.key, epoch, from: this.#deps.self.process, to: null }, { seq })
    const unheard = this.#mailboxes.takeAll(cell.key)
    // Who had it leave does the rest: a paused actor has an empty mailbox.
    if (cause === 'moved') return
    if (cause === 'lease_lost') {
      this.#paused.get(cell.key)?.takeAll()
      this.#paused.delete(cell.key)
      return
    }
    this.#endPause(cell.key, (command) => this.dispatch(cell.key, command))
    for (const command of unheard) this.dispatch(cell.key, command)
    if (cause !== 'rest' && cause !== 'stopping') void this.#release(cell.key, cell.epoch, cause)
    const targets = cell.subscribers.everyTarget()
    if (targets.size > 0) this.#onGone(cell.key, cell.epoch, targets, null)
  }

  #mayRest(cell: ActorCell<Write>, idleMs: number): boolean {
    return !this.#mailboxes.has(cell.key) && cell.mayRest(idleMs)
  }

  /** Has actors leave memory that nobody used for `idleMs`, a few at a time. Never rejects. */
  async restIdle(idleMs: number): Promise<void> {
    if (this.#isResting) return
    this.#isResting = true
    const idle = [...this.#cells.values()].filter((cell) => this.#mayRest(cell, idleMs))
    const lane = async () => {
      for (let cell = idle.pop(); cell && this.#deps.lease.holds(); cell = idle.pop()) {
        // Asked again: it may have been used, or gone, while others were put to rest.
        if (this.#cells.get(cell.key) === cell && this.#mayRest(cell, idleMs)) await this.#rest(cell)
      }
    }
    await Promise.all(Array.from({ length: restsAtOnce }, lane))
    this.#isResting = false
  }

  /** Leaves memory for want of use. The snapshot goes first; a command that comes meanwhile finds the journal. */
  async #rest(cell: ActorCell<Write>): Promise<void> {
    const snapshot = cell.restSnapshot()
    cell.drop('rest')
    if (snapshot) await this.#saveSnapshot(cell, snapshot.seq, snapshot.body)
    await this.#release(cell.key, cell.epoch, 'rest')
  }

  async #saveSnapshot(cell: ActorCell<Write>, seq: number, body: unknown): Promise<void> {
    try {
      await this.#deps.journal.saveSnapshot(cell.key, { seq, epoch: cell.epoch, body })
    } catch (err) {
      // The journal holds everything; the next activation only reads more of it.
      this.#deps.logger.warn({ key: cell.key, seq, err }, 'actor.snapshot_failed')
    }
  }

  async #release(key: ActorKey, epoch: number, cause: string): Promise<void> {
    const { self, directory } = this.#deps
    try {
      if (!(await directory.release(key, { ...self, epoch }))) return
      this.#tell({ change: 'released', cause, key, epoch, from: self.process, to: null })
    } catch (err) {
      this.#deps.logger.warn({ key, epoch, err }, 'actor.release_failed')
    }
  }

  #tell(event: OwnershipEvent, besides?: object): void {
    tellOwnership(this.#deps.logger, event, besides)
  }
}
