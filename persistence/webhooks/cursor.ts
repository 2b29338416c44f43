import { AppError } from '../../protocol/errors.ts'

/** Where a page of deliveries ended. The time is that of the database to the microsecond, as text. */
export interface DeliveryPosition {
  readonly timestamp: string
  readonly id: string
}

const form = /^([0-9T:.Z-]{20,40})\/([0-9a-f-]{36})$/

/** Opaque to callers. */
export const writeCursor = ({ timestamp, id }: DeliveryPosition): string =>
  Buffer.from(`${timestamp}/${id}`).toString('base64url')

/** Throws VALIDATION_FAILED for what `writeCursor` did not make. */
export function readCursor(cursor: string): DeliveryPosition {
  const [, timestamp, id] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (timestamp === undefined || id === undefined || Number.isNaN(Date.parse(timestamp))) {
    throw new AppError('VALIDATION_FAILED', { field: 'cursor' })
  }
  return { timestamp, id }
}
