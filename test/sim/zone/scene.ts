import { zoneDefinition } from '../../../actors/zone-root/index.ts'
import { shardDefinition, zoneShardResident } from '../../../actors/zone-shard/index.ts'
import type { ShardDeps } from '../../../actors/zone-shard/resident/ways.ts'
import type { AnyDefinition } from '../../../cluster/actor-runtime/definition.ts'
import type { BeginResident } from '../../../cluster/actor-runtime/resident.ts'
import type { Logger } from '../../../protocol/ports.ts'
import { shardKey, zoneKey } from '../../../protocol/zone/plan.ts'
import { regionsOf } from '../../../protocol/zone/region-map.ts'
import { ManualTime } from '../../support/manual-time.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import type { TallyWrite } from '../../support/tally-actor.ts'
import { zoneId } from '../../support/zone-bench.ts'
import type { ZoneGuards } from '../mutation.ts'
import type { MakeScene } from '../scene.ts'
import { SimWorld } from '../world.ts'
import { ZoneClients } from './clients.ts'
import { ZoneGateways } from './gateways.ts'
import { ZoneOracle } from './oracle.ts'
import { ZonePeace } from './peace.ts'

const root = zoneKey(zoneId)

const allGuards: ZoneGuards = {
  root: (definition) => definition,
  region: (context) => context,
  says: () => true,
}

/** A zone as it is, root, regions and gateways, in which some walk while it is cut, merged and moderated. */
export const zoneScene: MakeScene = (parts) => {
  const time = new ManualTime()
  const areClocksRight = parts.plan.faults.every(({ kind }) => kind !== 'wall_clock_jumps')
  const oracle = new ZoneOracle(time, root, areClocksRight)
  const logger: Logger = { ...silentLogger, error: (told, event) => oracle.broken('Z3', failureOf(told, event)) }
  const { root: rootOf, region, says }: ZoneGuards = { ...allGuards, ...parts.mutation.zone }
  const gateways = new ZoneGateways(logger, says)
  const world = new SimWorld(parts, time, {
    oracle,
    definitions: [rootOf(zoneDefinition), shardDefinition] as unknown as readonly AnyDefinition<TallyWrite>[],
    keys: () => [root, ...regionsNow(oracle).map((region) => shardKey(zoneId, region))],
    residentsOf: ({ clock, timers }) => new Map([['shard', watchedRegions(oracle, { clock, timers, logger }, region)]]),
    carriedBy: (gateway, random) => gateways.begin(gateway, random),
  })
  const clients = new ZoneClients(world, gateways, parts.plan.setting.pace)
  return { world, clients, peace: new ZonePeace(world, clients) }
}

/** Regions, with the oracle told of every word that leaves them for players. */
function watchedRegions({ emitters }: ZoneOracle, deps: ShardDeps, guarded: ZoneGuards['region']): BeginResident {
  const begin = zoneShardResident(deps)
  return (context) =>
    begin({
      ...guarded(context),
      tell: (session, payload, lane) => {
        const isSent = context.tell(session, payload, lane)
        if (isSent) emitters.note(context.key, context.epoch, payload)
        return isSent
      },
    })
}

function regionsNow({ zone: { zone } }: ZoneOracle): readonly number[] {
  return zone ? regionsOf(zone.map).map(({ id }) => id) : [1]
}

const failureOf = (told: object, event: string): string =>
  `${event}: ${'err' in told && told.err instanceof Error ? (told.err.stack ?? told.err.message) : JSON.stringify(told)}`
