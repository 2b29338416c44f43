import type { CreateZoneBody, ShardsBody } from '../../../protocol/http/zones.ts'
import type { ShardShown } from '../../../protocol/zone/link-messages.ts'
import { lotsAbove, neighboursOf, regionsOf } from '../../../protocol/zone/region-map.ts'
import { defaultZone, withChanges } from '../../../protocol/zone/spec-rules.ts'
import type { ZoneSpec } from '../../../protocol/zone/spec.ts'
import type { ZoneShown } from '../../zone/regions-port.ts'

/** A zone to be made, with all that was left out. */
export function toZoneSpec({ name, bounds, guild_id: guildId, ...body }: CreateZoneBody): ZoneSpec {
  const made = { ...defaultZone, name, bounds, guild_id: guildId ?? null }
  return withChanges(made, {
    ...(body.players_max === undefined ? {} : { players_max: body.players_max }),
    ...(body.rules === undefined ? {} : { rules: body.rules }),
    ...(body.authority === undefined ? {} : { authority: body.authority }),
  })
}

/** Regions touch where nothing lies between them. */
const touching = 0

export function presentShards({ plan, shards }: ZoneShown): ShardsBody {
  const said = new Map(shards.map((shard) => [shard.region, shard]))
  return {
    zone_id: plan.zoneId,
    plan_version: plan.version,
    map_version: plan.map.version,
    players: shards.reduce((sum, { players }) => sum + players, 0),
    regions: regionsOf(plan.map).map(({ id, rect }) => ({
      region: id,
      bounds: rect,
      shares: 2 ** lotsAbove(plan.map, id),
      neighbours: neighboursOf(plan.map, id, touching).map((neighbour) => neighbour.id),
      shard: presentShard(said.get(id)),
    })),
  }
}

const presentShard = (shard: ShardShown | undefined): ShardsBody['regions'][number]['shard'] =>
  shard
    ? {
        node: shard.node,
        epoch: shard.epoch,
        plan_version: shard.planVersion,
        players: shard.players,
        ghosts: shard.ghosts,
        tick_mean_ms: shard.tickMeanMs,
        tick_p95_ms: shard.tickP95Ms,
        rung: shard.rung,
        ...(shard.points ? { points: [...shard.points] } : {}),
      }
    : null
