import type { UserId } from '../../protocol/ids.ts'
import type { StagePlace } from '../../protocol/room/stage.ts'

/** Places of a stage. Nobody is in two of them; each set keeps the order of coming. */
export interface Stage {
  readonly speakers: ReadonlySet<UserId>
  readonly queue: ReadonlySet<UserId>
  readonly invited: ReadonlySet<UserId>
}

export const emptyStage: Stage = { speakers: new Set(), queue: new Set(), invited: new Set() }

export function placeOf({ speakers, queue, invited }: Stage, user: UserId): StagePlace {
  if (speakers.has(user)) return 'stage'
  if (queue.has(user)) return 'queue'
  return invited.has(user) ? 'invited' : 'none'
}

/** In the queue, from 1; null for who is not in it. */
export function positionOf({ queue }: Stage, user: UserId): number | null {
  let position = 0
  for (const waiting of queue) {
    position += 1
    if (waiting === user) return position
  }
  return null
}

/** The stage with that user in that place, behind who is there already, and in no other. In it already: the same stage. */
export function moved(stage: Stage, user: UserId, to: StagePlace): Stage {
  if (placeOf(stage, user) === to) return stage
  return {
    speakers: changed(stage.speakers, user, to === 'stage'),
    queue: changed(stage.queue, user, to === 'queue'),
    invited: changed(stage.invited, user, to === 'invited'),
  }
}

function changed(users: ReadonlySet<UserId>, user: UserId, isIn: boolean): ReadonlySet<UserId> {
  if (users.has(user) === isIn) return users
  const next = new Set(users)
  if (isIn) next.add(user)
  else next.delete(user)
  return next
}
