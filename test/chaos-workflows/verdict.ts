import type { Fault } from './faults.ts'
import type { Action } from './load.ts'

/** A change of a sanction as it stands in the journals, in the order of each room. Unix ms, by the clock of the node. */
export interface JournalLine {
  readonly room: string
  readonly type: 'sanction.applied' | 'sanction.lifted'
  readonly kind: string
  readonly user: string
  readonly generation: number
  /** Of `applied`; null for good. */
  readonly untilMs: number | null
  /** Of `lifted`. */
  readonly cause: string | null
  readonly clock: string | null
  readonly atMs: number
}

export interface Verdict {
  /** Broken promises, in words. */
  readonly broken: readonly string[]
  readonly sanctions: number
  readonly byClock: Readonly<Record<string, number>>
  readonly superseded: number
  readonly lifted: number
  /** From the later of the deadline and the end of the last fault that lay between it and the lift, ms; ascending. */
  readonly lagsMs: readonly number[]
}

/** Longest that anything may take once nothing is in its way, ms. */
export const sweepBoundMs = 120_000

/**
 * Judges by the journals alone what became of every sanction: each generation is lifted once, never before its time, or followed by
 * another; nothing that was acknowledged is missing.
 */
export function verdictOf(
  lines: readonly JournalLine[],
  actions: readonly Action[],
  faults: readonly Fault[],
): Verdict {
  const broken: string[] = []
  const applied = new Map<string, JournalLine>()
  const lifts = new Map<string, JournalLine[]>()
  const last = new Map<string, number>()
  for (const line of lines) {
    const of = sanctionOf(line)
    if (line.type === 'sanction.applied') {
      applied.set(generationOf(line), line)
      last.set(of, Math.max(last.get(of) ?? 0, line.generation))
    } else {
      lifts.set(generationOf(line), [...(lifts.get(generationOf(line)) ?? []), line])
    }
  }
  const lags: number[] = []
  const byClock: Record<string, number> = {}
  let superseded = 0
  let lifted = 0
  for (const [name, set] of applied) {
    const [lift, ...more] = lifts.get(name) ?? []
    if (more.length > 0) broken.push(`${name} was lifted ${more.length + 1} times`)
    if (!lift) {
      if (set.generation < (last.get(sanctionOf(set)) ?? 0)) superseded += 1
      else broken.push(`${name} was never lifted`)
      continue
    }
    if (lift.cause === 'moderator') {
      lifted += 1
      continue
    }
    byClock[lift.clock ?? 'none'] = (byClock[lift.clock ?? 'none'] ?? 0) + 1
    if (set.untilMs === null) broken.push(`${name} was for good, and a clock lifted it`)
    else if (lift.atMs < set.untilMs) broken.push(`${name} was lifted ${set.untilMs - lift.atMs} ms early`)
    else lags.push(lagOf(set.untilMs, lift.atMs, faults))
  }
  for (const name of lifts.keys()) if (!applied.has(name)) broken.push(`${name} was lifted and never set`)
  for (const action of actions) {
    if (action.outcome === 'refused' && action.what === 'set') {
      broken.push(`an action of a moderator on ${action.user} in ${action.room} was refused`)
    }
    if (action.outcome !== 'acked' || action.generation === null) continue
    const name = `${action.room} ${action.kind} ${action.user} ${action.generation}`
    const stands = action.what === 'set' ? applied.has(name) : lifts.has(name)
    if (!stands) broken.push(`${name}: ${action.what} was acknowledged and is not in the journal`)
  }
  lags.sort((a, b) => a - b)
  const longest = lags.at(-1) ?? 0
  if (longest > sweepBoundMs) broken.push(`a sanction was lifted ${longest} ms late`)
  return { broken, sanctions: applied.size, byClock, superseded, lifted, lagsMs: lags }
}

const sanctionOf = ({ room, kind, user }: JournalLine): string => `${room} ${kind} ${user}`
const generationOf = (line: JournalLine): string => `${sanctionOf(line)} ${line.generation}`

/** What a fault held up is counted from its end. */
function lagOf(untilMs: number, liftedMs: number, faults: readonly Fault[]): number {
  const ends = faults
    .filter((fault) => fault.fromMs < liftedMs && fault.untilMs > untilMs)
    .map((fault) => fault.untilMs)
  return Math.max(0, liftedMs - Math.max(untilMs, ...ends))
}

/** `of` 0-1 of ascending values; 0 of none. */
export const percentile = (ascending: readonly number[], of: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * of))] ?? 0
