import { isoTimeOrNull } from '../protocol/iso-time.ts'
import { everyone } from '../protocol/room/moderation.ts'
import type { SanctionApplied, SanctionLifted } from '../protocol/room/events.ts'
import type { Static } from '@sinclair/typebox'
import type { WebhookFacts } from '../protocol/webhooks/events.ts'
import type { WiderScope } from '../protocol/sanctions/scope.ts'

type Applied = Pick<
  Static<typeof SanctionApplied>,
  'kind' | 'user_id' | 'by' | 'reason' | 'evidence' | 'generation' | 'until_ms'
>
type Lifted = Pick<
  Static<typeof SanctionLifted>,
  'kind' | 'user_id' | 'by' | 'reason' | 'evidence' | 'generation' | 'cause'
>

/** Where a sanction holds of which webhooks are told. Of one zone's they are not. */
type WebhookScope = 'room' | WiderScope

const appliedAs = {
  mute: 'moderation.muted',
  deafen: 'moderation.deafened',
  ban: 'moderation.banned',
  mute_all: 'moderation.mute_all',
} as const
const liftedAs = {
  mute: 'moderation.unmuted',
  deafen: 'moderation.undeafened',
  ban: 'moderation.unbanned',
  mute_all: 'moderation.unmute_all',
} as const

const common = (scope: WebhookScope, { user_id, by, reason, evidence, generation }: Applied | Lifted) => ({
  scope,
  // Everyone is nobody in particular.
  user_id: user_id === everyone ? null : user_id,
  ...{ by, reason, evidence: evidence ?? null, generation },
})

/** What webhooks are told of a sanction, wherever it holds. */
export const tellApplied = (scope: WebhookScope, event: Applied): WebhookFacts => ({
  type: appliedAs[event.kind],
  data: { ...common(scope, event), until: isoTimeOrNull(event.until_ms) },
})

/** What webhooks are told of its end. */
export const tellLifted = (scope: WebhookScope, event: Lifted): WebhookFacts => ({
  type: liftedAs[event.kind],
  data: { ...common(scope, event), cause: event.cause },
})
