import type { History, JournalRow, Listener, Write } from './ledger.ts'

/** Close codes by which a gateway sends its clients elsewhere when it is itself told to stop. */
const goingAway = new Set([1012])

/** Every promise that a run broke, in words; none where all were kept. */
export function verdict(history: History): readonly string[] {
  const rooms = new Set(history.journal.map(({ room }) => room))
  return [
    ...[...rooms].flatMap((room) => ofRoom(room, history)),
    ...history.closes
      .filter(({ code }) => !goingAway.has(code))
      .map(({ user, code }) => `a socket of ${user} was closed with ${code}`),
    ...history.writes
      .filter(({ room, outcome }) => outcome === 'acked' && !rooms.has(room))
      .map(({ room, target }) => `${target} was acknowledged, and ${room} has no journal`),
  ]
}

function ofRoom(room: string, { writes, listeners, journal, grants }: History): readonly string[] {
  const rows = journal.filter((row) => row.room === room)
  return [
    ...numbering(rows),
    ...ackedStand(
      writes.filter((write) => write.room === room),
      rows,
    ),
    ...realTime(
      writes.filter((write) => write.room === room),
      rows,
    ),
    ...oneOwner(grants.filter((grant) => grant.room === room)),
    ...listeners.filter((listener) => listener.room === room).flatMap((listener) => heardInOrder(listener, rows)),
  ]
}

/** I3, and the journal has no hole: seq counts up by one, epochs never fall, no command stands twice. */
function numbering(rows: readonly JournalRow[]): string[] {
  const broken: string[] = []
  const commands = new Set<string>()
  rows.forEach(({ room, seq, epoch, commandId }, index) => {
    const before = rows[index - 1]
    if (seq !== index + 1) broken.push(`${room} has seq ${seq} in place ${index + 1}`)
    if (before && epoch < before.epoch) broken.push(`${room} falls from epoch ${before.epoch} to ${epoch} at ${seq}`)
    if (commands.has(commandId)) broken.push(`${room} carried ${commandId} out twice`)
    commands.add(commandId)
  })
  return broken
}

/**
 * I1: what was acknowledged stands once, where the answer said; what was refused does not stand. An answer that is given
 * again, since the first one was lost with the owner, comes under the epoch of who gives it.
 */
function ackedStand(writes: readonly Write[], rows: readonly JournalRow[]): string[] {
  return writes.flatMap(({ target, outcome, at }) => {
    const standing = rows.filter(({ targets }) => targets.includes(target))
    if (standing.length > 1) return [`${target} stands ${standing.length} times`]
    const [row] = standing
    if (outcome === 'acked' && !row) return [`${target} was acknowledged and is lost`]
    if (outcome === 'acked' && row && at && (row.seq !== at.seq || row.epoch > at.epoch)) {
      return [`${target} was acknowledged at ${at.epoch}/${at.seq} and stands at ${row.epoch}/${row.seq}`]
    }
    return outcome === 'refused' && row ? [`${target} was refused and stands at ${row.seq}`] : []
  })
}

/**
 * The journal is the total order, so real time is kept where no acknowledged command stands in front of one that was
 * answered before it was sent. Linear: the latest sending so far is compared with each answer, from the end.
 */
function realTime(writes: readonly Write[], rows: readonly JournalRow[]): string[] {
  const byTarget = new Map(writes.filter(({ outcome }) => outcome === 'acked').map((write) => [write.target, write]))
  const inOrder = rows.flatMap(({ targets }) => targets.flatMap((target) => byTarget.get(target) ?? []))
  const broken: string[] = []
  let earliest: Write | null = null
  for (const write of inOrder.toReversed()) {
    if (earliest && write.sentMs > earliest.answeredMs) {
      broken.push(`${write.target} was sent after ${earliest.target} was answered, and stands before it`)
    }
    if (!earliest || write.answeredMs < earliest.answeredMs) earliest = write
  }
  return broken
}

/** I2: an epoch has one owner. */
function oneOwner(grants: History['grants']): string[] {
  const owners = new Map<number, string>()
  return grants.flatMap(({ room, epoch, owner }) => {
    const known = owners.get(epoch)
    owners.set(epoch, owner)
    return known === undefined || known === owner ? [] : [`${room} had ${known} and ${owner} at epoch ${epoch}`]
  })
}

/** I4, and nothing is missed: a listener that saw no second picture heard every event behind its first, once, in order. */
function heardInOrder({ user, room, heard, snapshots }: Listener, rows: readonly JournalRow[]): string[] {
  const broken: string[] = []
  heard.forEach((event, index) => {
    const before = heard[index - 1]
    if (before && (event.seq <= before.seq || event.epoch < before.epoch)) {
      broken.push(`${user} heard ${event.epoch}/${event.seq} of ${room} after ${before.epoch}/${before.seq}`)
    }
  })
  const [first] = heard
  if (!first || snapshots > 1) return broken
  const told = rows.filter(({ seq }) => seq >= first.seq).flatMap(({ targets }) => targets)
  const missed = told.filter((target) => !heard.some((event) => event.target === target))
  return missed.length === 0
    ? broken
    : [...broken, `${user} missed ${missed.length} of ${room}: ${missed.slice(0, 3).join(', ')}`]
}
