import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandId, type SessionId } from '../../protocol/ids.ts'
import type { Clock, Logger, Random } from '../../protocol/ports.ts'
import { isAttached, type Held, type KeyRecord, type KeyRecords } from './key-record.ts'
import { detaching, type ActorRouter } from './port.ts'

export interface AttachRoundsDeps {
  readonly records: KeyRecords
  readonly ask: ActorRouter['ask']
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  pause(record: KeyRecord): Promise<void>
  isClosed(): boolean
  /** Sessions are attached to a new life, so many ms after the old one was missed. */
  recovered(tookMs: number): void
}

/** Sessions of one actor that are attached at once, at the most. */
const roundSize = 64
const deadlineMs = 2_000

/** Attaches sessions to the present life of their actor, again and again until each is attached, refused or let go. */
export class AttachRounds {
  readonly #deps: AttachRoundsDeps

  constructor(deps: AttachRoundsDeps) {
    this.#deps = deps
  }

  /** Begins where a session is not attached, unless rounds are under way: those see to it. Never rejects. */
  async begin(record: KeyRecord): Promise<void> {
    if (record.recovering) return
    record.recovering = true
    const { clock } = this.#deps
    const missedMs = clock.monotonicMs()
    let attached = 0
    for (let round = nextRound(record); round.length > 0 && !this.#deps.isClosed(); round = nextRound(record)) {
      const done = await Promise.all(round.map((session) => this.#attach(record, session)))
      attached += done.filter(Boolean).length
      if (!done.every(Boolean)) await this.#deps.pause(record)
    }
    record.recovering = false
    if (attached > 0) this.#deps.recovered(clock.monotonicMs() - missedMs)
  }

  /** Says whether nothing is left to be done for the session. */
  async #attach(record: KeyRecord, session: SessionId): Promise<boolean> {
    const held = record.held.get(session)
    if (!held) return true
    const source = `attach:${session}:${this.#deps.random.uuid()}`
    let result: CommandResult
    try {
      const attach: unknown = held.session.reattach()
      const since = held.session.heardUpTo?.() ?? null
      result = await this.#deps.ask(record.key, attach, {
        commandId: commandId(source, 1),
        subscribe: session,
        ...(since ? { since } : {}),
        deadlineMs,
      })
    } catch (err) {
      this.#deps.logger.error({ key: record.key, session, err }, 'session.attach_failed')
      result = { status: 'rejected', at: { epoch: 0, seq: 0 }, code: 'VALIDATION_FAILED' }
    }
    if (!record.held.has(session)) {
      this.#undo(record, session, held, source, result)
      return true
    }
    if (result.status === 'rejected' && result.code !== 'INTERNAL') {
      // Held anew meanwhile: the refusal was not meant for that one.
      if (record.held.get(session) === held) this.#lose(record, session, held, result.code)
      return true
    }
    // The answer itself said, when it arrived, which life knows the session now; and that life may be over since.
    const isDone = isAttached(record, record.held.get(session) ?? held)
    if (!isDone) this.#deps.records.putLast(record.key, session)
    return isDone
  }

  #lose(record: KeyRecord, session: SessionId, held: Held, code: string): void {
    this.#deps.records.letGo(record.key, session)
    try {
      held.session.onLost(code)
    } catch (err) {
      this.#deps.logger.error({ key: record.key, session, err }, 'session.attach_failed')
    }
  }

  /** It was let go while its attach was under way, and what took it off the actor's list may have come there first. */
  #undo(record: KeyRecord, session: SessionId, held: Held, source: string, result: CommandResult): void {
    if (result.status === 'rejected' || result.status === 'retry_after' || this.#deps.isClosed()) return
    const detach: unknown = held.session.detach?.()
    if (detach === undefined) return
    void this.#deps.ask(record.key, detach, {
      commandId: commandId(source, 2),
      unsubscribe: session,
      activate: false,
      ...detaching,
    })
  }
}

/** While nobody is known to own the actor one goes ahead, so that an outage is not asked about once for each session. */
function nextRound(record: KeyRecord): SessionId[] {
  const size = record.owner ? roundSize : 1
  const round: SessionId[] = []
  for (const [session, held] of record.held) {
    if (isAttached(record, held)) continue
    round.push(session)
    if (round.length === size) break
  }
  return round
}
