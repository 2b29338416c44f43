import { AppError } from '../../protocol/errors.ts'

/** Where a page of rooms ended. */
export interface RoomPosition {
  readonly createdAtMs: number
  readonly roomId: string
  /** Where pages go by it. */
  readonly participants?: number
}

const form = /^([0-9]{1,15})\.([0-9a-f-]{36})(?:\.([0-9]{1,9}))?$/i

/** Opaque to callers. */
export const writeCursor = ({ createdAtMs, roomId, participants }: RoomPosition): string =>
  Buffer.from(`${createdAtMs}.${roomId}${participants === undefined ? '' : `.${participants}`}`).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeCursor` did not make, or made for pages in another order. */
export function readCursor(cursor: string, sort: 'newest' | 'participants'): RoomPosition {
  const [, createdAtMs, roomId, participants] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (createdAtMs === undefined || roomId === undefined || (participants === undefined) === (sort === 'participants')) {
    throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  }
  const newest = { createdAtMs: Number(createdAtMs), roomId }
  return participants === undefined ? newest : { ...newest, participants: Number(participants) }
}
