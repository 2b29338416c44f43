import { AppError } from '../../../protocol/errors.ts'
import {
  banParticipant,
  deafenParticipant,
  kickParticipant,
  muteAll,
  muteParticipant,
  unbanParticipant,
  undeafenParticipant,
  unmuteAll,
  unmuteParticipant,
  type ParticipantParams,
  type SanctionUserBody,
} from '../../../protocol/http/moderation.ts'
import type { RoomId, UserId } from '../../../protocol/ids.ts'
import { everyone } from '../../../protocol/room/moderation.ts'
import type { SanctionKind } from '../../../protocol/room/values.ts'
import { principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { presentLift, presentSanction } from '../presenters/room.ts'
import type { RequestContext } from '../request.ts'
import type { RouteDeps } from './rooms.ts'

/** What the calls of moderation have in common. */
interface Wanted {
  readonly ctx: RequestContext
  readonly caller: Caller
  readonly roomId: RoomId
  readonly kind: SanctionKind
  readonly target: UserId
  readonly body: Omit<SanctionUserBody, 'target_user_id'>
}

/** Sanctions of a room. */
export function moderationRoutes({ rooms, random }: RouteDeps): readonly Route[] {
  const apply = async ({ ctx, caller, roomId, kind, target, body }: Wanted) => {
    const command = {
      type: 'sanction',
      kind,
      duration_s: body.duration ?? null,
      ...about(caller, target, body),
    } as const
    const { value, at } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
    return presentSanction(value, at)
  }
  const lift = async ({ ctx, caller, roomId, kind, target, body }: Wanted) => {
    const command = { type: 'lift', kind, ...about(caller, target, body) } as const
    const { value, at } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
    return presentLift(value, at)
  }
  const applying = (endpoint: typeof banParticipant, kind: SanctionKind): Route =>
    bind(endpoint, ({ ctx, caller, params, body: { target_user_id: named, ...body } }) => {
      assertTarget(params, named)
      return apply({ ctx, caller, roomId: params.roomId, target: params.userId, kind, body })
    })
  const lifting = (endpoint: typeof unbanParticipant, kind: SanctionKind): Route =>
    bind(endpoint, ({ ctx, caller, params, body: { target_user_id: named, ...body } }) => {
      assertTarget(params, named)
      return lift({ ctx, caller, roomId: params.roomId, target: params.userId, kind, body })
    })
  return [
    bind(muteParticipant, ({ ctx, caller, params, body: { mute, target_user_id: named, ...body } }) => {
      assertTarget(params, named)
      const wanted = { ctx, caller, roomId: params.roomId, target: params.userId, kind: 'mute', body } as const
      return mute === false ? lift(wanted) : apply(wanted)
    }),
    lifting(unmuteParticipant, 'mute'),
    applying(deafenParticipant, 'deafen'),
    lifting(undeafenParticipant, 'deafen'),
    applying(banParticipant, 'ban'),
    lifting(unbanParticipant, 'ban'),
    bind(kickParticipant, async ({ ctx, caller, params, body }) => {
      assertTarget(params, body.target_user_id)
      const command = {
        type: 'kick',
        duration_s: body.duration ?? null,
        ...about(caller, params.userId, body),
      } as const
      const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return { ...value, ...at }
    }),
    bind(muteAll, ({ ctx, caller, params: { roomId }, body }) =>
      apply({ ctx, caller, roomId, target: everyone, kind: 'mute_all', body }),
    ),
    bind(unmuteAll, ({ ctx, caller, params: { roomId }, body }) =>
      lift({ ctx, caller, roomId, target: everyone, kind: 'mute_all', body }),
    ),
  ]
}

const about = (caller: Caller, target: UserId, body: Wanted['body']) => ({
  by: principal(caller, body.requester_id),
  target_user_id: target,
  reason: body.reason ?? '',
  ...(body.evidence === undefined ? {} : { evidence: body.evidence }),
})

/** Throws VALIDATION_FAILED where the body names another user than the path. */
export function assertTarget({ userId }: ParticipantParams, named: UserId | undefined): void {
  if (named === undefined || named === userId) return
  throw new AppError('VALIDATION_FAILED', { field: 'target_user_id', problem: 'differs from the user of the path' })
}
