import { join } from 'node:path'
import type { ActorRouter, DatagramRouter, IncomingDatagram, IncomingPush } from '../cluster/routing/port.ts'
import type { CallRecords } from '../persistence/call-records/port.ts'
import type { InviteRecords } from '../persistence/invites/port.ts'
import type { QualityRollups } from '../persistence/quality-rollups/port.ts'
import type { PersonExports, PersonRecords } from '../persistence/persons/port.ts'
import type { AuditRecords } from '../persistence/audit/port.ts'
import type { RaidNotices } from '../persistence/raid-clockwork/port.ts'
import type { RaidBook } from '../persistence/raids/port.ts'
import type { RoomRecords } from '../persistence/rooms/port.ts'
import type { SanctionRecords, WiderSanctions } from '../persistence/sanctions/port.ts'
import type { ZoneRecords } from '../persistence/zones/port.ts'
import type { Clock, Logger, Random, Timers } from '../protocol/ports.ts'
import type { RevokedTokens } from '../persistence/revoked-tokens/port.ts'
import type { Authenticator, InviteTokens, ResumeTokens, Revocations, SigningKey } from './auth/index.ts'
import { createHttpApp } from './http/app.ts'
import type { Webhooks } from './http/routes/webhooks.ts'
import { HttpServer, type CertificatePair } from './http/server.ts'
import { Ice, type IceOptions } from './ice.ts'
import { clientReader } from './client-address.ts'
import type { Limits } from './limits/index.ts'
import type { GatewayMetrics } from './metrics.ts'
import { argon2id, RoomPasswords, type PasswordHasher } from './room-passwords.ts'
import { QualityReports } from './quality/reports.ts'
import { Door } from './door.ts'
import { RaidHerald } from './raids/herald.ts'
import { Rooms } from './rooms.ts'
import { Scopes } from './scopes.ts'
import { Connection } from './ws/connection.ts'
import { frameBounds } from './ws/frame-budget.ts'
import { anyOrigin, sameHostOr } from './ws/origin-rule.ts'
import { PushDelivery } from './ws/push-delivery.ts'
import { SocketServer } from './ws/server.ts'
import { SignalAcks } from './ws/signal-acks.ts'
import { SessionTable } from './ws/session-table.ts'
import { RegionAsks } from './zone/asks.ts'
import { ZoneRoots } from './zone/zone-roots.ts'
import { Zones } from './zone/zones.ts'

export interface GatewayDeps {
  readonly router: ActorRouter & DatagramRouter
  readonly rooms: RoomRecords
  /** What is kept of calls, beside the rooms' own record. */
  readonly calls: CallRecords
  readonly rollups: QualityRollups
  readonly sanctions: SanctionRecords
  /** What stands on players of zones beyond them. */
  readonly wider: WiderSanctions
  readonly audit: AuditRecords
  /** Null where the deployment has none. */
  readonly webhooks: Webhooks | null
  readonly persons: PersonRecords
  readonly exports: PersonExports
  readonly auth: Authenticator
  readonly revoked: RevokedTokens
  /** Those that `auth` goes by. Started and stopped with the gateway. */
  readonly revocations: Revocations
  readonly resumeTokens: ResumeTokens
  readonly invites: InviteRecords
  readonly inviteTokens: InviteTokens
  readonly raids: RaidBook
  readonly zones: ZoneRecords
  /** What players are told of raids. */
  readonly raidNotices: RaidNotices
  readonly limits: Limits
  readonly metrics: GatewayMetrics
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  /** Why the process should get no traffic right now, beside the gateway's own reasons; empty when it may. */
  readonly unreadyReasons: () => readonly string[]
  /** Default Argon2id. */
  readonly hasher?: PasswordHasher
}

export interface GatewayOptions {
  /** Address to listen on. */
  readonly host: string
  /** 0 takes any free one. */
  readonly httpPort: number
  readonly wsPort: number
  readonly wsPath: string
  /** Default 30 s. */
  readonly readTimeoutMs?: number
  /** Default 30 s. */
  readonly writeTimeoutMs?: number
  /** Where metrics are; null where they are off. */
  readonly metricsPath: string | null
  /** Serves REST and sockets under TLS. */
  readonly tls: ServerTls | null
  /** Origins whose pages may call REST and open sockets, beside our own. */
  readonly corsOrigins: readonly string[]
  readonly ice: IceOptions
  /** Addresses and networks whose word on where a client comes from is believed. */
  readonly trustedProxies: readonly string[]
  /** Frames that one socket may send in a second, in the long run. */
  readonly socketFps: number
  /**
   * Null in production. In development any page may open a socket, and `POST /dev/tokens` signs tokens for guests who call
   * from this machine.
   */
  readonly development: { readonly signing: SigningKey; readonly tokenTtlS: number } | null
  /** Folder of the page. Default the one beside this code. */
  readonly publicFolder?: string
  /** How long `stop` waits for requests under way. Default 5 s. */
  readonly drainMs?: number
}

/** The certificate that clients see. Sockets read the files, REST has them read. */
export interface ServerTls extends CertificatePair {
  readonly certFile: string
  readonly keyFile: string
}

/** The public edge: REST and the page on one port, sockets on another. */
export interface Gateway {
  /** Listens. Rejects when a port is taken; nothing listens then. */
  start(): Promise<{ readonly httpPort: number; readonly wsPort: number }>
  /** Sends every client elsewhere (1012), finishes requests under way, and closes, within about `drainMs`. */
  stop(): Promise<void>
  /** REST goes on under another certificate. Sockets take it at the next start only. */
  renewCertificate(pair: CertificatePair): void
  /** What the router hands in for the sessions carried here. Never throws. */
  handlePush(push: IncomingPush): void
  /** As `handlePush`, for what regions of zones say. */
  handleDatagram(datagram: IncomingDatagram): void
}

export function createGateway(deps: GatewayDeps, options: GatewayOptions): Gateway {
  const { clock, timers, random, logger, metrics, router, auth, resumeTokens, limits } = deps
  const clientOf = clientReader(options.trustedProxies)
  const rooms = new Rooms(router)
  const door = new Door({ rooms, sanctions: deps.sanctions })
  const sessions = new SessionTable()
  const passwords = new RoomPasswords({
    hasher: deps.hasher ?? argon2id,
    rooms: deps.rooms,
    limits,
    onWaiting: (count) => metrics.passwordsWaiting(count),
  })
  const acks = new SignalAcks({ rooms, sessions, timers, random, logger })
  const pushes = new PushDelivery(sessions, acks, metrics, logger)
  const { calls } = deps
  const ice = new Ice(options.ice, clock)
  const quality = new QualityReports({ sessions, calls, metrics, clock })
  const zones = new Zones({ router, clock, timers, random, logger, wider: deps.wider, metrics: metrics.zones })
  const connectionDeps = {
    zones,
    ...{ calls, quality, inviteTokens: deps.inviteTokens },
    ...{ rooms, door, router, sessions, passwords, auth, resumeTokens, limits, clock, timers, random, logger, metrics },
    frameBounds: frameBounds(options.socketFps),
    ice,
    acks,
  }
  const sockets = new SocketServer({
    host: options.host,
    port: options.wsPort,
    path: options.wsPath,
    tls: options.tls,
    originAllowed: options.development ? anyOrigin : sameHostOr(options.corsOrigins),
    connect: (socket, client) => new Connection(connectionDeps, socket, client),
    ...{ clientOf, limits, metrics, clock, timers, logger },
  })
  const herald = new RaidHerald({
    notices: deps.raidNotices,
    tell: (messages) => sockets.tell(messages),
    ...{ timers, logger },
  })
  let state: 'stopped' | 'running' | 'stopping' = 'stopped'
  let wsPort = options.wsPort
  const app = createHttpApp({
    ...{
      rooms,
      door,
      scopes: new Scopes(router),
      records: deps.rooms,
      sanctions: deps.sanctions,
      audit: deps.audit,
      webhooks: deps.webhooks,
      persons: deps.persons,
      exports: deps.exports,
      passwords,
      auth,
      limits,
      revoked: deps.revoked,
      revocations: deps.revocations,
      clientOf,
      clock,
      random,
      logger,
      metrics,
    },
    ...{ ice, calls, quality, rollups: deps.rollups, invites: deps.invites, inviteTokens: deps.inviteTokens },
    raids: deps.raids,
    ...{ zones, zoneRecords: deps.zones, zoneRoots: new ZoneRoots(router), zoneRegions: new RegionAsks(zones, timers) },
    metricsPath: options.metricsPath,
    unreadyReasons: () => (state === 'running' ? deps.unreadyReasons() : [`gateway is ${state}`]),
    corsOrigins: options.corsOrigins,
    publicFolder: options.publicFolder ?? join(import.meta.dirname, 'http', 'public'),
    clientConfig: () => ({ ws_port: wsPort, ws_path: options.wsPath, development: options.development !== null }),
    development: options.development,
  })
  const http = new HttpServer(
    app,
    {
      host: options.host,
      port: options.httpPort,
      readTimeoutMs: options.readTimeoutMs ?? 30_000,
      writeTimeoutMs: options.writeTimeoutMs ?? 30_000,
      tls: options.tls,
    },
    { timers, random, metrics },
  )
  return {
    async start() {
      // Before the first token is looked at.
      await deps.revocations.start(() => sockets.recheck())
      herald.start()
      try {
        wsPort = await sockets.listen()
        const httpPort = await http.listen()
        state = 'running'
        logger.info({ http_port: httpPort, ws_port: wsPort }, 'gateway.listening')
        return { httpPort, wsPort }
      } catch (error) {
        deps.revocations.stop()
        await Promise.all([herald.stop(), sockets.close(0)])
        throw error
      }
    },
    async stop() {
      state = 'stopping'
      deps.revocations.stop()
      await herald.stop()
      const drainMs = options.drainMs ?? 5_000
      await Promise.all([sockets.close(drainMs), http.close(drainMs)])
      zones.stop()
      logger.info({}, 'gateway.stopped')
    },
    renewCertificate: (pair) => http.renew(pair),
    handlePush: (push) => (zones.isOfZone(push.key) ? zones.handlePush(push) : pushes.deliver(push)),
    handleDatagram: (datagram) => zones.handleDatagram(datagram),
  }
}
