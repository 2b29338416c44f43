import type { AppendOutcome, JournalEntry } from '../../persistence/journal/port.ts'
import type { CommandResult, Position } from '../../protocol/cluster/results.ts'
import { AppError } from '../../protocol/errors.ts'
import { commandId, type ActorKey, type CommandId, type SessionId } from '../../protocol/ids.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { LeaseGuard } from '../membership/port.ts'
import type { EnginePush } from '../routing/port.ts'
import type { Appender } from './appender.ts'
import type { DedupTable } from './dedup.ts'
import type { AnyDefinition } from './definition.ts'
import { snapshotBody, type Replayed } from './replay.ts'
import type { RecentEvents } from './recent-events.ts'
import { Subscribers, type PushTarget } from './subscribers.ts'
import { takeTurn, type Turn } from './turn.ts'
import { admits, type CommandClass, type WaitingBounds } from './waiting-line.ts'

/** A command that reached the cell. */
export interface CellCommand {
  readonly id: CommandId
  readonly command: unknown
  /** What it is worth where not all can be taken; class A when not told. */
  readonly class?: CommandClass
  /** As it came over the wire; 0 where it did not. */
  readonly bytes?: number
  readonly subscribe?: {
    readonly session: SessionId
    readonly target: PushTarget
    /** The position up to which the session has heard everything; absent where it has to be told all. */
    readonly since?: Position
  }
  readonly unsubscribe?: SessionId
  /** Monotonic ms; a command that waited past it is dropped before it runs. */
  readonly deadlineMs: number
  answer(result: CommandResult): void
}

/** Why a cell left memory. `rest` is planned; every other one loses what was not committed, and says so to those who wait. */
export type DropCause =
  'rest' | 'moved' | 'fenced' | 'superseded' | 'append_unknown' | 'duplicate' | 'refused' | 'lease_lost' | 'stopping'

/** What a cell needs of its node. */
export interface CellHost<Write> {
  readonly clock: Clock
  readonly timers: Timers
  readonly lease: LeaseGuard
  /** False while the record takes no writes: then nothing durable is decided. */
  readonly takesWrites: () => boolean
  readonly appender: Appender<Write>
  readonly logger: Logger
  /** Uncommitted commands of one actor at the most; beyond them MAILBOX_FULL. */
  readonly pending: WaitingBounds
  /** Entries between two snapshots, at the most. */
  readonly snapshotEvery: number
  counted(counts: readonly string[]): void
  dedupHit(): void
  /** A command was refused for want of room: behind uncommitted ones of its actor, or in the node's appender. */
  overflow(of: CommandClass, queue: 'uncommitted' | 'appender'): void
  saveSnapshot(cell: ActorCell<Write>, seq: number, body: unknown): void
  /** What was decided up to here is committed, and made it this. */
  changed(cell: ActorCell<Write>, state: unknown): void
  /** The cell is empty-handed from now on and has to be forgotten. */
  dropped(cell: ActorCell<Write>, cause: DropCause): void
}

/** Something to be sent once everything decided before it is committed. */
interface Output {
  /** Seq of the entry it waits for. */
  readonly behind: number
  readonly bytes: number
  send(): void
  /** The cell drops before it was sent. */
  fail(result: CommandResult): void
}

const retryLater: CommandResult = { status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 }
/** Of a durable command while the record is away. */
const recordAway: CommandResult = { status: 'retry_after', code: 'RETRY_LATER', afterMs: 500 }
/** So old a snapshot is replaced before as many entries as may stand behind it, ms; but for so few that reading them costs nothing. */
const snapshotAgeMs = 30_000
const snapshotTailMin = 16
/** When what the runtime itself could not do for want of the record is tried again, ms. */
const againMs = 1_000
const mailboxFull: CommandResult = { status: 'retry_after', code: 'MAILBOX_FULL', afterMs: 100 }

/**
 * One active actor: its state, and the order in which a command is carried out. Commands are decided one after another,
 * on the state that all earlier ones lead to, committed or not; but nothing leaves the cell before everything it rests on
 * is committed. If an append fails the whole cell is dropped with what it had decided too far, and the next command loads
 * the actor from the journal again.
 *
 * Modes: serving, then dropped (for good). A dropped cell neither answers, pushes nor appends.
 */
export class ActorCell<Write> {
  readonly key: ActorKey
  readonly epoch: number
  /** Monotonic ms. */
  readonly sinceMs: number
  readonly subscribers: Subscribers
  readonly #definition: AnyDefinition<Write>
  readonly #host: CellHost<Write>
  readonly #dedup: DedupTable
  /** What was told up to the last entry committed. */
  readonly #recent: RecentEvents
  #state: unknown
  /** Of the last entry decided. */
  #seq: number
  /** Of the last entry committed. */
  #committed: number
  #snapshotAt: number
  /** Monotonic ms. */
  #snapshotAtMs: number
  #outputs: Output[] = []
  #outputBytes = 0
  #cancelWake: Cancel | null = null
  /** What the alarm is set for, Unix ms. */
  #wakeAtMs: number | null = null
  #wakes = 0
  #dropped = false
  /** Commands of the runtime's own that wait for the end of a pause; null where there is none. */
  #postponed: unknown[] | null = null
  #whenQuiet: ((isQuiet: boolean) => void) | null = null
  #lastUsedMs: number

  constructor(
    key: ActorKey,
    epoch: number,
    definition: AnyDefinition<Write>,
    replayed: Replayed,
    host: CellHost<Write>,
  ) {
    this.key = key
    this.epoch = epoch
    this.subscribers = new Subscribers(key)
    this.#definition = definition
    this.#host = host
    this.#state = replayed.state
    this.#dedup = replayed.dedup
    this.#recent = replayed.recent
    this.#seq = replayed.seq
    this.#committed = replayed.seq
    this.#snapshotAt = replayed.seq
    this.sinceMs = host.clock.monotonicMs()
    this.#snapshotAtMs = this.sinceMs
    this.#lastUsedMs = this.sinceMs
  }

  /** Begins its life, once its host knows of it. */
  start(): void {
    const activated: unknown = this.#definition.activatedCommand(this.#host.clock.wallMs())
    if (activated !== null) this.#runOwn(activated)
    else this.#armWake()
  }

  get position(): Position {
    return { epoch: this.epoch, seq: this.#committed }
  }

  gauges(): Readonly<Record<string, number>> {
    return this.#definition.gauges(this.#state)
  }

  /** Nothing under way, nobody attached, and unused for `idleMs`. */
  mayRest(idleMs: number): boolean {
    const idle = this.#host.clock.monotonicMs() - this.#lastUsedMs
    return this.#isQuiet() && this.subscribers.size === 0 && idle >= idleMs && this.#definition.mayRest(this.#state)
  }

  /** Carries out one command. Every path answers, drops the command as expired, or drops the cell. */
  handle(incoming: CellCommand): void {
    if (!this.#mayAct()) return
    const nowMs = this.#host.clock.monotonicMs()
    if (nowMs > incoming.deadlineMs) return
    this.#lastUsedMs = nowMs
    const full = this.#fullFor(incoming)
    if (full) {
      this.#host.overflow(incoming.class ?? 'A', full)
      incoming.answer(mailboxFull)
      return
    }
    // What is in memory only was never remembered.
    const remembered = incoming.class === 'B' ? undefined : this.#dedup.get(incoming.id)
    if (remembered) {
      this.#host.dedupHit()
      const { seq, reply } = remembered
      this.#queueAnswer(incoming, { status: 'ok', at: this.#at(seq), value: this.#told(reply, this.#state) }, this.#seq)
      return
    }
    this.#carryOut(incoming)
  }

  /** Class B needs no place in the appender: while Postgres is slow or away, it goes on in actors that wait for nothing. */
  #fullFor({ class: of = 'A' }: CellCommand): 'uncommitted' | 'appender' | null {
    const waiting = { messages: this.#outputs.length, bytes: this.#outputBytes }
    if (!admits(of, waiting, this.#host.pending)) return 'uncommitted'
    return of === 'B' || this.#host.appender.hasRoom() ? null : 'appender'
  }

  /** The region that the actor is for; null for any. */
  get homeRegion(): string | null {
    return this.#definition.homeRegion?.(this.#state) ?? null
  }

  /** A process is gone: each of its sessions is detached. */
  targetLost(target: PushTarget): void {
    for (const session of this.subscribers.removeTarget(target)) {
      this.#runOwn(this.#definition.detachCommand(session))
    }
  }

  /** The state as a snapshot body, for a planned rest. Only when nothing is under way. */
  restSnapshot(): { readonly seq: number; readonly body: unknown } | null {
    if (this.#committed === this.#snapshotAt) return null
    return { seq: this.#committed, body: snapshotBody(this.#definition, this.#state, this.#dedup, this.#committed) }
  }

  /** Until `resume` its own alarm and detaches wait; its host brings no commands. */
  pause(): void {
    this.#postponed = []
    this.#disarmWake()
  }

  resume(): void {
    const postponed = this.#postponed ?? []
    this.#postponed = null
    for (const command of postponed) this.#runOwn(command)
    this.#armWake()
  }

  /** True once everything decided is committed and said; false where it was dropped, or after `withinMs`. */
  quiet(withinMs: number): Promise<boolean> {
    if (this.#dropped || this.#isQuiet()) return Promise.resolve(!this.#dropped)
    return new Promise((resolve) => {
      const cancel = this.#host.timers.after(withinMs, () => this.#whenQuiet?.(false))
      this.#whenQuiet = (isQuiet) => {
        this.#whenQuiet = null
        cancel()
        resolve(isQuiet)
      }
    })
  }

  #isQuiet(): boolean {
    return this.#outputs.length === 0 && this.#seq === this.#committed
  }

  /** Ends the cell. Whoever waits is told, unless the lease is gone: then nothing may leave this process. */
  drop(cause: DropCause, result: CommandResult = retryLater): void {
    if (this.#dropped) return
    this.#dropped = true
    this.#disarmWake()
    const waiting = this.#outputs
    this.#outputs = []
    this.#outputBytes = 0
    this.#whenQuiet?.(false)
    if (cause !== 'lease_lost') for (const output of waiting) output.fail(result)
    this.#host.dropped(this, cause)
  }

  /** The deadline of the lease is compared on every dispatch and timer: a process that slept finds out here. */
  #mayAct(): boolean {
    if (this.#dropped) return false
    if (this.#host.lease.holds()) return true
    this.drop('lease_lost')
    return false
  }

  #carryOut(incoming: CellCommand): void {
    let turn: Turn<Write>
    try {
      turn = takeTurn(this.#definition, this.#state, this.#definition.decodeCommand(incoming.command), {
        key: this.key,
        epoch: this.epoch,
        seq: this.#seq,
        commandId: incoming.id,
        nowMs: this.#host.clock.wallMs(),
      })
    } catch (error) {
      this.#refuse(incoming, error)
      return
    }
    if (turn.entry && !this.#host.takesWrites()) {
      this.#putOff(incoming)
      return
    }
    const before = this.#state
    this.#state = turn.state
    if (turn.entry) this.#commitLater(turn.entry, before)
    this.#queueOutcome(incoming, turn)
    this.#armWake()
  }

  /** What is decided is forgotten again; whoever asked is told to ask later, and the runtime does so by itself. */
  #putOff(incoming: CellCommand): void {
    this.#queueAnswer(incoming, recordAway, this.#seq)
    const wakeCommand: unknown = this.#definition.wakeCommand
    if (isOwn(incoming) && incoming.command !== wakeCommand) {
      this.#host.timers.after(againMs, () => this.#runOwn(incoming.command))
    }
    this.#armWake()
  }

  /** A command that does not decode, or a defect in the actor's rules: that command fails alone, the state stays. */
  #refuse(incoming: CellCommand, error: unknown): void {
    const known = error instanceof AppError ? error : new AppError('INTERNAL')
    if (known.code === 'INTERNAL') this.#host.logger.error({ key: this.key, err: error }, 'actor.turn_failed')
    this.#queueAnswer(
      incoming,
      { status: 'rejected', at: this.#at(this.#seq), code: known.code, ...(known.data ? { data: known.data } : {}) },
      this.#seq,
    )
  }

  #commitLater(entry: JournalEntry<Write>, before: unknown): void {
    this.#seq = entry.seq
    const stateAfter = this.#state
    this.#dedup.remember(entry.commandId, { seq: entry.seq, reply: entry.reply })
    this.#host.appender.submit(entry, {
      wanted: () => !this.#dropped,
      settled: (outcome) => this.#settled(entry, { before, after: stateAfter }, outcome),
    })
  }

  /** What stands in front of an entry is settled before it: where that did not fail, `before` is what is committed. */
  #settled(
    entry: JournalEntry<Write>,
    state: { readonly before: unknown; readonly after: unknown },
    outcome: AppendOutcome | null,
  ): void {
    if (this.#dropped) return
    if (outcome?.outcome === 'committed') {
      this.#committed = entry.seq
      this.#maybeSnapshot(entry.seq, state.after)
      this.#flush()
      return
    }
    // Unknown: the entry may stand or not. Whoever waits sends the same id again and learns it from the journal.
    if (outcome === null) {
      this.drop('append_unknown', { status: 'unknown' })
      return
    }
    if (outcome.outcome === 'duplicate') {
      const { epoch, seq, reply } = outcome.stored
      this.#answerAlone(entry.seq, { status: 'ok', at: { epoch, seq }, value: this.#told(reply, state.before) })
    }
    if (outcome.outcome === 'refused') {
      this.#answerAlone(entry.seq, this.#refusedByRecord(entry, outcome.error))
    }
    this.drop(outcome.outcome)
  }

  /** By a rule of the record that has a name, or by one of the tables, which is a defect. */
  #refusedByRecord({ seq }: JournalEntry<Write>, error: Error): CommandResult {
    const at = this.position
    const facts = { key: this.key, epoch: this.epoch, seq }
    if (error instanceof AppError) {
      this.#host.logger.info({ ...facts, code: error.code }, 'actor.write_stale')
      return { status: 'rejected', at, code: error.code, ...(error.data ? { data: error.data } : {}) }
    }
    this.#host.logger.error({ ...facts, err: error }, 'actor.write_refused')
    return { status: 'rejected', at, code: 'INTERNAL' }
  }

  /** Answers the command whose entry failed for good with its own result, not with a request to try again. */
  #answerAlone(seq: number, result: CommandResult): void {
    const index = this.#outputs.findIndex((output) => output.behind === seq)
    const [output] = index >= 0 ? this.#outputs.splice(index, 1) : []
    if (!output) return
    this.#outputBytes -= output.bytes
    output.fail(result)
  }

  #maybeSnapshot(seq: number, state: unknown): void {
    const behind = seq - this.#snapshotAt
    const nowMs = this.#host.clock.monotonicMs()
    const isOld = behind >= snapshotTailMin && nowMs - this.#snapshotAtMs >= snapshotAgeMs
    if (behind < this.#host.snapshotEvery && !isOld) return
    this.#snapshotAt = seq
    this.#snapshotAtMs = nowMs
    this.#host.saveSnapshot(this, seq, snapshotBody(this.#definition, state, this.#dedup, seq))
  }

  #queueOutcome(incoming: CellCommand, turn: Turn<Write>): void {
    const at = this.#at(this.#seq)
    const result = toResult(turn, at)
    const isDone = result.status === 'ok' || result.status === 'accepted'
    this.#queue({
      behind: this.#seq,
      bytes: incoming.bytes ?? 0,
      send: () => {
        if (turn.counts.length > 0) this.#host.counted(turn.counts)
        if (turn.entry) this.#tell(turn.published)
        for (const push of turn.pushes) this.subscribers.send(push, this.position)
        incoming.answer(isDone ? { ...result, value: this.#told(result.value, turn.state) } : result)
        if (isDone) this.#carry(incoming, turn.state)
        if (turn.entry || turn.volatile) this.#host.changed(this, turn.state)
      },
      fail: (failed) => incoming.answer(failed),
    })
    if (isDone) this.#announce(incoming)
  }

  /** An answer without a turn: of a repeated command, or a refusal. A repeated join or leave subscribes or not, all the same. */
  #queueAnswer(incoming: CellCommand, result: CommandResult, behind: number): void {
    const state = this.#state
    this.#queue({
      behind,
      bytes: incoming.bytes ?? 0,
      send: () => {
        incoming.answer(result)
        if (result.status === 'ok') this.#carry(incoming, state)
      },
      fail: (failed) => incoming.answer(failed),
    })
    if (result.status === 'ok') this.#announce(incoming)
  }

  /** Decided: who carries the session. A link that is gone by now is not heard of again: its session is detached here. */
  #announce({ subscribe, unsubscribe }: CellCommand): void {
    if (unsubscribe) this.subscribers.renounce(unsubscribe)
    if (!subscribe) return
    if (subscribe.target.isGone()) this.#runOwn(this.#definition.detachCommand(subscribe.session))
    else this.subscribers.announce(subscribe.session, subscribe.target)
  }

  /** To everyone, what the last entry committed comes to. */
  #tell(events: readonly unknown[]): void {
    const body: EnginePush = { type: 'events', events }
    if (events.length > 0) this.subscribers.send({ to: 'all', body }, this.position)
    this.#recent.add(this.position, events)
  }

  /**
   * Committed: the session's pushes go there, after a first one that completes its picture. Also where they went there
   * before: whoever asks anew does not know what of the earlier ones arrived.
   */
  #carry({ id, subscribe, unsubscribe }: CellCommand, state: unknown): void {
    if (unsubscribe) this.subscribers.remove(unsubscribe)
    if (!subscribe || !this.subscribers.add(subscribe.session, subscribe.target)) return
    const { session, target, since } = subscribe
    const envelope = { to: [session], body: this.#firstPush(state, session, since), opens: id }
    target.push(this.key, envelope, this.position)
    const unheard = this.#definition.unheard?.(state, session) ?? []
    for (const body of unheard) target.push(this.key, { to: [session], body }, this.position)
  }

  #firstPush(state: unknown, session: SessionId, since: Position | undefined): EnginePush {
    const entries = since && since.epoch <= this.epoch ? this.#recent.after(since.seq) : null
    if (!since || !entries || !this.#definition.beside) {
      return { type: 'snapshot', snapshot: this.#definition.welcome(state, session) }
    }
    return { type: 'missed', since, entries, beside: this.#definition.beside(state, session) }
  }

  #queue(output: Output): void {
    this.#outputs.push(output)
    this.#outputBytes += output.bytes
    this.#flush()
  }

  /** Sends, in order, all that rests on committed entries only. One that fails takes nothing with it but itself. */
  #flush(): void {
    for (let next = this.#outputs[0]; next && next.behind <= this.#committed; next = this.#outputs[0]) {
      if (!this.#mayAct()) return
      this.#outputs.shift()
      this.#outputBytes -= next.bytes
      try {
        next.send()
      } catch (err) {
        this.#host.logger.error({ key: this.key, err }, 'actor.output_failed')
      }
    }
    if (this.#isQuiet()) this.#whenQuiet?.(true)
  }

  /** A command the runtime itself makes: nobody waits for the answer. */
  #runOwn(command: unknown): void {
    if (!this.#mayAct()) return
    if (this.#postponed) {
      this.#postponed.push(command)
      return
    }
    this.#wakes += 1
    this.#carryOut({
      id: commandId(`${ownSource}${this.epoch}`, this.#wakes),
      command,
      deadlineMs: Number.POSITIVE_INFINITY,
      answer: () => undefined,
    })
  }

  /** Most turns leave the deadline as it was, and setting an alarm costs as much as deciding does. */
  #armWake(): void {
    const at = this.#dropped || this.#postponed ? null : this.#definition.nextWakeAtMs(this.#state)
    if (at === this.#wakeAtMs) return
    this.#disarmWake()
    if (at === null) return
    this.#wakeAtMs = at
    // A far deadline is looked at again every hour, since the wall clock may have moved meanwhile.
    const soonestMs = this.#host.takesWrites() ? 0 : againMs
    const delayMs = Math.min(Math.max(at - this.#host.clock.wallMs(), soonestMs), 3_600_000)
    this.#cancelWake = this.#host.timers.after(delayMs, () => {
      this.#disarmWake()
      this.#runOwn(this.#definition.wakeCommand)
    })
  }

  #disarmWake(): void {
    this.#cancelWake?.()
    this.#cancelWake = null
    this.#wakeAtMs = null
  }

  #told(reply: unknown, state: unknown): unknown {
    return this.#definition.tell ? this.#definition.tell(reply, state) : reply
  }

  #at(seq: number): Position {
    return { epoch: this.epoch, seq }
  }
}

/** In front of the epoch, the source of commands that the runtime makes. */
const ownSource = 'own:'

const isOwn = ({ id }: CellCommand): boolean => id.startsWith(ownSource)

function toResult<Write>(turn: Turn<Write>, at: Position): CommandResult {
  const { reply } = turn
  if ('reject' in reply) {
    return { status: 'rejected', at, code: reply.reject, ...(reply.data ? { data: reply.data } : {}) }
  }
  // What changed nothing durable but something in memory is class B; a pure read, or a durable change, is ok.
  const volatile = turn.entry === null && turn.volatile
  return { status: volatile ? 'accepted' : 'ok', at, value: reply.ok }
}
