import { Type, type Static } from '@sinclair/typebox'
import { decoder } from '../../protocol/codec.ts'
import { UserId } from '../../protocol/ids.ts'
import { guildsMax, Username, type GuildRole } from '../../protocol/room/values.ts'

/** What a token may let its bearer do beyond the role in a room. */
export type Privilege = 'service' | 'admin'

const Privilege = Type.Unsafe<Privilege>(Type.String({ enum: ['service', 'admin'] }))
const Seconds = Type.Number({ minimum: 0, maximum: 8_640_000_000_000 })

/** A game may have more words for it; those we do not know mean a member. */
const GuildClaim = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 36 }),
  role: Type.String({ minLength: 1, maxLength: 32 }),
})

/** The claims we read. Issuers may put others beside them; those are not looked at. */
export const Claims = Type.Object({
  sub: UserId,
  exp: Seconds,
  nbf: Type.Optional(Seconds),
  /** Compared with nothing but revocations: issuers' clocks are not ours. */
  iat: Type.Optional(Seconds),
  name: Type.Optional(Username),
  roles: Type.Optional(Type.Array(Privilege, { maxItems: 2, uniqueItems: true })),
  guilds: Type.Optional(Type.Array(GuildClaim, { maxItems: guildsMax })),
  jti: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
})
export type Claims = Static<typeof Claims>

export const decodeClaims = decoder(Claims)

/** Who makes a request or holds a connection, as a checked token says. */
export interface Caller {
  readonly userId: UserId
  /** The token's `name`, else the user id. At most 50 characters. */
  readonly name: string
  readonly privileges: readonly Privilege[]
  readonly guilds: readonly { readonly id: string; readonly role: GuildRole }[]
  /** Unix ms. */
  readonly expiresAtMs: number
  /** Unix ms; null where the token does not say. */
  readonly issuedAtMs: number | null
  readonly jti: string | null
}

const toGuildRole = (role: string): GuildRole => (role === 'owner' || role === 'moderator' ? role : 'member')

export const toCaller = (claims: Claims): Caller => ({
  userId: claims.sub,
  name: claims.name ?? claims.sub,
  privileges: claims.roles ?? [],
  guilds: (claims.guilds ?? []).map(({ id, role }) => ({ id, role: toGuildRole(role) })),
  expiresAtMs: claims.exp * 1_000,
  issuedAtMs: claims.iat === undefined ? null : claims.iat * 1_000,
  jti: claims.jti ?? null,
})
