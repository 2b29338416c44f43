import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { LinkAuth, LinkTls } from '../cluster/index.ts'
import type { TemporalTls } from '../workflows/index.ts'
import type { ServerTls } from '../gateway/index.ts'
import { allProblems, decoder, type Problem } from '../protocol/codec.ts'
import type { ProcessId } from '../protocol/ids.ts'
import {
  algorithmOf,
  defaultAdminPort,
  missing,
  needs,
  pemOf,
  relationProblems,
  type Algorithm,
  type Need,
  type Role,
} from './config-rules.ts'
import { readLinkTls } from './link-certificates.ts'
import { readServerTls } from './server-certificate.ts'
import { readSettingsFile, type FileSettings } from './settings-file.ts'
import { systemClock } from './system-ports.ts'
import { readTemporalTls } from './temporal-tls.ts'
import { settingNames, settings, ValuesSchema, type SettingName, type Values } from './settings.ts'

export type { Algorithm, Role } from './config-rules.ts'

/** Settings that have to be given, each for the roles that need them (`needs` in config-rules.ts). */
export interface NeededConfig {
  readonly database: {
    readonly url: string
    readonly maxConnections: number
    readonly maxIdleConnections: number
    readonly connectionLifetimeMs: number
  }
  /** Every key in Redis begins with `keyPrefix`; it holds a hash tag, so that one slot of a Redis cluster has them all. */
  readonly redis: {
    readonly url: string
    readonly keyPrefix: string
    readonly poolSize: number
    readonly minIdleConnections: number
  }
  readonly jwt: {
    readonly algorithm: Algorithm
    readonly key:
      | { readonly from: 'secret'; readonly secret: string }
      | { readonly from: 'publicKey'; readonly pem: string }
      | { readonly from: 'jwks'; readonly url: string }
    readonly issuer: string | undefined
    readonly audience: string | undefined
    /** Lifetime of tokens that development tools make. */
    readonly expirationMs: number
  }
  /** What processes prove to each other before a link between them carries anything. */
  readonly cluster: LinkAuth
  /** What a connection's resume token is signed with. */
  readonly resume: { readonly secret: string }
  readonly temporal: {
    readonly address: string
    readonly namespace: string
    readonly apiKey: string | undefined
    /** Null: in the clear. */
    readonly tls: TemporalTls | null
    /** Where a worker shows the metrics of Temporal's own SDK; absent for nowhere. */
    readonly metricsPort: number | undefined
  }
  /** Where recorders leave what they recorded, and where it goes; null: this worker makes nothing of it. */
  readonly recordings: {
    readonly folder: string
    readonly store: { readonly url: string; readonly keyId: string | null; readonly secret: string | null }
    readonly queue: string
  } | null
  readonly passwords: {
    /** Under which hashes of room passwords are made: the first for new ones, all for those that there are. */
    readonly peppers: readonly string[]
  }
  readonly webhooks: {
    /** What their secrets are made of; null: there are none. */
    readonly key: string | null
    /** Closed networks that receivers may be in all the same. */
    readonly allowedNetworks: readonly string[]
    readonly allowHttp: boolean
    readonly timeoutMs: number
    readonly disableAfterMs: number
  }
}

export interface CommonConfig {
  readonly environment: 'production' | 'development'
  readonly processId: ProcessId
  readonly hostLabel: string
  /** Where in the world the process runs; null where that was not said. */
  readonly region: string | null
  readonly adminPort: number
  readonly http: {
    readonly port: number
    readonly readTimeoutMs: number
    readonly writeTimeoutMs: number
    readonly corsOrigins: readonly string[]
    readonly trustedProxies: readonly string[]
    /** Only of gateways. */
    readonly tls: ServerTls | null
  }
  readonly ws: { readonly port: number; readonly path: string }
  /** Where a node takes links: it binds `port` and tells the others `host`. */
  readonly node: {
    readonly host: string
    readonly port: number
    readonly listenPort: number
    /** Relative capacity, 1 for a usual node. */
    readonly weight: number
  }
  readonly commandDeadlineMs: number
  readonly rooms: { readonly idleMs: number; readonly joinGraceMs: number }
  /** From one round of checkpoints of the audit log to the next. */
  readonly audit: { readonly checkpointMs: number }
  /** From one comparison of record and workflows to the next. */
  readonly reconcileMs: number
  /** For how many days entries of the journal, and what is over of rooms, are kept. */
  readonly retention: { readonly journalDays: number; readonly roomDays: number }
  readonly ice: {
    readonly stunServers: readonly string[]
    readonly turnServers: readonly string[]
    readonly turnSecret: string | undefined
  }
  /** So often in a minute; frames of one socket in a second. */
  readonly limits: {
    readonly userRpm: number
    readonly signalingRpm: number
    readonly ipRpm: number
    readonly serviceRpm: number
    readonly passwordRpm: number
    readonly socketFps: number
  }
  /** What is kept of calls and of webhooks, and for how many days. */
  readonly calls: {
    readonly storeSignaling: Values['VOICE_STORE_SIGNALING']
    readonly retention: { readonly signalingDays: number; readonly qualityDays: number; readonly webhookDays: number }
  }
  readonly log: { readonly level: Values['LOG_LEVEL']; readonly format: 'json' }
  readonly profiling: { readonly enabled: boolean; readonly port: number }
  readonly metrics: { readonly enabled: boolean; readonly path: string }
}

/** All settings of a process, checked. What a role does not need is not in its type. */
export type Config<As extends Role = Role> = CommonConfig & Pick<NeededConfig, (typeof needs)[As][number]>

/** Where settings come from. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads the file that VOICE_CONFIG names. Throws where it can't. */
  readonly readFile: (path: string) => string
  /** Now, Unix ms, by which certificates are over. */
  readonly nowMs: number
  /** Name of the machine, for the defaults of VOICE_PROCESS_ID and VOICE_HOST_LABEL. */
  readonly hostName: string
}

/** Exit code of a process whose settings are wrong (EX_CONFIG of sysexits.h). */
export const configExitCode = 78

/** The settings cannot be used. Its message lists everything that is wrong, and no value: values may be secrets. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[]

  constructor(role: Role, problems: readonly Problem[]) {
    const lines = problems.map(({ field, problem }) => `  ${field}: ${problem}`)
    const count = problems.length === 1 ? 'one setting is wrong' : `${problems.length} settings are wrong`
    super(
      `The ${role} cannot start: ${count}.\n${lines.join('\n')}\nEvery setting is explained in docs/operations/config.md.`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const yamlPaths = settingNames.flatMap((name) => settings[name].yaml ?? [])

function fileOf({ env, readFile }: ConfigSources): FileSettings {
  const path = env['VOICE_CONFIG']
  if (path === undefined || path === '') return { values: new Map(), problems: [] }
  try {
    return readSettingsFile(readFile(path), yamlPaths)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { values: new Map(), problems: [{ field: 'VOICE_CONFIG', problem: `cannot be read: ${reason}` }] }
  }
}

/** What stands for a setting, environment before file; undefined where it stands nowhere. */
function given(name: SettingName, env: ConfigSources['env'], file: FileSettings): unknown {
  const { kind, yaml, inEnvironment, fallback } = settings[name]
  const text = inEnvironment ? env[name] : undefined
  // A variable without a value counts as not set, as compose files and shells leave them; but an empty list is a list.
  if (text !== undefined && (text !== '' || Array.isArray(fallback))) return kind.read(text)
  const value = yaml === null ? undefined : file.values.get(yaml)
  return value === undefined ? undefined : kind.read(value)
}

const findProblems = allProblems(ValuesSchema)
const decodeValues = decoder(ValuesSchema)

/** Reads and checks everything. Throws ConfigError with all problems at once. */
export function loadConfig<As extends Role>(role: As, sources: ConfigSources): Config<As> {
  const file = fileOf(sources)
  const problems: Problem[] = [...file.problems]
  for (const name of Object.keys(sources.env)) {
    const isOurs = Object.hasOwn(settings, name)
    if (name.startsWith('VOICE_') && !isOurs) problems.push({ field: name, problem: 'is no setting' })
  }
  const raw: Partial<Record<SettingName, unknown>> = {}
  const names = new Set<SettingName>()
  for (const name of settingNames) {
    const value = given(name, sources.env, file)
    if (value !== undefined) names.add(name)
    const used = value === undefined ? settings[name].fallback : value
    if (used !== undefined) raw[name] = used
  }
  problems.push(...missing(role, names, raw.CLUSTER_AUTH === 'mtls'))
  const bad = new Set(findProblems(raw).map(({ field }) => nameOf(field)))
  for (const name of bad) {
    problems.push({ field: name, problem: `has to be ${settings[name].kind.expected}` })
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- rules look at what passed its own check
    delete raw[name]
  }
  const values = decodeValues(raw)
  problems.push(...relationProblems(role, values))
  const needed: readonly Need[] = needs[role]
  const link = needed.includes('cluster')
    ? readLinkTls(values, {
        role: role === 'roomctl' || role === 'migrate' || role === 'workflows' ? 'tool' : role,
        nowMs: sources.nowMs,
        readFile: sources.readFile,
      })
    : { tls: null, problems: [] }
  problems.push(...link.problems)
  const temporal = needed.includes('temporal') ? readTemporalTls(values, sources.readFile) : { tls: null, problems: [] }
  problems.push(...temporal.problems)
  const server = role === 'gateway' ? readServerTls(values, sources) : { tls: null, problems: [] }
  problems.push(...server.problems)
  const processId = values.VOICE_PROCESS_ID ?? defaultProcessId(role, sources.hostName)
  if (problems.length > 0)
    throw new ConfigError(
      role,
      problems.map((entry) => withPath(entry, sources.env)),
    )
  return {
    ...commonConfig(role, values, processId, sources.hostName, server.tls),
    ...neededConfig(role, values, { link: link.tls, temporal: temporal.tls }),
  }
}

/** The setting that a field belongs to: entries of lists stand one level deeper, and names from the file hold dots. */
function nameOf(field: string): SettingName {
  const name = settingNames.find((known) => field === known || field.startsWith(`${known}.`))
  if (name === undefined) throw new Error(`no setting is called ${field}`)
  return name
}

/** Names the place in the file too, where the value did not come from the environment. */
function withPath(entry: Problem, env: ConfigSources['env']): Problem {
  if (!Object.hasOwn(settings, entry.field)) return entry
  const { yaml } = settings[entry.field as SettingName]
  const isFromFile = yaml !== null && yaml !== entry.field && (env['VOICE_CONFIG'] ?? '') !== '' && !env[entry.field]
  return isFromFile ? { ...entry, field: `${entry.field} (${yaml} in the file)` } : entry
}

/** `gateway-` and the machine's name, in the alphabet of process ids: stable over restarts of a container or pod. */
function defaultProcessId(role: Role, hostName: string): ProcessId {
  const machine = hostName.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return `${role}-${machine}`.slice(0, 63) as ProcessId
}

function commonConfig(
  role: Role,
  values: Values,
  processId: ProcessId,
  hostName: string,
  tls: ServerTls | null,
): CommonConfig {
  return {
    environment: values.VOICE_ENV,
    processId,
    hostLabel: values.VOICE_HOST_LABEL ?? hostName,
    region: values.VOICE_REGION ?? null,
    adminPort: values.ADMIN_PORT ?? defaultAdminPort[role],
    http: {
      port: values.SERVER_PORT,
      readTimeoutMs: values['server.read_timeout'],
      writeTimeoutMs: values['server.write_timeout'],
      corsOrigins: values.CORS_ORIGINS,
      trustedProxies: values.TRUSTED_PROXIES,
      tls,
    },
    ws: { port: values.WS_PORT, path: values.WS_PATH },
    node: {
      host: values.VOICE_NODE_HOST,
      port: values.VOICE_NODE_PORT,
      listenPort: values.VOICE_NODE_LISTEN_PORT ?? values.VOICE_NODE_PORT,
      weight: values.VOICE_NODE_WEIGHT,
    },
    commandDeadlineMs: values.VOICE_COMMAND_DEADLINE_MS,
    rooms: { idleMs: values.VOICE_ROOM_IDLE_MS, joinGraceMs: values.JOIN_GRACE_S * 1_000 },
    audit: { checkpointMs: values.VOICE_AUDIT_CHECKPOINT_MS },
    reconcileMs: values.VOICE_RECONCILE_MS,
    retention: { journalDays: values.VOICE_RETENTION_JOURNAL_DAYS, roomDays: values.VOICE_RETENTION_ROOMS_DAYS },
    ice: { stunServers: values.STUN_SERVERS, turnServers: values.TURN_SERVERS, turnSecret: values.TURN_SECRET },
    limits: {
      userRpm: values.RATE_LIMIT_RPM,
      signalingRpm: values.RATE_LIMIT_SIGNALING_RPM,
      ipRpm: values.RATE_LIMIT_IP_RPM,
      serviceRpm: values.RATE_LIMIT_SERVICE_RPM,
      passwordRpm: values.RATE_LIMIT_PASSWORD_RPM,
      socketFps: values.RATE_LIMIT_SOCKET_FPS,
    },
    calls: {
      storeSignaling: values.VOICE_STORE_SIGNALING,
      retention: {
        signalingDays: values.VOICE_RETENTION_SIGNALING_DAYS,
        qualityDays: values.VOICE_RETENTION_QUALITY_DAYS,
        webhookDays: values.VOICE_RETENTION_WEBHOOKS_DAYS,
      },
    },
    log: { level: values.LOG_LEVEL, format: values['logging.format'] },
    profiling: { enabled: values.PROFILING_ENABLED, port: values['profiling.port'] },
    metrics: { enabled: values.METRICS_ENABLED, path: values['metrics.path'] },
  }
}

/** The value of a setting that `missing` has vouched for. */
function present<Name extends SettingName>(values: Values, name: Name): NonNullable<Values[Name]> {
  const value = values[name]
  if (value === undefined || value === null) throw new Error(`${name} is needed and was not asked for`)
  return value
}

function jwtKey(values: Values): NeededConfig['jwt']['key'] {
  if (values.JWT_PUBLIC_KEY !== undefined) return { from: 'publicKey', pem: pemOf(values.JWT_PUBLIC_KEY) }
  if (values.JWT_JWKS_URL !== undefined) return { from: 'jwks', url: values.JWT_JWKS_URL }
  return { from: 'secret', secret: present(values, 'JWT_SECRET') }
}

/** What of the settings lies in files. */
interface FromFiles {
  readonly link: LinkTls | null
  readonly temporal: TemporalTls | null
}

const groups: { readonly [Name in Need]: (values: Values, files: FromFiles) => NeededConfig[Name] } = {
  database: (values) => ({
    url: present(values, 'DATABASE_URL'),
    maxConnections: values['database.max_open_conns'],
    maxIdleConnections: values['database.max_idle_conns'],
    connectionLifetimeMs: values['database.conn_max_lifetime'],
  }),
  redis: (values) => ({
    url: present(values, 'REDIS_URL'),
    keyPrefix: values.VOICE_KEY_PREFIX,
    poolSize: values['redis.pool_size'],
    minIdleConnections: values['redis.min_idle_conns'],
  }),
  jwt: (values) => ({
    algorithm: algorithmOf(values),
    key: jwtKey(values),
    issuer: values.JWT_ISSUER,
    audience: values.JWT_AUDIENCE,
    expirationMs: values['jwt.expiration'],
  }),
  cluster: (values, { link: tls }) =>
    values.CLUSTER_AUTH === 'mtls' && tls ? { secret: null, tls } : { secret: present(values, 'CLUSTER_SECRET'), tls },
  resume: (values) => ({ secret: present(values, 'CLUSTER_SECRET') }),
  temporal: (values, { temporal: tls }) => ({
    address: present(values, 'TEMPORAL_ADDRESS'),
    namespace: values.TEMPORAL_NAMESPACE,
    apiKey: values.TEMPORAL_API_KEY,
    tls,
    metricsPort: values.TEMPORAL_METRICS_PORT,
  }),
  recordings: (values) =>
    values.VOICE_RECORDING_FOLDER === undefined || values.VOICE_RECORDING_STORE === undefined
      ? null
      : {
          folder: values.VOICE_RECORDING_FOLDER,
          store: {
            url: values.VOICE_RECORDING_STORE,
            keyId: values.VOICE_RECORDING_S3_KEY_ID ?? null,
            secret: values.VOICE_RECORDING_S3_SECRET ?? null,
          },
          queue: values.VOICE_RECORDING_QUEUE,
        },
  passwords: (values) => ({
    peppers: [values.VOICE_PASSWORD_PEPPER, values.VOICE_PASSWORD_PEPPER_BEFORE].filter(
      (pepper) => pepper !== undefined,
    ),
  }),
  webhooks: (values) => ({
    key: values.VOICE_WEBHOOK_KEY ?? null,
    allowedNetworks: values.VOICE_WEBHOOK_ALLOWED_NETWORKS,
    allowHttp: values.VOICE_WEBHOOK_ALLOW_HTTP,
    timeoutMs: values.VOICE_WEBHOOK_TIMEOUT_MS,
    disableAfterMs: values.VOICE_WEBHOOK_DISABLE_DAYS * 86_400_000,
  }),
}

function neededConfig<As extends Role>(
  role: As,
  values: Values,
  files: FromFiles,
): Pick<NeededConfig, (typeof needs)[As][number]> {
  const entries = needs[role].map((need: Need) => [need, groups[need](values, files)] as const)
  // Exactly the groups of the role, each made by the function of its own name.
  return Object.fromEntries(entries) as Pick<NeededConfig, (typeof needs)[As][number]>
}

/** The environment, for tools that look for more than settings. */
export const environment = (): ConfigSources['env'] => process.env

/** Settings of this process from its environment, and from `found` where the environment says nothing. Throws ConfigError. */
export const loadOwnConfig = <As extends Role>(role: As, found: ConfigSources['env'] = {}): Config<As> =>
  loadConfig(role, {
    env: { ...found, ...environment() },
    readFile: (path) => readFileSync(path, 'utf8'),
    nowMs: systemClock.wallMs(),
    hostName: hostname(),
  })

/** Settings of this process from its environment. Wrong ones end it: one message on stderr, exit code 78. */
export function configOrExit<As extends Role>(role: As): Config<As> {
  try {
    return loadOwnConfig(role)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(configExitCode)
  }
}
