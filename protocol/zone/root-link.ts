import { Type } from '@sinclair/typebox'
import { SessionId } from '../ids.ts'
import { nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { GatewayNumber, type ZonePlan } from './plan.ts'

/*
 * What gateways and regions say to the root of a zone (`zoneKey`), beside what REST has it do. All but cut and merge are class B.
 */

/**
 * A gateway process watches the zone, with `subscribe: session`: one session a process. Answered with a `WatchReply`; from then on each new plan comes as a push
 * `{ type: 'plan', plan }`, and the first push, the snapshot, is a `ZonePlan` too. Sent again to each new owner.
 * `gateway` null asks for a number; a process that has one names it, and keeps it unless somebody else has it meanwhile.
 */
export const WatchZone = strict({
  type: Type.Literal('watch'),
  session_id: SessionId,
  gateway: nullable(GatewayNumber),
  /** Players of the zone that it carries. */
  players: Type.Integer({ minimum: 0 }),
})
export interface WatchReply {
  readonly gateway: number
  readonly plan: ZonePlan
}
export const UnwatchZone = strict({ type: Type.Literal('unwatch'), session_id: SessionId })
/**
 * How many players the process carries now: sent when it changed, at most once a second. The plan says `isFull` by their sum.
 */
export const ReportPlayers = strict({
  type: Type.Literal('players'),
  session_id: SessionId,
  players: Type.Integer({ minimum: 0 }),
})
/** By a region that is too dear, of the map's version `version`: refused with MAP_CHANGED where that is not the present one. Durable. */
export const CutRegion = strict({
  type: Type.Literal('cut'),
  version: Type.Integer({ minimum: 1 }),
  region: Type.Integer({ minimum: 1 }),
  /** `lot` shares the area out by the bit `at` of players' lots: for a crowd that no line would divide. */
  axis: oneOf(['x', 'y', 'lot']),
  at: Type.Number(),
})
/** By a region that is nearly empty as its sibling is. Durable. */
export const MergeRegion = strict({
  type: Type.Literal('merge'),
  version: Type.Integer({ minimum: 1 }),
  region: Type.Integer({ minimum: 1 }),
})
/** The push that follows every change. */
export interface PlanPush {
  readonly type: 'plan'
  readonly plan: ZonePlan
}
