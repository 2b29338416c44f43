import Koa from 'koa'
import type { CallRecords } from '../../persistence/call-records/port.ts'
import type { InviteRecords } from '../../persistence/invites/port.ts'
import type { QualityRollups } from '../../persistence/quality-rollups/port.ts'
import type { RaidBook } from '../../persistence/raids/port.ts'
import type { AuditRecords } from '../../persistence/audit/port.ts'
import type { PersonExports, PersonRecords } from '../../persistence/persons/port.ts'
import type { RoomRecords } from '../../persistence/rooms/port.ts'
import type { SanctionRecords } from '../../persistence/sanctions/port.ts'
import type { Clock, Logger, Random } from '../../protocol/ports.ts'
import type { Authenticator, InviteTokens } from '../auth/index.ts'
import type { ClientReader } from '../client-address.ts'
import type { Limits } from '../limits/index.ts'
import type { Ice } from '../ice.ts'
import type { GatewayMetrics } from '../metrics.ts'
import type { RoomPasswords } from '../room-passwords.ts'
import type { QualityReports } from '../quality/reports.ts'
import type { Door } from '../door.ts'
import type { Rooms } from '../rooms.ts'
import type { Scopes } from '../scopes.ts'
import { routerOf, type Route } from './bind.ts'
import { documents } from './documents.ts'
import { authenticate } from './middleware/authenticate.ts'
import { client } from './middleware/client.ts'
import { cors } from './middleware/cors.ts'
import { errors } from './middleware/errors.ts'
import { limitAddress, limitCaller } from './middleware/limit.ts'
import { requestId } from './middleware/request-id.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { timing } from './middleware/timing.ts'
import type { RequestState } from './request.ts'
import { auditRoutes } from './routes/audit.ts'
import { developmentRoutes, fromThisMachine, type DevelopmentDeps } from './routes/development.ts'
import { iceRoutes } from './routes/ice.ts'
import { inviteRoutes } from './routes/invites.ts'
import { moderationRoutes } from './routes/moderation.ts'
import { moderationHistoryRoutes } from './routes/moderation-history.ts'
import { metricsRoute, operationsRoutes, type OperationsDeps } from './routes/operations.ts'
import { personRoutes } from './routes/persons.ts'
import { roleRoutes } from './routes/roles.ts'
import { qualityRoutes } from './routes/quality.ts'
import { raidCalendarRoutes } from './routes/raid-calendars.ts'
import { raidRoutes } from './routes/raids.ts'
import { raidSignupRoutes } from './routes/raid-signups.ts'
import { roomRoutes } from './routes/rooms.ts'
import { sanctionRoutes } from './routes/sanctions.ts'
import { seatRoutes } from './routes/seats.ts'
import { stageRoutes } from './routes/stage.ts'
import { tokenRoutes, type TokenDeps } from './routes/tokens.ts'
import { webhookRoutes, type Webhooks } from './routes/webhooks.ts'
import { zoneRoutes, type ZoneRouteDeps } from './routes/zones.ts'
import { readFolder, staticFiles } from './static-files.ts'

export interface HttpAppDeps extends OperationsDeps, TokenDeps, ZoneRouteDeps {
  readonly rooms: Rooms
  readonly door: Door
  readonly scopes: Scopes
  readonly records: RoomRecords
  readonly sanctions: SanctionRecords
  readonly audit: AuditRecords
  readonly persons: PersonRecords
  readonly exports: PersonExports
  readonly invites: InviteRecords
  readonly inviteTokens: InviteTokens
  readonly ice: Ice
  readonly raids: RaidBook
  readonly passwords: RoomPasswords
  readonly auth: Authenticator
  readonly limits: Limits
  readonly clientOf: ClientReader
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: GatewayMetrics
  readonly calls: CallRecords
  readonly quality: QualityReports
  readonly rollups: QualityRollups
  /** Null where the deployment has none. */
  readonly webhooks: Webhooks | null
  /** Where metrics are; null where they are off. */
  readonly metricsPath: string | null
  readonly corsOrigins: readonly string[]
  /** The page's folder. */
  readonly publicFolder: string
  /** Null in production: the routes do not exist. */
  readonly development: Omit<DevelopmentDeps, 'random'> | null
}

/** Every route of the REST interface, those of development aside. */
export const allRoutes = (deps: HttpAppDeps): readonly Route[] => [
  ...roomRoutes(deps),
  ...seatRoutes(deps),
  ...moderationRoutes(deps),
  ...moderationHistoryRoutes(deps),
  ...sanctionRoutes(deps),
  ...roleRoutes(deps),
  ...inviteRoutes(deps),
  ...iceRoutes(deps),
  ...qualityRoutes(deps),
  ...auditRoutes(deps),
  ...personRoutes(deps),
  ...stageRoutes(deps),
  ...tokenRoutes(deps),
  ...webhookRoutes(deps),
  ...raidRoutes(deps),
  ...raidSignupRoutes(deps),
  ...raidCalendarRoutes(deps),
  ...zoneRoutes(deps),
  ...operationsRoutes(deps),
]

/** The REST interface and the page. */
export function createHttpApp(deps: HttpAppDeps): Koa<RequestState> {
  const { random, logger, metrics, clock } = deps
  const authenticated = authenticate(deps.auth)
  const limited = limitCaller(deps.limits)
  const main = routerOf(allRoutes(deps), { authenticated, limited })
  const routers = [
    main,
    ...(deps.metricsPath === null ? [] : [metricsRoute(deps.metricsPath, metrics)]),
    ...(deps.development
      ? [
          routerOf(developmentRoutes({ ...deps.development, random }), {
            authenticated,
            limited: () => [fromThisMachine],
          }),
        ]
      : []),
  ]
  const app = new Koa<RequestState>()
  // The error middleware answers; what reaches this is a broken connection or a response that already began.
  app.on('error', (err: unknown) => logger.debug({ err }, 'http.response_broken'))
  app.use(requestId(random))
  app.use(client(deps.clientOf))
  app.use(timing(metrics, clock, logger))
  app.use(securityHeaders())
  app.use(cors(deps.corsOrigins))
  app.use(errors(metrics, logger))
  app.use(limitAddress(deps.limits))
  for (const router of routers) app.use(router.routes())
  app.use(staticFiles(new Map([...readFolder(deps.publicFolder), ...documents(deps.clientConfig().ws_path)])))
  // One for all: it looks at every path that matched, in whichever router.
  app.use(main.allowedMethods())
  return app
}
