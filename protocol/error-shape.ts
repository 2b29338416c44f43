import { Type } from '@sinclair/typebox'
import { errorTable, type ErrorBody, type ErrorCode } from './errors.ts'
import { strict } from './tagged-union.ts'

/** Every code there is. */
export const errorCodes = Object.keys(errorTable) as ErrorCode[]

/** The schema of an `ErrorBody`. Beside the table and not in it, since workflows read that one and load no schemas. */
export const ErrorShape = Type.Unsafe<ErrorBody>(
  strict({
    code: Type.String({ enum: errorCodes }),
    message: Type.String(),
    request_id: Type.String(),
    /** Facts that the caller may act on, such as the field that failed. */
    details: Type.Optional(Type.Unsafe<Record<string, unknown>>({ type: 'object' })),
  }),
)
