import { AppError } from '../../protocol/errors.ts'
import { decoder } from '../../protocol/codec.ts'
import { UserId } from '../../protocol/ids.ts'
import { SanctionKind, TimeMs } from '../../protocol/room/values.ts'
import { strict } from '../../protocol/tagged-union.ts'
import type { ModerationEvent, StoredSanction } from './port.ts'

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

/** Where a page of what stands in a scope ended. */
export type StandingPosition = Pick<StoredSanction, 'createdAtMs' | 'userId' | 'kind'>

const decodeStanding = decoder(strict({ at: TimeMs, user: UserId, kind: SanctionKind }))

/** Opaque to callers. */
export const writeStandingCursor = ({ createdAtMs, userId, kind }: StandingPosition): string =>
  Buffer.from(JSON.stringify({ at: createdAtMs, user: userId, kind })).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeStandingCursor` did not make. */
export function readStandingCursor(cursor: string): StandingPosition {
  try {
    const { at, user, kind } = decodeStanding(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { createdAtMs: at, userId: user, kind }
  } catch {
    throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  }
}
