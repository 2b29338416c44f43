import type { CallRecords } from '../../../persistence/call-records/port.ts'
import { joinRoom, leaveRoom, signalParticipant } from '../../../protocol/http/seats.ts'
import type { SessionId } from '../../../protocol/ids.ts'
import { checkedSignal } from '../../../protocol/signaling/checked-signal.ts'
import { actingUser, principal } from '../../acting-user.ts'
import type { Door } from '../../door.ts'
import type { GatewayMetrics } from '../../metrics.ts'
import { bind, type Route } from '../bind.ts'
import { signalFacts } from '../../signal-facts.ts'
import { commandIdOf } from '../idempotency.ts'
import { presentJoin } from '../presenters/room.ts'
import type { RouteDeps } from './rooms.ts'

/** Seats taken and given up without a socket, and signaling of those who have none. */
export const seatRoutes = ({
  rooms,
  door,
  passwords,
  random,
  metrics,
  calls,
  ice,
}: RouteDeps & {
  readonly door: Door
  readonly metrics: GatewayMetrics
  readonly calls: CallRecords
}): readonly Route[] => [
  bind(joinRoom, async ({ ctx, caller, params, body }) => {
    const user = actingUser(caller, body.user_id)
    const command = {
      type: 'join',
      by: principal(caller),
      user_id: user,
      username: body.username ?? (user === caller.userId ? caller.name : user),
      session_id: random.uuid() as SessionId,
      password_hash: await passwords.check(params.roomId, body.password, { user, address: ctx.state.client.address }),
    } as const
    const { value, at } = await door.join(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    return { ...presentJoin(value, at), ice: ice.forRoom(user, value) }
  }),
  bind(leaveRoom, async ({ ctx, caller, params, body }) => {
    const command = { type: 'leave', by: principal(caller), user_id: actingUser(caller, body.user_id) } as const
    const { value } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    return value
  }),
  bind(signalParticipant, async ({ ctx, caller, params, body: { from_user, ...sent } }) => {
    const user = actingUser(caller, from_user)
    const message = checkedSignal(sent)
    const command = { type: 'signal', ...message, from_user: user } as const
    const { value } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    metrics.signalAccepted()
    metrics.candidatesDropped(value.dropped_candidates)
    const from = { sessionId: message.session_id, roomId: params.roomId, userId: command.from_user }
    calls.signal(signalFacts(from, message, value))
    return value
  }),
]
