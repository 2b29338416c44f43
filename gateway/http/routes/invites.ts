import type { InviteRecords } from '../../../persistence/invites/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import {
  acceptInvite,
  createInvite,
  listInvites,
  myInvites,
  previewInvite,
  rejectInvite,
  revokeInvite,
} from '../../../protocol/http/invites.ts'
import type { RoomId, UserId } from '../../../protocol/ids.ts'
import { isoTime } from '../../../protocol/iso-time.ts'
import type { Clock } from '../../../protocol/ports.ts'
import { actingUser, principal } from '../../acting-user.ts'
import { hashOfToken, type Caller, type InviteTokens } from '../../auth/index.ts'
import type { Door } from '../../door.ts'
import { inviteCommand } from '../../new-invite.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import type { RequestContext } from '../request.ts'
import { readable } from '../../readable.ts'
import type { RouteDeps } from './rooms.ts'

export interface InviteRouteDeps extends RouteDeps {
  readonly door: Door
  readonly invites: InviteRecords
  readonly inviteTokens: InviteTokens
  readonly clock: Clock
}

/** Making, using and ending invites. */
export function inviteRoutes({ rooms, door, random, invites, inviteTokens, clock }: InviteRouteDeps): readonly Route[] {
  const options = (ctx: RequestContext) => ({ commandId: commandIdOf(ctx, random) })

  /** A token leads to its room by the record; what it is worth there the room says. */
  async function redeemed(token: string, caller: Caller, named: UserId | undefined) {
    const tokenHash = hashOfToken(token)
    const roomId: RoomId | null = await readable(() => invites.roomOf(tokenHash))
    if (roomId === null) throw new AppError('INVITE_NOT_FOUND')
    const user = actingUser(caller, named)
    return { roomId, who: { by: principal(caller, named), user_id: user, token_hash: tokenHash } }
  }

  return [
    bind(createInvite, async ({ ctx, caller, params, body }) => {
      const { commandId } = options(ctx)
      const made = inviteTokens.of(commandId)
      const command = inviteCommand(principal(caller, body.inviter_id), made, body)
      const { value } = await rooms.ask(params.roomId, command, { commandId })
      ctx.set('Cache-Control', 'no-store')
      return { ...value, token: made.token }
    }),
    bind(listInvites, async ({ ctx, caller, params }) => {
      const command = { type: 'list_invites', by: principal(caller) } as const
      const { value } = await rooms.ask(params.roomId, command, options(ctx))
      return value
    }),
    bind(revokeInvite, async ({ ctx, caller, params }) => {
      const command = { type: 'revoke_invite', by: principal(caller), invite_id: params.inviteId } as const
      await rooms.ask(params.roomId, command, options(ctx))
      return undefined
    }),
    bind(previewInvite, async ({ ctx, caller, params }) => {
      const { roomId, who } = await redeemed(params.token, caller, undefined)
      const { value } = await rooms.ask(roomId, { type: 'view_invite', ...who }, options(ctx))
      return value
    }),
    bind(acceptInvite, async ({ ctx, caller, params, body }) => {
      const { roomId, who } = await redeemed(params.token, caller, body.user_id)
      const { value } = await door.accept(roomId, { type: 'accept_invite', ...who }, options(ctx))
      return value
    }),
    bind(rejectInvite, async ({ ctx, caller, params, body }) => {
      const { roomId, who } = await redeemed(params.token, caller, body.user_id)
      await rooms.ask(roomId, { type: 'reject_invite', ...who }, options(ctx))
      return undefined
    }),
    bind(myInvites, async ({ caller }) => {
      const open = await readable(() => invites.openFor(caller.userId, clock.wallMs()))
      return {
        invites: open.map((invite) => ({
          invite_id: invite.inviteId,
          room_id: invite.roomId,
          room_name: invite.roomName,
          room_type: invite.roomType,
          inviter_id: invite.inviterId,
          role: invite.role,
          message: invite.message,
          expires_at: isoTime(invite.expiresAtMs),
        })),
      }
    }),
  ]
}
