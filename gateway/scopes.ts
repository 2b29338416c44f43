import type { ActorRouter, AskOptions } from '../cluster/routing/port.ts'
import type { ScopeCommand } from '../protocol/sanctions/commands.ts'
import type { ScopeReplies } from '../protocol/sanctions/replies.ts'
import { scopeKey, type Scope } from '../protocol/sanctions/scope.ts'
import { done, type Done } from './rooms.ts'

/** The way to the actors of guilds and of the whole service, with their answers typed. */
export class Scopes {
  readonly #router: ActorRouter

  constructor(router: ActorRouter) {
    this.#router = router
  }

  /** Carries a command to its scope. Throws as `Rooms.ask` does. */
  async ask<Type extends ScopeCommand['type']>(
    scope: Scope,
    command: Extract<ScopeCommand, { type: Type }>,
    options: AskOptions,
  ): Promise<Done<ScopeReplies[Type]>> {
    return done(await this.#router.ask(scopeKey(scope), command, options))
  }
}
