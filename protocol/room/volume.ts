import { Type, type Static } from '@sinclair/typebox'
import { SessionId, UserId } from '../ids.ts'
import { list } from '../schema.ts'
import { strict } from '../tagged-union.ts'

/** Users whose volume one seat sets at the most; above it TOO_MANY_VOLUMES. */
export const volumesMax = 100

/** How loud a listener plays somebody, in percent of what comes in. */
export const Volume = Type.Integer({ minimum: 0, maximum: 200 })

/** What a listener set; whoever is not named is at 100. */
export const Volumes = list(strict({ user_id: UserId, volume: Volume }), { maxItems: volumesMax })
export type Volumes = Static<typeof Volumes>

/** Sets how loud the holder of that seat hears somebody, who needs no seat now: it is by user. */
export const SetVolume = strict({
  type: Type.Literal('set_volume'),
  user_id: UserId,
  session_id: SessionId,
  target_user_id: UserId,
  volume: Volume,
})
