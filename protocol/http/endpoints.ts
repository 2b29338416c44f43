import { auditEndpoints } from './audit.ts'
import { developmentEndpoints } from './development.ts'
import type { AnyEndpoint } from './endpoint.ts'
import { iceEndpoints } from './ice.ts'
import { inviteEndpoints } from './invites.ts'
import { moderationEndpoints } from './moderation.ts'
import { moderationHistoryEndpoints } from './moderation-history.ts'
import { operationsEndpoints } from './operations.ts'
import { personEndpoints } from './persons.ts'
import { roleEndpoints } from './roles.ts'
import { qualityEndpoints } from './quality.ts'
import { raidEndpoints } from './raids.ts'
import { roomEndpoints } from './rooms.ts'
import { seatEndpoints } from './seats.ts'
import { sanctionEndpoints } from './sanctions.ts'
import { stageEndpoints } from './stage.ts'
import { tokenEndpoints } from './tokens.ts'
import { webhookEndpoints } from './webhooks.ts'
import { zoneEndpoints } from './zones.ts'

/** Every call of the REST interface, but for metrics, whose path is a setting. */
export const endpoints: readonly AnyEndpoint[] = [
  ...roomEndpoints,
  ...seatEndpoints,
  ...moderationEndpoints,
  ...moderationHistoryEndpoints,
  ...sanctionEndpoints,
  ...roleEndpoints,
  ...inviteEndpoints,
  ...iceEndpoints,
  ...qualityEndpoints,
  ...auditEndpoints,
  ...stageEndpoints,
  ...tokenEndpoints,
  ...webhookEndpoints,
  ...personEndpoints,
  ...raidEndpoints,
  ...zoneEndpoints,
  ...operationsEndpoints,
]

/** There in development only. */
export const endpointsOfDevelopment: readonly AnyEndpoint[] = developmentEndpoints
