import { setRole, transferOwnership } from '../../../protocol/http/roles.ts'
import { principal } from '../../acting-user.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import type { RouteDeps } from './rooms.ts'

/** Who may what in a room. */
export const roleRoutes = ({ rooms, random }: RouteDeps): readonly Route[] => [
  bind(setRole, async ({ ctx, caller, params, body }) => {
    const by = principal(caller, body.requester_id)
    const command = { type: 'set_role', by, target_user_id: params.userId, role: body.role } as const
    const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    return { ...value, ...at }
  }),
  bind(transferOwnership, async ({ ctx, caller, params, body }) => {
    const by = principal(caller, body.requester_id)
    const command = { type: 'transfer_ownership', by, target_user_id: body.target_user_id } as const
    const { value } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    return value
  }),
]
