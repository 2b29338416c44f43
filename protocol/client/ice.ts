import { Type, type Static } from '@sinclair/typebox'
import { icePolicies } from '../room/settings.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'

/** As RTCPeerConnection takes it. */
export const IceServer = strict({
  urls: Type.Unsafe<string | readonly string[]>(Type.Union([Type.String(), Type.Array(Type.String())])),
  username: Type.Optional(Type.String()),
  credential: Type.Optional(Type.String()),
})
export type IceServer = Readonly<Static<typeof IceServer>>

const iceFields = {
  ice_servers: list(IceServer),
  /** When the credentials of TURN end; null where there are none. */
  ice_expires_at: nullable(IsoTime),
}

/** What clients gather candidates with. */
export const IceServers = strict(iceFields)
export type IceServers = Readonly<Static<typeof IceServers>>

/** The same for one room, with the room's policy by the name that RTCPeerConnection has for it. */
export const RoomIce = strict({ ...iceFields, ice_transport_policy: oneOf(icePolicies) })
export type RoomIce = Readonly<Static<typeof RoomIce>>
