import type { AuditEntry } from '../../../persistence/audit/port.ts'
import type { AuditEntryView } from '../../../protocol/http/audit.ts'
import { isoTime } from '../../../protocol/iso-time.ts'

export const presentAuditEntry = (entry: AuditEntry): AuditEntryView => ({
  chain: entry.chain,
  seq: entry.seq,
  at: isoTime(entry.atMs),
  recorded_at: isoTime(entry.recordedAtMs),
  action: entry.action,
  room_id: entry.roomId,
  guild_id: entry.guildId,
  actor_user_id: entry.body?.actor_user ?? null,
  target_user_id: entry.body?.target_user ?? null,
  reason: entry.body?.reason ?? null,
  evidence: entry.body?.evidence ?? null,
  details: entry.body?.details ?? null,
  erased: entry.body === null,
  hash: Buffer.from(entry.hash).toString('hex'),
})

/** In the order of a file's columns. */
const columns = [
  'chain',
  'seq',
  'at',
  'recorded_at',
  'action',
  'room_id',
  'guild_id',
  'actor_user_id',
  'target_user_id',
  'reason',
  'evidence',
  'details',
  'erased',
  'hash',
] as const satisfies readonly (keyof AuditEntryView)[]

/** The lines of a file, each with its end. */
export interface FileForm {
  readonly contentType: string
  /** In front of the first entry. */
  readonly head: string
  line(entry: AuditEntryView): string
}

/** The forms in which the log is taken out. */
export const fileForms: Readonly<Record<'jsonl' | 'csv', FileForm>> = {
  jsonl: { contentType: 'application/x-ndjson', head: '', line: (entry) => `${JSON.stringify(entry)}\n` },
  csv: {
    contentType: 'text/csv',
    head: `${columns.join()}\r\n`,
    line: (entry) => `${columns.map((column) => csvField(entry[column])).join()}\r\n`,
  },
}

/**
 * One field after RFC 4180. What a spreadsheet would run as a formula, since somebody wrote it into a reason, gets an apostrophe in
 * front and is shown as text.
 */
export function csvField(value: unknown): string {
  if (value === null) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = typeof value === 'string' && /^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
