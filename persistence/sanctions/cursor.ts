import { AppError } from '../../protocol/errors.ts'
import type { ModerationEvent } from './port.ts'

/** Where a page of a trail ended. */
export type TrailPosition = Pick<ModerationEvent, 'atMs' | 'id'>

const form = /^([0-9]{1,15})\.([0-9a-f-]{36})$/

/** Opaque to callers. */
export const writeCursor = ({ atMs, id }: TrailPosition): string => Buffer.from(`${atMs}.${id}`).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeCursor` did not make. */
export function readCursor(cursor: string): TrailPosition {
  const [, atMs, id] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (atMs === undefined || id === undefined) throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  return { atMs: Number(atMs), id }
}
