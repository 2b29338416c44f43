import type { CommandId, SessionId } from '../../protocol/ids.ts'
import type { RoomPush } from '../../protocol/room/view.ts'
import { ShardedMap } from './sharded-map.ts'

/*
 * What a room remembers of signals: volatile, gone with the process, told again by the gateways that keep what was not confirmed.
 */

export type SignalPush = Extract<RoomPush, { type: 'signal' }>

/** A signal that was taken: its answer, for a command that comes again. */
export interface TakenSignal {
  readonly commandId: CommandId
  /** Of the id. */
  readonly mark: number
  readonly to: SessionId
  readonly seq: number
  readonly dropped: number
}

/** What one session has sent. */
export interface Sent {
  /** Number of its last one. */
  readonly top: number
  /** The last ones, as many as a client may have under way: it sends those again whose answer it has not heard. */
  readonly recent: readonly TakenSignal[]
}

/** What one session was sent and has not confirmed, in order. */
export interface Unheard {
  readonly signals: readonly SignalPush[]
  readonly bytes: number
}

export interface SignalBook {
  readonly sent: ShardedMap<SessionId, Sent>
  readonly unheard: ShardedMap<SessionId, Unheard>
}

export const emptySignals: SignalBook = { sent: ShardedMap.empty(), unheard: ShardedMap.empty() }

const recentMax = 32
/**
 * Kept for one receiver at the most. Beyond them the oldest are let go of: they were pushed once, and are not pushed again. A
 * client that confirms nothing, or is away for long, loses those and nothing else.
 */
export const unheardBounds = { signals: 256, bytes: 256 * 1024 } as const

/** Numbers of one life of a room begin here, above those of every life before it. */
const numbersOfALife = 1_000_000_000
export const firstSeq = (epoch: number): number => epoch * numbersOfALife + 1

/** The number of the last signal of that session, or the one in front of the first of this life. */
export const lastSeq = (book: SignalBook, session: SessionId, epoch: number): number =>
  book.sent.get(session)?.top ?? firstSeq(epoch) - 1

/** What was taken under that id, if it is one of the last. */
export function takenBefore(book: SignalBook, session: SessionId, id: CommandId): TakenSignal | undefined {
  const recent = book.sent.get(session)?.recent
  if (!recent) return undefined
  const mark = markOf(id)
  for (const taken of recent) if (taken.mark === mark && taken.commandId === id) return taken
  return undefined
}

/**
 * A number by which most ids differ. Ids of one connection are the same but for their ends, and comparing them with each of the last
 * took longer than all else that is done for a signal.
 */
export function markOf(id: CommandId): number {
  let mark = id.length
  for (let at = Math.max(0, id.length - 10); at < id.length; at += 1) mark = (mark * 31 + id.charCodeAt(at)) | 0
  return mark
}

/** With a signal that was taken; `kept` null: nothing of it went on. */
export function withTaken(book: SignalBook, from: SessionId, taken: TakenSignal, kept: SignalPush | null): SignalBook {
  const recent = book.sent.get(from)?.recent ?? []
  const sent = {
    top: taken.seq,
    recent: [...(recent.length < recentMax ? recent : recent.slice(1)), taken],
  }
  const noted = { ...book, sent: book.sent.with(from, sent) }
  return kept ? withUnheard(noted, kept) : noted
}

/** With a signal of an earlier life that its gateway has kept. */
export const withKept = (book: SignalBook, kept: SignalPush): SignalBook => {
  const recent = book.sent.get(kept.from_session)?.recent ?? []
  const sent = book.sent.with(kept.from_session, { top: kept.signal_seq, recent })
  return withUnheard({ ...book, sent }, kept)
}

function withUnheard(book: SignalBook, kept: SignalPush): SignalBook {
  const before = book.unheard.get(kept.session_id)
  let bytes = (before?.bytes ?? 0) + bytesOf(kept)
  let from = 0
  const signals = before?.signals ?? []
  while (signals.length - from >= unheardBounds.signals || (bytes > unheardBounds.bytes && from < signals.length)) {
    bytes -= bytesOf(signals[from])
    from += 1
  }
  const kepts = [...(from > 0 ? signals.slice(from) : signals), kept]
  return { ...book, unheard: book.unheard.with(kept.session_id, { signals: kepts, bytes }) }
}

/** Without what that session has heard of the other, up to that number. The very same book where that is nothing. */
export function withoutHeard(book: SignalBook, session: SessionId, from: SessionId, upTo: number): SignalBook {
  const before = book.unheard.get(session)
  if (!before) return book
  const signals = before.signals.filter(({ from_session, signal_seq }) => from_session !== from || signal_seq > upTo)
  if (signals.length === before.signals.length) return book
  if (signals.length === 0) return { ...book, unheard: book.unheard.without(session) }
  const bytes = signals.reduce((sum, signal) => sum + bytesOf(signal), 0)
  return { ...book, unheard: book.unheard.with(session, { signals, bytes }) }
}

/** The session is over. */
export const withoutSession = (book: SignalBook, session: SessionId): SignalBook => ({
  sent: book.sent.without(session),
  unheard: book.unheard.without(session),
})

/** Roughly what it holds in memory; the fields around the text are short. */
const bytesOf = (signal: SignalPush | undefined): number =>
  signal ? 200 + (signal.sdp?.length ?? 0) + (signal.candidate?.length ?? 0) : 0
