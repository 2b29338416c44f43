import type pg from 'pg'
import type { UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import { listenTo, type ListenerDeps } from '../outbox/listener.ts'
import { spreadChannel } from '../record/wider-sanctions.ts'
import type { WiderSanctions } from './port.ts'
import { toWider, type WiderRow } from './postgres.ts'

export interface PgWiderSanctionsDeps extends ListenerDeps {
  readonly pool: pg.Pool
}

/** Sanctions beyond one room or zone, in Postgres. */
export class PgWiderSanctions implements WiderSanctions {
  readonly #pool: pg.Pool
  readonly #deps: ListenerDeps

  constructor({ pool, ...deps }: PgWiderSanctionsDeps) {
    this.#pool = pool
    this.#deps = deps
  }

  async on(userIds: readonly UserId[], guildId: string | null): Promise<ReadonlyMap<UserId, readonly WiderSanction[]>> {
    const { rows } = await this.#pool.query<WiderRow & { readonly user_id: UserId }>({
      name: 'wider-on-users',
      text: `select user_id, scope, kind, generation, until
         from voice_sanctions
        where user_id = any($1) and lifted_at is null
          and (scope = 'global' or (scope = 'guild' and scope_id = $2))
        order by user_id, scope, kind`,
      values: [userIds, guildId],
    })
    const found = new Map<UserId, WiderSanction[]>()
    for (const { user_id: userId, ...row } of rows) found.set(userId, [...(found.get(userId) ?? []), toWider(row)])
    return found
  }

  listen(heard: (userId: UserId | null) => void): Promise<() => Promise<void>> {
    return listenTo(spreadChannel, (told) => heard(told === '' ? null : (told as UserId | null)), this.#deps)
  }
}
