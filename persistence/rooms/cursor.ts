import { AppError } from '../../protocol/errors.ts'

/** Where a page of rooms ended. */
export interface RoomPosition {
  readonly createdAtMs: number
  readonly roomId: string
}

const form = /^([0-9]{1,15})\.([0-9a-f-]{36})$/i

/** Opaque to callers. */
export const writeCursor = ({ createdAtMs, roomId }: RoomPosition): string =>
  Buffer.from(`${createdAtMs}.${roomId}`).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeCursor` did not make. */
export function readCursor(cursor: string): RoomPosition {
  const [, createdAtMs, roomId] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (createdAtMs === undefined || roomId === undefined) throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  return { createdAtMs: Number(createdAtMs), roomId }
}
