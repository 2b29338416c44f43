import { AppError } from '../../protocol/errors.ts'

/** Where a page of zones ended. */
export interface ZonePosition {
  readonly createdAtMs: number
  readonly zoneId: string
}

const form = /^([0-9]{1,15})\.([0-9a-f-]{36})$/

/** Opaque to callers. */
export const writeCursor = ({ createdAtMs, zoneId }: ZonePosition): string =>
  Buffer.from(`${createdAtMs}.${zoneId}`).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeCursor` did not make. */
export function readCursor(cursor: string): ZonePosition {
  const [, createdAtMs, zoneId] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (createdAtMs === undefined || zoneId === undefined) throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  return { createdAtMs: Number(createdAtMs), zoneId }
}
