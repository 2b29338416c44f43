import { commitmentOf, genesisOf, linkHash, sha256 } from '../../persistence/audit/chain.ts'
import type { AuditRow } from '../../persistence/audit/port.ts'
import type { UserId } from '../../protocol/ids.ts'

/** Rows of several chains, each chain in the order of seq. */
export type AuditLog = ReadonlyMap<string, readonly AuditRow[]>

/** Where somebody lays hands on the log: whole numbers that are brought into range. */
export interface Hand {
  readonly chain: number
  readonly row: number
  readonly other: number
  readonly detail: number
}

/** What was done, and where the first bad row of each chain it touched is. */
export interface Forgery {
  readonly log: AuditLog
  readonly firstBad: ReadonlyMap<string, number>
}

type Fields = Omit<AuditRow, 'chain' | 'seq' | 'hash'>

/** One field changed, as with an UPDATE. */
const edits: readonly ((row: AuditRow) => Partial<AuditRow>)[] = [
  (row) => ({ atMs: row.atMs + 1 }),
  (row) => ({ recordedAtMs: row.recordedAtMs - 1 }),
  () => ({ action: 'sanction.forgiven' }),
  (row) => ({ roomId: row.roomId === null ? ('00000000-0000-4000-8000-000000000000' as AuditRow['roomId']) : null }),
  (row) => ({ guildId: row.guildId === null ? '' : `${row.guildId}\n` }),
  (row) => withBody(row, { reason: `${row.body?.reason ?? ''} ` }),
  (row) => withBody(row, { actor_user: 'mallory' as UserId }),
  (row) => withBody(row, { target_user: row.body?.target_user === null ? ('mallory' as UserId) : null }),
  (row) => withBody(row, { evidence: 'none' }),
  (row) => withBody(row, { details: { ...row.body?.details, until_ms: 0 } }),
  () => ({ salt: sha256('another').subarray(0, 16) }),
  (row) => (row.salt ? { salt: null } : { atMs: row.atMs + 0.25 }),
  (row) => (row.body ? { body: null } : { recordedAtMs: row.recordedAtMs + 0.25 }),
  (row) => ({ commitment: sha256(row.commitment) }),
  (row) => ({ prevHash: sha256(row.prevHash) }),
  (row) => ({ hash: sha256(row.hash) }),
]

const withBody = (row: AuditRow, changes: Partial<NonNullable<AuditRow['body']>>): Partial<AuditRow> =>
  row.body ? { body: { ...row.body, ...changes } } : { commitment: sha256(row.commitment) }

const pick = <Item>(items: readonly Item[], number: number): Item => items[number % items.length] as Item

const renumbered = (rows: readonly AuditRow[]): readonly AuditRow[] =>
  rows.map((row, index) => ({ ...row, seq: index + 1 }))

/** Linked anew from a row on, as the table itself would have linked them. */
function relinked(chain: string, rows: readonly AuditRow[], from: number): readonly AuditRow[] {
  const linked: AuditRow[] = rows.slice(0, from - 1)
  for (const row of rows.slice(from - 1)) {
    const prevHash = linked.at(-1)?.hash ?? genesisOf(chain)
    const fields = { ...row, chain, seq: linked.length + 1, prevHash }
    linked.push({ ...fields, hash: linkHash(fields) })
  }
  return linked
}

/** A row that says something else, whole in itself. */
function forged(row: AuditRow, detail: number): AuditRow {
  const salt = sha256(`forger ${detail}`).subarray(0, 16)
  const body = { actor_user: 'mallory' as UserId, target_user: null, reason: '', evidence: null, details: { detail } }
  const fields: Fields = { ...row, body, salt, commitment: commitmentOf(salt, body) }
  return { ...row, ...fields, hash: linkHash({ ...row, ...fields }) }
}

type Forger = (log: AuditLog, hand: Hand) => Forgery

const one = (log: AuditLog, chain: string, rows: readonly AuditRow[], firstBad: number): Forgery => ({
  log: new Map(log).set(chain, rows),
  firstBad: new Map([[chain, firstBad]]),
})

const at = (log: AuditLog, { chain: number, row }: Hand) => {
  const [chain, rows] = pick([...log], number)
  return { chain, rows, seq: (row % rows.length) + 1 }
}

/** Every way to lay hands on the log, by name. */
export const forgers: Readonly<Record<string, Forger>> = {
  edit: (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    return one(
      log,
      chain,
      rows.map((row) => (row.seq === seq ? { ...row, ...pick(edits, hand.detail)(row) } : row)),
      seq,
    )
  },
  'edit, and hash the row anew': (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    return one(
      log,
      chain,
      rows.map((row) => (row.seq === seq ? forged(row, hand.detail) : row)),
      seq,
    )
  },
  'edit, and link everything behind anew': (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const edited = rows.map((row) => (row.seq === seq ? forged(row, hand.detail) : row))
    return one(log, chain, relinked(chain, edited, seq), seq)
  },
  delete: (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const count = 1 + (hand.other % 3)
    return one(
      log,
      chain,
      rows.filter((row) => row.seq < seq || row.seq >= seq + count),
      seq,
    )
  },
  'delete, and number the rest anew': (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const count = 1 + (hand.other % 3)
    return one(log, chain, renumbered(rows.filter((row) => row.seq < seq || row.seq >= seq + count)), seq)
  },
  'delete, and link the rest anew': (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const rest = rows.filter((row) => row.seq !== seq)
    return one(log, chain, relinked(chain, rest, seq), seq)
  },
  insert: (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const before = rows[seq - 2]
    const row = forged({ ...pick(rows, seq - 1), prevHash: before?.hash ?? genesisOf(chain) }, hand.detail)
    return one(log, chain, renumbered([...rows.slice(0, seq - 1), row, ...rows.slice(seq - 1)]), seq)
  },
  'swap two rows of a chain': (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const otherSeq = ((seq - 1 + 1 + (hand.other % (rows.length - 1))) % rows.length) + 1
    const places = new Map([
      [seq, otherSeq],
      [otherSeq, seq],
    ])
    const swapped = rows.map((row) => ({ ...row, seq: places.get(row.seq) ?? row.seq })).sort((a, b) => a.seq - b.seq)
    return one(log, chain, swapped, Math.min(seq, otherSeq))
  },
  'swap rows of two chains': (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const others = [...log].filter(([name]) => name !== chain)
    const [otherChain, otherRows] = pick(others, hand.other)
    const otherSeq = (hand.detail % otherRows.length) + 1
    const put = (into: readonly AuditRow[], name: string, place: number, row: AuditRow) =>
      into.map((old) => (old.seq === place ? { ...row, chain: name, seq: place } : old))
    return {
      log: new Map(log)
        .set(chain, put(rows, chain, seq, pick(otherRows, otherSeq - 1)))
        .set(otherChain, put(otherRows, otherChain, otherSeq, pick(rows, seq - 1))),
      firstBad: new Map([
        [chain, seq],
        [otherChain, otherSeq],
      ]),
    }
  },
  truncate: (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    return one(log, chain, rows.slice(0, seq - 1), seq)
  },
  'truncate, and let new rows come': (log, hand) => {
    const { chain, rows, seq } = at(log, hand)
    const later = rows.slice(seq - 1).map((row) => forged(row, hand.detail))
    return one(
      log,
      chain,
      relinked(chain, [...rows.slice(0, seq - 1), ...later.slice(0, 1 + (hand.other % 5))], seq),
      seq,
    )
  },
}
