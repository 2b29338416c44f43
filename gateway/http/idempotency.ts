import { createHash } from 'node:crypto'
import { decoder } from '../../protocol/codec.ts'
import { IdempotencyKey } from '../../protocol/http/headers.ts'
import { commandId, type CommandId, type RoomId } from '../../protocol/ids.ts'
import type { Random } from '../../protocol/ports.ts'
import type { RaidId } from '../../protocol/raids/values.ts'
import { namedUuid } from '../named-uuid.ts'
import { callerOf, type RequestContext } from './request.ts'

const decodeKey = decoder(IdempotencyKey)

const digest = (...parts: readonly string[]) => createHash('sha256').update(parts.join('\n')).digest()

/** Caller, key and what is called: the same key under another method, path or user is another command. */
function keyed(ctx: RequestContext): readonly string[] | null {
  const header = ctx.get('Idempotency-Key')
  if (header === '') return null
  return [callerOf(ctx).userId, decodeKey(header), ctx.method, ctx.path]
}

/**
 * The id of the command that this request makes. With an `Idempotency-Key` it follows from the caller, the key and the
 * call, so a repeated request is answered with the first one's outcome; without, it is random.
 */
export function commandIdOf(ctx: RequestContext, random: Random): CommandId {
  const parts = keyed(ctx)
  return parts
    ? commandId(`idem:${digest('command', ...parts).toString('base64url')}`, 1)
    : commandId(`rest:${random.uuid()}`, 1)
}

/** The id of a room to be made; a repeated request has to reach the same room. */
export function newRoomIdOf(ctx: RequestContext, random: Random): RoomId {
  return newIdOf(ctx, random, 'room') as RoomId
}

/** The id of something else that a request makes; a repeated one makes the same. `what` keeps ids of different things apart. */
export function newIdOf(ctx: RequestContext, random: Random, what: string): string {
  const parts = keyed(ctx)
  return parts ? namedUuid(what, ...parts) : random.uuid()
}

/** The same for a raid. */
export function newRaidIdOf(ctx: RequestContext, random: Random): RaidId {
  const parts = keyed(ctx)
  return (parts ? namedUuid('raid', ...parts) : random.uuid()) as RaidId
}
