import { Type, type Static } from '@sinclair/typebox'
import { actorKey, idOf, type ActorKey } from '../ids.ts'
import { GameId, type SanctionKind } from '../room/values.ts'
import { oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'

/** Scopes beyond one room. */
export const WiderScope = oneOf(['guild', 'global'])
export type WiderScope = Static<typeof WiderScope>

/** The id of the one global scope. */
export const globalScopeId = 'all'

/** Every room of a guild, or every room there is (`global`, whose id is `all`). */
export interface Scope {
  readonly scope: WiderScope
  readonly scopeId: string
}

export const globalScope: Scope = { scope: 'global', scopeId: globalScopeId }

/** What may be put on a user beyond one room: the kinds that are on one person. */
export const widerKinds = ['mute', 'deafen', 'ban'] as const satisfies readonly SanctionKind[]
export const WiderKind = oneOf(widerKinds)
export type WiderKind = Static<typeof WiderKind>

/**
 * A wider sanction as a room learns of it. A room's list of a user holds each scope and kind once at the most: the room is of one guild
 * or of none.
 */
export const WiderSanction = strict({
  scope: WiderScope,
  kind: WiderKind,
  generation: Type.Integer({ minimum: 1 }),
  /** Unix ms; null is permanent. */
  until_ms: Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0 }),
})
export type WiderSanction = Static<typeof WiderSanction>

/** As many as there can be on one user in one room. */
export const widerMax = 2 * widerKinds.length

/** The actor that holds the sanctions of a scope. A guild's id may hold any character, a key only some. */
export const scopeKey = ({ scope, scopeId }: Scope): ActorKey => actorKey('sanctions', `${scope}:${toKeyPart(scopeId)}`)

/** The scope whose sanctions that actor holds. The key came through `scopeKey`. */
export function scopeOfKey(key: ActorKey): Scope {
  const id = idOf(key)
  const end = id.indexOf(':')
  return { scope: id.slice(0, end) as WiderScope, scopeId: fromKeyPart(id.slice(end + 1)) }
}

/** Percent encoding with a colon in the place of the percent sign. */
const toKeyPart = (id: string): string =>
  encodeURIComponent(id)
    .replaceAll(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%', ':')
const fromKeyPart = (part: string): string => decodeURIComponent(part.replaceAll(':', '%'))

/** A guild as a path names it. */
export const GuildParams = strict({ guildId: GameId })
