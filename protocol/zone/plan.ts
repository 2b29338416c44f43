import { Type } from '@sinclair/typebox'
import { actorKey, uuid, type ActorKey, type Brand, type UserId } from '../ids.ts'
import type { WiderKind } from '../sanctions/scope.ts'
import type { AuthorityRules } from './authority-rules.ts'
import type { RegionMap } from './region-map.ts'
import type { ZoneRules } from './rules.ts'

/** The only public id of a zone: a UUID. */
export type ZoneId = Brand<'ZoneId'>
export const ZoneId = uuid<ZoneId>()

/** The root of a zone: its rules and its region map, durable. */
export const zoneKey = (zoneId: ZoneId): ActorKey => actorKey('zone', zoneId)

/** A region of a zone: its players, in memory only. A kind of its own, so that the engine needs no rule for two kinds of zone keys. */
export const shardKey = (zoneId: ZoneId, region: number): ActorKey => actorKey('shard', `${zoneId}:${region}`)

/** The zone's number in frames, u32: the first eight digits of its id. A check against frames that went astray, not a name. */
export const zoneNumber = (zoneId: ZoneId): number => Number.parseInt(zoneId.slice(0, 8), 16)

/**
 * All that gateways and regions have to know of a zone. Made by its root, told to whoever is attached to it; the higher version
 * counts. Every change of the rules, the map, or what a moderator decided makes another one.
 */
export interface ZonePlan {
  readonly zoneId: ZoneId
  /** For frames: `zoneNumber`. u32. */
  readonly number: number
  readonly name: string
  readonly guildId: string | null
  readonly version: number
  readonly rules: ZoneRules
  readonly authority: AuthorityRules
  /**
   * Places in frames count from the lower left corner of its whole, in all regions alike, so that nothing a client knows changes
   * with the region. A side is at most 4,080 m: what 16 bits of 1/16 m hold.
   */
  readonly map: RegionMap
  /** Players of the whole zone; whoever comes above it is refused. */
  readonly playersMax: number
  /** As many are in it as may be: nobody enters until somebody left. */
  readonly isFull: boolean
  /** Nobody enters any more, and whoever is in it is taken out. */
  readonly isClosed: boolean
  /** What moderators decided of this zone. What was decided of its guild and of the whole service gateways read from the record. */
  readonly sanctions: readonly ZoneSanction[]
}

/** It holds for everybody of that name, in all regions, from now on; the root leaves it out of the plan when it ends. */
export interface ZoneSanction {
  readonly kind: WiderKind
  readonly userId: UserId
  /** Unix ms; null for until it is lifted. */
  readonly endsAtMs: number | null
}

/** Gateways that may carry players of one zone, at most: what the upper 12 bits of a player's number tell apart. */
export const gatewaysMax = 4_096
/** The number that the root of a zone gives to a gateway process. */
export const GatewayNumber = Type.Integer({ minimum: 0, maximum: gatewaysMax - 1 })

/** Regions of a zone, at most. */
export const regionsMax = 64
/** The last id that a region of a zone may have: frames carry them in 16 bits, of which the last two values say other things. */
export const regionIdMax = 0xfffd

/** The longest side of a zone, m. */
export const zoneSideMaxM = 4_080
