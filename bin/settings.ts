import { Type } from '@sinclair/typebox'
import { strict } from '../protocol/tagged-union.ts'
import {
  boolean,
  duration,
  filePath,
  host,
  hostAndPort,
  httpUrl,
  integer,
  keyPrefix,
  label,
  longText,
  networks,
  number,
  oneOf,
  origins,
  port,
  postgresUrl,
  processId,
  redisUrl,
  secret,
  stunServers,
  text,
  turnServers,
  urlPath,
  type Kind,
} from './setting-kinds.ts'

/** One setting: what may stand there, where it stands in the YAML file, and what holds when it stands nowhere. */
export interface Setting<Value> {
  readonly kind: Kind<Value>
  readonly fallback: Value
  /** Dotted path in the YAML file; null where only the environment carries it. */
  readonly yaml: string | null
  /** False for what only the YAML file carries; its name then is its path. */
  readonly inEnvironment: boolean
}

/** A setting with a default. */
const setting = <Value>(kind: Kind<Value>, fallback: Value, yaml: string | null = null): Setting<Value> => ({
  kind,
  fallback,
  yaml,
  inEnvironment: true,
})

/** A setting that is absent unless it is given. */
const optional = <Value>(kind: Kind<Value>, yaml: string | null = null): Setting<Value | undefined> => ({
  kind,
  fallback: undefined,
  yaml,
  inEnvironment: true,
})

const inFile = <Value>(yaml: string, kind: Kind<Value>, fallback: Value): Setting<Value> => ({
  kind,
  fallback,
  yaml,
  inEnvironment: false,
})

const day = 86_400_000

/**
 * Every setting there is, by its name in the environment. `docs/operations/config.md` says what each one means and a
 * test holds the two together.
 */
export const settings = {
  VOICE_ENV: setting(oneOf('production', 'development'), 'production'),
  VOICE_CONFIG: optional(filePath),
  VOICE_PROCESS_ID: optional(processId),
  VOICE_HOST_LABEL: optional(label),
  VOICE_REGION: optional(label),

  SERVER_PORT: setting(port, 8080, 'server.port'),
  'server.read_timeout': inFile('server.read_timeout', duration(1_000, 600_000), 30_000),
  'server.write_timeout': inFile('server.write_timeout', duration(1_000, 600_000), 30_000),
  WS_PORT: setting(port, 8081),
  WS_PATH: setting(urlPath, '/ws'),
  ADMIN_PORT: optional(port),
  VOICE_NODE_HOST: setting(host, '127.0.0.1'),
  VOICE_NODE_PORT: setting(port, 7101),
  VOICE_NODE_LISTEN_PORT: optional(port),
  VOICE_NODE_WEIGHT: setting(number(0.1, 100), 1),

  DATABASE_URL: optional(postgresUrl, 'database.url'),
  'database.max_open_conns': inFile('database.max_open_conns', integer(1, 1_000), 25),
  'database.max_idle_conns': inFile('database.max_idle_conns', integer(0, 1_000), 5),
  'database.conn_max_lifetime': inFile('database.conn_max_lifetime', duration(1_000, day), 300_000),
  REDIS_URL: optional(redisUrl, 'redis.url'),
  'redis.pool_size': inFile('redis.pool_size', integer(1, 1_000), 10),
  'redis.min_idle_conns': inFile('redis.min_idle_conns', integer(0, 1_000), 2),
  VOICE_KEY_PREFIX: setting(keyPrefix, '{vc}'),
  TEMPORAL_ADDRESS: optional(hostAndPort),
  TEMPORAL_NAMESPACE: setting(text, 'default'),
  TEMPORAL_API_KEY: optional(text),
  TEMPORAL_TLS: setting(oneOf('auto', 'on', 'off'), 'auto'),
  TEMPORAL_TLS_CA: optional(filePath),
  TEMPORAL_TLS_CERT: optional(filePath),
  TEMPORAL_TLS_KEY: optional(filePath),
  TEMPORAL_METRICS_PORT: optional(port),

  CLUSTER_SECRET: optional(secret),
  CLUSTER_AUTH: setting(oneOf('secret', 'mtls'), 'secret'),
  CLUSTER_TLS_CERT: optional(filePath),
  CLUSTER_TLS_KEY: optional(filePath),
  CLUSTER_TLS_CA: optional(filePath),
  VOICE_COMMAND_DEADLINE_MS: setting(integer(100, 10_000), 1_500),
  VOICE_ROOM_IDLE_MS: setting(integer(100, day), 60_000),
  VOICE_RECONCILE_MS: setting(integer(10_000, day), 3_600_000),
  VOICE_AUDIT_CHECKPOINT_MS: setting(integer(1_000, 3_600_000), 60_000),
  JOIN_GRACE_S: setting(integer(1, 3_600), 30),

  JWT_SECRET: optional(secret, 'jwt.secret'),
  JWT_PUBLIC_KEY: optional(longText),
  JWT_JWKS_URL: optional(httpUrl),
  JWT_ALGORITHM: optional(oneOf('HS256', 'RS256', 'ES256')),
  JWT_ISSUER: optional(text),
  JWT_AUDIENCE: optional(text),
  'jwt.expiration': inFile('jwt.expiration', duration(1_000, 365 * day), day),

  STUN_SERVERS: setting(stunServers, ['stun:stun.l.google.com:19302'], 'webrtc.stun_servers'),
  TURN_SERVERS: setting(turnServers, [], 'webrtc.turn_servers'),
  TURN_SECRET: optional(secret),

  VOICE_RECORDING_FOLDER: optional(filePath),
  VOICE_RECORDING_STORE: optional(text),
  VOICE_RECORDING_QUEUE: setting(label, 'media'),
  VOICE_RECORDING_S3_KEY_ID: optional(text),
  VOICE_RECORDING_S3_SECRET: optional(text),

  VOICE_PASSWORD_PEPPER: optional(secret),
  VOICE_PASSWORD_PEPPER_BEFORE: optional(secret),

  RATE_LIMIT_RPM: setting(integer(1, 10_000_000), 60, 'rate_limiting.requests_per_minute'),
  RATE_LIMIT_SIGNALING_RPM: setting(integer(1, 10_000_000), 1_200),
  RATE_LIMIT_IP_RPM: setting(integer(1, 10_000_000), 6_000),
  RATE_LIMIT_SERVICE_RPM: setting(integer(1, 10_000_000), 60_000),
  RATE_LIMIT_PASSWORD_RPM: setting(integer(1, 10_000_000), 5),
  RATE_LIMIT_SOCKET_FPS: setting(integer(1, 1_000_000), 100),
  CORS_ORIGINS: setting(origins, []),
  TRUSTED_PROXIES: setting(networks, []),
  TLS_CERT_FILE: optional(filePath),
  TLS_KEY_FILE: optional(filePath),

  VOICE_STORE_SIGNALING: setting(oneOf('none', 'types', 'full'), 'types'),
  VOICE_RETENTION_SIGNALING_DAYS: setting(integer(1, 3_650), 7),
  VOICE_RETENTION_JOURNAL_DAYS: setting(integer(1, 3_650), 30),
  VOICE_RETENTION_ROOMS_DAYS: setting(integer(1, 3_650), 90),
  VOICE_RETENTION_QUALITY_DAYS: setting(integer(1, 3_650), 30),

  VOICE_WEBHOOK_KEY: optional(secret),
  VOICE_WEBHOOK_ALLOWED_NETWORKS: setting(networks, []),
  VOICE_WEBHOOK_ALLOW_HTTP: setting(boolean, false),
  VOICE_WEBHOOK_TIMEOUT_MS: setting(integer(500, 30_000), 10_000),
  VOICE_WEBHOOK_DISABLE_DAYS: setting(integer(1, 30), 5),
  // A delivery is tried for three days: its row has to live longer.
  VOICE_RETENTION_WEBHOOKS_DAYS: setting(integer(4, 3_650), 7),

  LOG_LEVEL: setting(oneOf('debug', 'info', 'warn', 'error'), 'info', 'logging.level'),
  'logging.format': inFile('logging.format', oneOf('json'), 'json'),
  PROFILING_ENABLED: setting(boolean, false, 'profiling.enabled'),
  'profiling.port': inFile('profiling.port', port, 6060),
  METRICS_ENABLED: setting(boolean, true, 'metrics.enabled'),
  'metrics.path': inFile('metrics.path', urlPath, '/metrics'),
} satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof settings

/** All settings by name, each with the type of its kind. */
export type Values = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer Value> ? Value : never
}

/** In the order of the list above. */
export const settingNames = Object.keys(settings) as readonly SettingName[]

/** What the values have to fit; a missing field is one that was not given and has no default. */
export const ValuesSchema = Type.Unsafe<Values>(
  strict(Object.fromEntries(settingNames.map((name) => [name, Type.Optional(settings[name].kind.schema)]))),
)
