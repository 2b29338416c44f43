import { Type, type Static } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'
import { UserId } from '../ids.ts'
import { GameId, Reason, RoomName } from '../room/values.ts'
import { WiderKind } from '../sanctions/scope.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { placesMax } from '../zone/link-codec.ts'
import { ZoneId, zoneSideMaxM } from '../zone/plan.ts'
import { stances } from '../zone/rules.ts'
import { ZoneAuthoritySpec, ZoneBounds, ZoneChanges, ZonePlayersMax, ZoneRulesSpec } from '../zone/spec.ts'
import { ZoneView } from '../zone/view.ts'
import { endpoint } from './endpoint.ts'
import { historyPageFields } from './moderation-history.ts'
import { NextCursor, positionFields } from './rooms.ts'
import { LiftSanctionBody, PutSanctionBody } from './sanctions.ts'

/** Zones: places in which people hear whoever is near. */

export const ZoneParams = strict({ zoneId: ZoneId })
export const ZonePlayerParams = strict({ zoneId: ZoneId, userId: UserId })
export const ZoneSanctionParams = strict({ zoneId: ZoneId, userId: UserId, kind: WiderKind })

const requester = { requester_id: Type.Optional(UserId) }

/** What is left out is as the defaults have it; of `rules` and `authority` each field for itself. */
export const CreateZoneBody = strict({
  ...requester,
  name: RoomName,
  guild_id: Type.Optional(nullable(GameId)),
  bounds: ZoneBounds,
  players_max: Type.Optional(ZonePlayersMax),
  rules: Type.Optional(Type.Partial(ZoneRulesSpec, { additionalProperties: false })),
  authority: Type.Optional(Type.Partial(ZoneAuthoritySpec, { additionalProperties: false })),
})
export type CreateZoneBody = Static<typeof CreateZoneBody>

export const UpdateZoneBody = strict({ ...requester, ...ZoneChanges.properties })
export type UpdateZoneBody = Static<typeof UpdateZoneBody>

export const CloseZoneBody = strict({ ...requester, reason: Type.Optional(Reason) })

/** A query has strings only; `limit` is 1-100, 50 where absent. */
export const ListZonesQuery = strict({
  guild_id: Type.Optional(GameId),
  status: Type.Optional(oneOf(['open', 'closed'])),
  limit: historyPageFields.limit,
  cursor: historyPageFields.cursor,
})
export type ListZonesQuery = Static<typeof ListZonesQuery>

export const ZoneListBody = strict({ zones: list(ZoneView), next_cursor: NextCursor })

export const ShardsQuery = strict({ points: Type.Optional(oneOf(['true', 'false'])) })

const metres = Type.Number()

/** Regions of the plan, and of each what it said of itself; null for one that did not answer in time. */
export const ShardsBody = strict({
  zone_id: ZoneId,
  plan_version: Type.Integer(),
  map_version: Type.Integer(),
  players: Type.Integer(),
  regions: list(
    strict({
      region: Type.Integer(),
      /** West, south, east and north side, m. */
      bounds: strict({ left: metres, bottom: metres, right: metres, top: metres }),
      /** So many regions share the area, each with players of its own: 1, but for a crowd that no line would divide. */
      shares: Type.Integer(),
      /** Regions that border on it. */
      neighbours: list(Type.Integer()),
      shard: nullable(
        strict({
          node: Type.String(),
          epoch: Type.Integer(),
          plan_version: Type.Integer(),
          players: Type.Integer(),
          ghosts: Type.Integer(),
          tick_mean_ms: Type.Number(),
          tick_p95_ms: Type.Number(),
          /** What it sheds: a rung of the overload ladder, 0 for nothing. */
          rung: Type.Integer(),
          /** With `points=true`: x and y in sixteenths of a metre, and 1 for a ghost, one after the other. */
          points: Type.Optional(list(Type.Integer())),
        }),
      ),
    }),
  ),
})
export type ShardsBody = Static<typeof ShardsBody>

export const EarshotBody = strict({
  zone_id: ZoneId,
  user_id: UserId,
  /** Their number in frames. */
  player: Type.Integer(),
  earshot: list(strict({ user_id: UserId, distance_m: Type.Number(), audible: Type.Boolean() })),
})

const coordinate = Type.Number({ minimum: 0, maximum: zoneSideMaxM })

export const PlacePlayersBody = strict({
  places: list(
    strict({
      user_id: UserId,
      x: coordinate,
      y: coordinate,
      z: Type.Optional(Type.Number({ minimum: -2_000, maximum: 2_000 })),
      stance: Type.Optional(oneOf([...stances])),
    }),
    { minItems: 1, maxItems: placesMax },
  ),
})
/** `here`: so many of them are in the zone by the gateway that was asked; the others were told to all regions. */
export const PlacePlayersReply = strict({ here: Type.Integer() })

/** What stands now; `until` is absent where it was lifted. */
export const ZoneSanctionBody = strict({
  zone_id: ZoneId,
  kind: WiderKind,
  user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  until: Type.Optional(nullable(IsoTime)),
  ...positionFields,
})

const common = { auth: 'token', limit: 'rest', status: 200 } as const
const errors = ['FORBIDDEN', 'ACTING_USER_MISMATCH', 'ZONE_NOT_FOUND'] as const satisfies ErrorCode[]

export const createZone = endpoint({
  ...common,
  name: 'zones.create',
  method: 'POST',
  path: '/api/v1/zones',
  summary: 'Make a zone',
  status: 201,
  body: CreateZoneBody,
  reply: ZoneView,
  errors: ['FORBIDDEN', 'ACTING_USER_MISMATCH', 'ZONE_EXISTS'],
  example: { body: { name: 'The north', bounds: { width_m: 2_048, height_m: 2_048 }, rules: { range_m: 40 } } },
})

export const listZones = endpoint({
  ...common,
  name: 'zones.list',
  method: 'GET',
  path: '/api/v1/zones',
  summary: 'List zones, newest first',
  query: ListZonesQuery,
  reply: ZoneListBody,
})

export const readZone = endpoint({
  ...common,
  name: 'zones.read',
  method: 'GET',
  path: '/api/v1/zones/{zoneId}',
  summary: 'Read a zone',
  params: ZoneParams,
  reply: ZoneView,
  errors: ['ZONE_NOT_FOUND'],
})

export const updateZone = endpoint({
  ...common,
  name: 'zones.update',
  method: 'PATCH',
  path: '/api/v1/zones/{zoneId}',
  summary: 'Change a zone: name, bounds, caps, rules, whose word on places counts',
  params: ZoneParams,
  body: UpdateZoneBody,
  reply: ZoneView,
  errors: [...errors, 'ZONE_CLOSED'],
  example: { body: { rules: { range_m: 25, tick_hz: 20 } } },
})

export const closeZone = endpoint({
  ...common,
  name: 'zones.close',
  method: 'DELETE',
  path: '/api/v1/zones/{zoneId}',
  summary: 'Close a zone for good; whoever is in it is taken out',
  status: 204,
  params: ZoneParams,
  body: CloseZoneBody,
  errors: [...errors, 'ZONE_CLOSED'],
})

export const readShards = endpoint({
  ...common,
  name: 'zones.shards',
  method: 'GET',
  path: '/api/v1/zones/{zoneId}/shards',
  summary: 'Read the regions of a zone: where they lie, who owns them, what they carry',
  params: ZoneParams,
  query: ShardsQuery,
  reply: ShardsBody,
  errors: ['FORBIDDEN', 'ZONE_NOT_FOUND', 'ZONE_CLOSED'],
})

export const readEarshot = endpoint({
  ...common,
  name: 'zones.earshot',
  method: 'GET',
  path: '/api/v1/zones/{zoneId}/players/{userId}/earshot',
  summary: 'Read whom a player has in earshot, and whom they hear',
  params: ZonePlayerParams,
  reply: EarshotBody,
  errors: ['FORBIDDEN', 'ZONE_NOT_FOUND', 'ZONE_CLOSED', 'NOT_IN_ZONE'],
})

export const placePlayers = endpoint({
  ...common,
  limit: 'positions',
  name: 'zones.place',
  method: 'POST',
  path: '/api/v1/zones/{zoneId}/positions',
  summary: "Say where players are, as the game's server",
  status: 202,
  params: ZoneParams,
  body: PlacePlayersBody,
  reply: PlacePlayersReply,
  errors: ['FORBIDDEN', 'ZONE_NOT_FOUND', 'ZONE_CLOSED'],
  example: { body: { places: [{ user_id: 'ann' as UserId, x: 104.5, y: 88, stance: 'talk' }] } },
})

export const putZoneSanction = endpoint({
  ...common,
  name: 'zones.put_sanction',
  method: 'PUT',
  path: '/api/v1/zones/{zoneId}/users/{userId}/sanctions/{kind}',
  summary: 'Mute, deafen or ban a user in all of a zone, for a time or for good',
  params: ZoneSanctionParams,
  body: PutSanctionBody,
  reply: ZoneSanctionBody,
  errors: [...errors, 'ZONE_CLOSED', 'TOO_MANY_SANCTIONS'],
  example: { body: { duration: 3_600, reason: 'shouting' } },
})

export const liftZoneSanction = endpoint({
  ...common,
  name: 'zones.lift_sanction',
  method: 'POST',
  path: '/api/v1/zones/{zoneId}/users/{userId}/sanctions/{kind}/lift',
  summary: 'Lift a sanction of a user in a zone',
  params: ZoneSanctionParams,
  body: LiftSanctionBody,
  reply: ZoneSanctionBody,
  errors: [...errors, 'ZONE_CLOSED', 'NOT_SANCTIONED'],
})

export const zoneEndpoints = [
  createZone,
  listZones,
  readZone,
  updateZone,
  closeZone,
  readShards,
  readEarshot,
  placePlayers,
  putZoneSanction,
  liftZoneSanction,
] as const
