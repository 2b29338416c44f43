import type { ZoneRecords } from '../../../persistence/zones/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import {
  closeZone,
  createZone,
  liftZoneSanction,
  listZones,
  placePlayers,
  putZoneSanction,
  readEarshot,
  readShards,
  readZone,
  updateZone,
} from '../../../protocol/http/zones.ts'
import type { Random } from '../../../protocol/ports.ts'
import type { ZoneId } from '../../../protocol/zone/plan.ts'
import { principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import { readable } from '../../readable.ts'
import { aboutSanction } from '../../sanction-command.ts'
import { placeIn } from '../../zone/place-in.ts'
import type { ZoneRegions } from '../../zone/regions-port.ts'
import type { ZoneRoots } from '../../zone/zone-roots.ts'
import type { Zones } from '../../zone/zones.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf, newIdOf } from '../idempotency.ts'
import { presentShards, toZoneSpec } from '../presenters/zone.ts'
import type { RequestContext } from '../request.ts'

export interface ZoneRouteDeps {
  readonly zoneRoots: ZoneRoots
  readonly zoneRegions: ZoneRegions
  readonly zones: Pick<Zones, 'open'>
  readonly zoneRecords: ZoneRecords
  readonly random: Random
}

/** Zones: made, found, changed, closed; what their regions say; where players are; who may not speak in them. */
export function zoneRoutes({ zoneRoots, zoneRegions, zones, zoneRecords, random }: ZoneRouteDeps): readonly Route[] {
  const named = (ctx: RequestContext) => ({ commandId: commandIdOf(ctx, random) })
  /** Throws FORBIDDEN for whoever does not moderate in the zone. */
  const authorize = (ctx: RequestContext, caller: Caller, zoneId: ZoneId) =>
    zoneRoots.ask(zoneId, { type: 'authorize', by: principal(caller) }, named(ctx))
  return [
    bind(createZone, async ({ ctx, caller, body }) => {
      const zoneId = newIdOf(ctx, random, 'zone') as ZoneId
      const { requester_id: requester, ...made } = body
      const command = { type: 'create', by: principal(caller, requester), spec: toZoneSpec(made) } as const
      const { value } = await zoneRoots.ask(zoneId, command, named(ctx))
      ctx.set('Location', `/api/v1/zones/${zoneId}`)
      return value
    }),
    bind(listZones, async ({ query }) => {
      const filter = {
        ...(query.guild_id === undefined ? {} : { guildId: query.guild_id }),
        ...(query.status === undefined ? {} : { status: query.status }),
      }
      const page = await readable(() => zoneRecords.list(filter, Number(query.limit ?? 50), query.cursor ?? null))
      return { zones: [...page.zones], next_cursor: page.nextCursor }
    }),
    bind(readZone, async ({ ctx, params }) => {
      const { value } = await zoneRoots.ask(params.zoneId, { type: 'view' }, named(ctx))
      return value
    }),
    bind(updateZone, async ({ ctx, caller, params, body }) => {
      const { requester_id: requester, ...changes } = body
      const command = { type: 'update', by: principal(caller, requester), changes } as const
      const { value } = await zoneRoots.ask(params.zoneId, command, named(ctx))
      return value
    }),
    bind(closeZone, async ({ ctx, caller, params, body }) => {
      const command = { type: 'close', by: principal(caller, body.requester_id), reason: body.reason ?? '' } as const
      await zoneRoots.ask(params.zoneId, command, named(ctx))
      return undefined
    }),
    bind(readShards, async ({ ctx, caller, params, query }) => {
      await authorize(ctx, caller, params.zoneId)
      return presentShards(await zoneRegions.show(params.zoneId, query.points === 'true'))
    }),
    bind(readEarshot, async ({ ctx, caller, params: { zoneId, userId } }) => {
      await authorize(ctx, caller, zoneId)
      const found = await zoneRegions.earshotOf(zoneId, userId)
      if (!found) throw new AppError('NOT_IN_ZONE')
      return {
        ...{ zone_id: zoneId, user_id: userId, player: found.player },
        earshot: found.earshot.map((peer) => ({
          user_id: peer.userId,
          distance_m: peer.distanceM,
          audible: peer.isAudible,
        })),
      }
    }),
    bind(placePlayers, async ({ caller, params, body }) => {
      if (!caller.privileges.includes('service')) throw new AppError('FORBIDDEN')
      const hold = await zones.open(params.zoneId)
      try {
        const { zone, plan } = hold
        if (plan.isClosed) throw new AppError('ZONE_CLOSED')
        return { here: zone.placed(body.places.map((at) => ({ userId: at.user_id, ...placeIn(plan, at) }))) }
      } finally {
        hold.release()
      }
    }),
    bind(putZoneSanction, async ({ ctx, caller, params, body }) => {
      const command = {
        type: 'sanction',
        duration_s: body.duration ?? null,
        ...aboutSanction(caller, params.userId, params.kind, body),
      } as const
      const { value, at } = await zoneRoots.ask(params.zoneId, command, named(ctx))
      return { ...value, ...at }
    }),
    bind(liftZoneSanction, async ({ ctx, caller, params, body }) => {
      const command = { type: 'lift', ...aboutSanction(caller, params.userId, params.kind, body) } as const
      const { value, at } = await zoneRoots.ask(params.zoneId, command, named(ctx))
      return { ...value, ...at }
    }),
  ]
}
