import type { ActorRouter, AskOptions } from '../../cluster/routing/port.ts'
import type { ZoneCommand } from '../../protocol/zone/commands.ts'
import { zoneKey, type ZoneId } from '../../protocol/zone/plan.ts'
import type { ZoneReplies } from '../../protocol/zone/replies.ts'
import { done, type Done } from '../rooms.ts'

/** The way to the roots of zones, with their answers typed. */
export class ZoneRoots {
  readonly #router: Pick<ActorRouter, 'ask'>

  constructor(router: Pick<ActorRouter, 'ask'>) {
    this.#router = router
  }

  /** Carries a command to the root of a zone. Throws as `Rooms.ask` does. */
  async ask<Type extends ZoneCommand['type']>(
    zoneId: ZoneId,
    command: Extract<ZoneCommand, { type: Type }>,
    options: AskOptions,
  ): Promise<Done<ZoneReplies[Type]>> {
    return done(await this.#router.ask(zoneKey(zoneId), command, options))
  }
}
