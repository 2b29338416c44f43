import { isDeepStrictEqual } from 'node:util'
import type { DropCause } from '../../cluster/actor-runtime/cell.ts'
import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { IncomingPush } from '../../cluster/routing/port.ts'
import type { JournalEntry } from '../../persistence/journal/port.ts'
import type { CommandResult, Position } from '../../protocol/cluster/results.ts'
import { commandSource, type ActorKey, type CommandId, type Incarnation, type SessionId } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import type { TallyWrite } from '../support/tally-actor.ts'
import { Trace } from './trace.ts'

/**
 * The promises of the engine. I1 acked is durable, once; I2 one owner; I3 epochs rise; I4 no stale output; I5 order; I6 liveness; I7 nobody is let go.
 * Of zones besides: Z1 one region tells a player in one epoch; Z2 what a client is told never contradicts what it was told before; Z3 no
 * gateway and no region fails over what it hears.
 */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'Z1' | 'Z2' | 'Z3'

export interface Violation {
  readonly invariant: Invariant
  readonly what: string
  /** Simulated time, ms. */
  readonly atMs: number
}

export type Entry = JournalEntry<TallyWrite>
export type Done = CommandResult & { readonly status: 'ok' }

/** How an epoch came into force. */
interface Grant {
  readonly epoch: number
  readonly incarnation: Incarnation
  /** By a guest that did not ask whether anybody owns the actor. */
  readonly isBlunt: boolean
  readonly atMs: number
}

/** What an actor must be, as its journal tells it. */
interface Model {
  readonly grants: Grant[]
  readonly entries: Entry[]
  readonly byId: Map<CommandId, Entry>
  /** After each entry; in front of the first one too. */
  readonly states: unknown[]
  readonly lastOfSource: Map<string, number>
}

const none: Position = { epoch: 0, seq: 0 }
/** So long after Redis lost writes two nodes may each believe that they own an actor, ms. Appends are fenced all the same. */
const redisRepairsWithinMs = 5_000

/**
 * Hears everything that a cluster does, the moment it does it, and says where that breaks a promise of the engine. What actors of a kind must be
 * besides, says whoever extends it.
 */
export abstract class Oracle {
  readonly violations: Violation[] = []
  readonly trace: Trace
  protected readonly clock: Clock
  readonly #models = new Map<ActorKey, Model>()
  readonly #shown = new Map<string, Position>()
  /** Lives that peers took for dead though they were not. */
  readonly #wronglyRevoked = new Set<Incarnation>()
  /** Commands whose senders were told that nobody knows. */
  readonly #unknown = new Set<string>()
  readonly #redisLostAtMs: number[] = []
  /** Commands whose every answer so far was that they were not carried out; with how many answers are still to come. */
  readonly #refused = new Map<string, { open: number; isRefused: boolean }>()

  constructor(clock: Clock) {
    this.clock = clock
    this.trace = new Trace(clock)
  }

  /** The actor's state as the journal tells it, and how many entries it has. */
  known(key: ActorKey): { readonly state: unknown; readonly seq: number } {
    const { states, entries } = this.of(key)
    return { state: states.at(-1), seq: entries.length }
  }

  get commits(): number {
    return [...this.#models.values()].reduce((sum, { entries }) => sum + entries.length, 0)
  }

  get takeovers(): number {
    return [...this.#models.values()].reduce((sum, { grants }) => sum + grants.length, 0)
  }

  /** Postgres raised the epoch. */
  granted(key: ActorKey, epoch: number, incarnation: Incarnation, isBlunt = false): void {
    this.trace.note(`grant ${key} ${epoch} ${incarnation}`)
    const { grants } = this.of(key)
    const before = grants.at(-1)
    if (before && epoch <= before.epoch) this.broken('I3', `${key} was given epoch ${epoch} after ${before.epoch}`)
    grants.push({ epoch, incarnation, isBlunt, atMs: this.clock.monotonicMs() })
  }

  /** Postgres committed an entry. */
  committed(entry: Entry): void {
    const { key, epoch, seq, commandId } = entry
    this.trace.note(`commit ${key} ${epoch}/${seq} ${commandId}`)
    const model = this.of(key)
    const inForce = model.grants.at(-1)?.epoch ?? 0
    if (epoch !== inForce) this.broken('I2', `${key} ${epoch}/${seq} was committed under epoch ${inForce}`)
    if (seq !== model.entries.length + 1) this.broken('I1', `${key} ${seq} stands behind ${model.entries.length}`)
    const said = this.#refused.get(`${key} ${commandId}`)
    if (said?.isRefused && said.open === 0) this.broken('I1', `${commandId} was refused, and is carried out by ${key}`)
    if (model.byId.has(commandId)) this.broken('I1', `${commandId} was carried out twice by ${key}`)
    this.#checkOrder(model, entry)
    const before = model.states.at(-1)
    const definition = this.definitionOf(key)
    const after = entry.events.reduce<unknown>(
      (state, event, part) => definition.evolve(state, event, { ...entry, part }),
      before,
    )
    this.checkEntry(entry, before, after)
    model.entries.push(entry)
    model.states.push(after)
    model.byId.set(commandId, entry)
  }

  /** A node decides a command of an actor that it has in memory under `epoch`. */
  decided(key: ActorKey, epoch: number, incarnation: Incarnation): void {
    const over = this.of(key).grants.find((grant) => grant.epoch > epoch)
    if (over && over.incarnation !== incarnation && !this.#isExcused(over, incarnation)) {
      this.broken(
        'I2',
        `${key} is served under epoch ${epoch} though ${over.epoch} began at ${over.atMs.toFixed(0)} ms`,
      )
    }
  }

  /** A client sends a command, for the first time or again. */
  asked(key: ActorKey, id: CommandId): void {
    const said = this.#refused.get(`${key} ${id}`)
    if (said) said.open += 1
    else this.#refused.set(`${key} ${id}`, { open: 1, isRefused: true })
  }

  /** A client hears an answer. */
  answered(key: ActorKey, id: CommandId, result: CommandResult, isRead: boolean): void {
    const at = 'at' in result ? `${result.at.epoch}/${result.at.seq}` : ''
    this.trace.note(`reply ${key} ${id} ${result.status} ${at}`)
    // Whoever was told so and goes on has given its place up: the command may still be on its way.
    if (result.status === 'unknown') this.#unknown.add(`${key} ${id}`)
    this.#checkRefusal(key, id, result)
    if (result.status !== 'ok') return
    if (isRead) this.checkRead(key, id, result)
    else this.#checkAck(key, id, result)
  }

  /** A gateway takes a push in. */
  pushed({ key, at, sessions, body }: IncomingPush, gateway: string): void {
    const { type } = body as { readonly type: string }
    this.trace.note(`push ${key} ${at.epoch}/${at.seq} ${type} ${gateway} ${sessions.length}`)
    if (at.seq > this.of(key).entries.length) {
      this.broken('I4', `${key} ${at.epoch}/${at.seq} was shown and is not committed`)
    } else this.checkPush(key, at, body)
    for (const session of sessions) this.#checkShown(key, session, at, gateway)
  }

  /** A node let an actor go from memory. */
  dropped(node: string, cause: DropCause): void {
    this.trace.note(`drop ${node} ${cause}`)
    if (cause === 'duplicate') this.broken('I1', `${node} decided a command anew that stands in the journal`)
    if (cause === 'refused') this.broken('I1', `${node} appended what the journal refused`)
  }

  /** A gateway gave a session up. */
  lost(session: SessionId, code: string): void {
    this.broken('I7', `${session} was let go: ${code}`)
  }

  /** Redis forgot something: what it said of owners may be wrong for a while. */
  redisLost(): void {
    this.#redisLostAtMs.push(this.clock.monotonicMs())
  }

  wronglyRevoked(incarnation: Incarnation): void {
    this.#wronglyRevoked.add(incarnation)
  }

  broken(invariant: Invariant, what: string): void {
    this.violations.push({ invariant, what, atMs: this.clock.monotonicMs() })
    this.trace.note(`BROKEN ${invariant} ${what}`)
  }

  protected abstract definitionOf(key: ActorKey): AnyDefinition<TallyWrite>
  /** An entry that was committed, with the state in front of it and behind it. */
  protected abstract checkEntry(entry: Entry, before: unknown, after: unknown): void
  protected abstract checkRead(key: ActorKey, id: CommandId, result: Done): void
  /** A push for somebody, of a position that is committed. */
  protected abstract checkPush(key: ActorKey, at: Position, body: unknown): void

  /** An owner that lives cannot know of it, and the record alone keeps what it appends out. */
  #isExcused(over: Grant, stale: Incarnation): boolean {
    const isRedisWrong = this.#redisLostAtMs.some((ms) => over.atMs >= ms && over.atMs < ms + redisRepairsWithinMs)
    return over.isBlunt || isRedisWrong || this.#wronglyRevoked.has(stale)
  }

  /** Whoever is told that a command was not carried out, and never anything else, may give it up or send another in its place. */
  #checkRefusal(key: ActorKey, id: CommandId, result: CommandResult): void {
    const { status } = result
    const said = this.#refused.get(`${key} ${id}`)
    if (!said) return
    said.open -= 1
    // That nobody owns the actor now says nothing of what an earlier owner did.
    said.isRefused &&= status === 'rejected' || (status === 'retry_after' && result.code !== 'NO_OWNER')
    if (said.isRefused && said.open === 0 && this.of(key).byId.has(id)) {
      this.broken('I1', `${id} was refused, and stands in the journal of ${key}`)
    }
  }

  #checkAck(key: ActorKey, id: CommandId, result: Done): void {
    const entry = this.of(key).byId.get(id)
    if (!entry) this.broken('I1', `${id} was acknowledged and is not in the journal of ${key}`)
    else if (result.at.seq !== entry.seq || !isDeepStrictEqual(result.value, entry.reply)) {
      this.broken('I1', `${id} was acknowledged as ${result.at.seq}, and stands as ${entry.seq} in ${key}`)
    }
  }

  #checkOrder({ lastOfSource }: Model, { key, commandId }: Entry): void {
    if (this.#unknown.has(`${key} ${commandId}`)) return
    const source = commandSource(commandId)
    const number = Number(commandId.slice(source.length + 1))
    const last = lastOfSource.get(source) ?? 0
    if (number <= last) this.broken('I5', `${commandId} came late in ${key}, after ${last}`)
    lastOfSource.set(source, number)
  }

  #checkShown(key: ActorKey, session: SessionId, at: Position, gateway: string): void {
    const name = `${key} ${session} ${gateway}`
    const before = this.#shown.get(name) ?? none
    const isNewer = at.epoch > before.epoch || (at.epoch === before.epoch && at.seq >= before.seq)
    const told = `${key} ${at.epoch}/${at.seq} after ${before.epoch}/${before.seq}`
    if (!isNewer) this.broken('I4', `${session} was shown ${told}`)
    this.#shown.set(name, at)
  }

  protected of(key: ActorKey): Model {
    const known = this.#models.get(key)
    if (known) return known
    const made = {
      grants: [],
      entries: [],
      byId: new Map<CommandId, Entry>(),
      states: [this.definitionOf(key).initial(key)],
      lastOfSource: new Map<string, number>(),
    }
    this.#models.set(key, made)
    return made
  }
}
