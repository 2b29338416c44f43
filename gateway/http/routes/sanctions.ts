import type { SanctionRecords, StoredSanction } from '../../../persistence/sanctions/port.ts'
import {
  liftGlobalSanction,
  liftGuildSanction,
  listGlobalSanctions,
  listGuildSanctions,
  putGlobalSanction,
  putGuildSanction,
  readGlobalHistory,
  readGuildHistory,
  type LiftSanctionBody,
  type PutSanctionBody,
  type SanctionListQuery,
} from '../../../protocol/http/sanctions.ts'
import type { UserId } from '../../../protocol/ids.ts'
import { isoTime, isoTimeOrNull } from '../../../protocol/iso-time.ts'
import type { Clock, Random } from '../../../protocol/ports.ts'
import { globalScope, type Scope, type WiderKind } from '../../../protocol/sanctions/scope.ts'
import { principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import { readable } from '../../readable.ts'
import { aboutSanction } from '../../sanction-command.ts'
import type { Scopes } from '../../scopes.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { historyPage, type HistoryQuery } from '../history-page.ts'
import type { RequestContext } from '../request.ts'

export interface SanctionRouteDeps {
  readonly scopes: Scopes
  readonly sanctions: SanctionRecords
  readonly clock: Clock
  readonly random: Random
}

/** A call, in which scope it acts. */
interface In {
  readonly ctx: RequestContext
  readonly caller: Caller
  readonly scope: Scope
}
interface On extends In {
  readonly userId: UserId
  readonly kind: WiderKind
}

const ofGuild = ({ guildId }: { readonly guildId: string }): Scope => ({ scope: 'guild', scopeId: guildId })

/** Sanctions beyond one room. The scope's actor says who may what; lists are read from the record, which holds what it committed. */
export function sanctionRoutes({ scopes, sanctions, clock, random }: SanctionRouteDeps): readonly Route[] {
  const put = async ({ ctx, caller, scope, userId, kind }: On, body: PutSanctionBody) => {
    const command = {
      type: 'apply',
      duration_s: body.duration ?? null,
      ...aboutSanction(caller, userId, kind, body),
    } as const
    const { value, at } = await scopes.ask(scope, command, { commandId: commandIdOf(ctx, random) })
    return { ...value, ...at }
  }
  const lift = async ({ ctx, caller, scope, userId, kind }: On, body: LiftSanctionBody) => {
    const command = { type: 'lift', ...aboutSanction(caller, userId, kind, body) } as const
    const { value, at } = await scopes.ask(scope, command, { commandId: commandIdOf(ctx, random) })
    return { ...value, ...at }
  }
  const authorize = ({ ctx, caller, scope }: In) =>
    scopes.ask(scope, { type: 'authorize', by: principal(caller) }, { commandId: commandIdOf(ctx, random) })
  const list = async (call: In, query: SanctionListQuery) => {
    await authorize(call)
    const filter = {
      ...(query.kind === undefined ? {} : { kind: query.kind }),
      ...(query.user_id === undefined ? {} : { userId: query.user_id }),
    }
    const page = await readable(() =>
      sanctions.standing(call.scope, filter, clock.wallMs(), Number(query.limit ?? 50), query.cursor ?? null),
    )
    return { sanctions: page.sanctions.map(present), next_cursor: page.nextCursor }
  }
  const history = async (call: In, query: HistoryQuery) => {
    await authorize(call)
    return historyPage(sanctions, query, { scope: call.scope }, true)
  }
  return [
    bind(putGuildSanction, ({ ctx, caller, params, body }) =>
      put({ ctx, caller, scope: ofGuild(params), userId: params.userId, kind: params.kind }, body),
    ),
    bind(liftGuildSanction, ({ ctx, caller, params, body }) =>
      lift({ ctx, caller, scope: ofGuild(params), userId: params.userId, kind: params.kind }, body),
    ),
    bind(listGuildSanctions, ({ ctx, caller, params, query }) => list({ ctx, caller, scope: ofGuild(params) }, query)),
    bind(readGuildHistory, ({ ctx, caller, params, query }) => history({ ctx, caller, scope: ofGuild(params) }, query)),
    bind(putGlobalSanction, ({ ctx, caller, params, body }) =>
      put({ ctx, caller, scope: globalScope, userId: params.userId, kind: params.kind }, body),
    ),
    bind(liftGlobalSanction, ({ ctx, caller, params, body }) =>
      lift({ ctx, caller, scope: globalScope, userId: params.userId, kind: params.kind }, body),
    ),
    bind(listGlobalSanctions, ({ ctx, caller, query }) => list({ ctx, caller, scope: globalScope }, query)),
    bind(readGlobalHistory, ({ ctx, caller, query }) => history({ ctx, caller, scope: globalScope }, query)),
  ]
}

const present = ({ kind, userId, generation, untilMs, createdAtMs, reason, by }: StoredSanction) => ({
  // A wider scope holds no other kinds.
  kind: kind as WiderKind,
  user_id: userId,
  generation,
  until: isoTimeOrNull(untilMs),
  since: isoTime(createdAtMs),
  reason,
  moderator_id: by,
})
