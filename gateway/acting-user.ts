import { AppError } from '../protocol/errors.ts'
import type { UserId } from '../protocol/ids.ts'
import type { Principal } from '../protocol/room/values.ts'
import type { Caller } from './auth/index.ts'

/**
 * The user on whose behalf a request acts: the caller, or the one that the body names. Naming another one is refused with
 * ACTING_USER_MISMATCH unless the token carries the service role.
 */
export function actingUser(caller: Caller, named: UserId | undefined): UserId {
  if (named === undefined || named === caller.userId) return caller.userId
  if (caller.privileges.includes('service')) return named
  throw new AppError('ACTING_USER_MISMATCH')
}

/** Who a room sees behind a command: the acting user, with what the caller's token allows. */
export const principal = (caller: Caller, named?: UserId): Principal => ({
  user_id: actingUser(caller, named),
  privileges: [...caller.privileges],
  ...(caller.guilds.length === 0 ? {} : { guilds: caller.guilds }),
})
