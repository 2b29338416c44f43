import { AppError } from '../protocol/errors.ts'

/** A record that cannot be read right now is a reason to come again; a cursor that is not ours stays the caller's fault. */
export async function readable<Value>(read: () => Promise<Value>): Promise<Value> {
  try {
    return await read()
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError('RETRY_LATER', undefined, { cause })
  }
}
