import { AppError } from '../../protocol/errors.ts'

/** Where a page of raids ended. */
export interface RaidPosition {
  readonly nextAtMs: number
  readonly raidId: string
}

const form = /^([0-9]{1,15})\.([0-9a-f-]{36})$/

/** Opaque to callers. */
export const writeCursor = ({ nextAtMs, raidId }: RaidPosition): string =>
  Buffer.from(`${nextAtMs}.${raidId}`).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeCursor` did not make. */
export function readCursor(cursor: string): RaidPosition {
  const [, nextAtMs, raidId] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (nextAtMs === undefined || raidId === undefined) throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  return { nextAtMs: Number(nextAtMs), raidId }
}
