import { AppError } from '../../protocol/errors.ts'
import type { AuditRow } from './port.ts'

/** Where a page of the audit log ended. */
export type AuditPosition = Pick<AuditRow, 'recordedAtMs' | 'chain' | 'seq'>

const form = /^([0-9]{1,15})\.([0-9]{1,15})\.([a-z]+:[A-Za-z0-9_.:-]{1,120})$/

/** Opaque to callers. */
export const writeCursor = ({ recordedAtMs, chain, seq }: AuditPosition): string =>
  Buffer.from(`${recordedAtMs}.${seq}.${chain}`).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeCursor` did not make. */
export function readCursor(cursor: string): AuditPosition {
  const [, recordedAtMs, seq, chain] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (recordedAtMs === undefined || seq === undefined || chain === undefined) {
    throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  }
  return { recordedAtMs: Number(recordedAtMs), seq: Number(seq), chain }
}
