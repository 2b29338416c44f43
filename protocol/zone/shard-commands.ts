import { Type, type Static } from '@sinclair/typebox'
import { SessionId } from '../ids.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { GatewayNumber, type ZonePlan } from './plan.ts'

/*
 * Commands to a region's actor (`shardKey`). All are class B: nothing of a shard is journaled, and a new owner begins with nobody attached.
 */

/**
 * A gateway process is here, carries players under `gateway` and knows this plan: sent with `subscribe: session`, again whenever the plan changes, and
 * by the router to each new owner of the region. Answered with an empty object.
 */
export const AttachShard = strict({
  type: Type.Literal('attach'),
  session_id: SessionId,
  gateway: GatewayNumber,
  /** Made by the root and told by it to the gateway: passed on as it is. */
  plan: Type.Unsafe<ZonePlan>(Type.Object({ version: Type.Integer({ minimum: 1 }) }, { additionalProperties: true })),
})
export const DetachShard = strict({ type: Type.Literal('detach'), session_id: SessionId })
export const ShardCommand = taggedUnion('type', [AttachShard, DetachShard])
export type ShardCommand = Static<typeof ShardCommand>
