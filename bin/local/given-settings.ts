import { readFileSync } from 'node:fs'
import { readSettingsFile } from '../settings-file.ts'
import { settingNames, settings } from '../settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the person who starts has set, in the environment or in the file that VOICE_CONFIG names. */
export interface GivenSettings {
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  readonly temporalAddress: string | undefined
  readonly clusterSecret: string | undefined
  readonly keyPrefix: string
  /** Whether tokens are signed by somebody else: a secret, a public key or a key set is configured. */
  readonly hasTokenKey: boolean
  readonly hasTls: boolean
  readonly mode: 'production' | 'development'
  /** The rest of the environment, for every process: no setting that start decides, and none that only some may know. */
  readonly passed: Readonly<Record<string, string>>
  /** Settings that only some processes get, by name. */
  readonly guarded: Readonly<Record<string, string>>
  /** Variables that look like settings and are none: no process gets them, since it would refuse to start. */
  readonly unknown: readonly string[]
  /** Settings that were given and that start decides by itself. */
  readonly overridden: readonly string[]
}

/** Each process of a local start has its own, so one value cannot be for all. */
const decidedByStart = [
  ...['VOICE_ENV', 'VOICE_PROCESS_ID', 'SERVER_PORT', 'WS_PORT', 'ADMIN_PORT', 'VOICE_NODE_HOST', 'VOICE_NODE_PORT'],
  'VOICE_NODE_LISTEN_PORT',
]
/** Speak of a Temporal that is given; the one that start raises is in the clear and has the namespace `default`. */
export const ofGivenTemporal = [
  ...['TEMPORAL_NAMESPACE', 'TEMPORAL_API_KEY'],
  ...['TEMPORAL_TLS', 'TEMPORAL_TLS_CA', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'],
]
const forSome = [
  ...['DATABASE_URL', 'REDIS_URL', 'CLUSTER_SECRET', 'JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'],
  ...['TEMPORAL_ADDRESS', ...ofGivenTemporal, 'VOICE_WEBHOOK_KEY'],
  ...['VOICE_PASSWORD_PEPPER', 'VOICE_PASSWORD_PEPPER_BEFORE'],
  ...['VOICE_RECORDING_FOLDER', 'VOICE_RECORDING_STORE', 'VOICE_RECORDING_S3_KEY_ID', 'VOICE_RECORDING_S3_SECRET'],
]
const names: ReadonlySet<string> = new Set(settingNames)

function fileValues(path: string | undefined, readFile: (path: string) => string): ReadonlyMap<string, unknown> {
  if (path === undefined || path === '') return new Map()
  try {
    return readSettingsFile(
      readFile(path),
      settingNames.flatMap((name) => settings[name].yaml ?? []),
    ).values
  } catch {
    // The processes' own check says what is wrong with it.
    return new Map()
  }
}

/** Reads what was given. Nothing is checked here: each process checks its settings itself. */
export function givenSettings(
  env: Environment,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): GivenSettings {
  const file = fileValues(env['VOICE_CONFIG'], readFile)
  const setInEnv = (name: string) => (env[name] ?? '') !== ''
  const given = (name: string, yaml?: string): string | undefined => {
    if (setInEnv(name)) return env[name]
    const value = yaml === undefined ? undefined : file.get(yaml)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const hasTokenKey = [given('JWT_SECRET', 'jwt.secret'), given('JWT_PUBLIC_KEY'), given('JWT_JWKS_URL')].some(
    (key) => key !== undefined,
  )
  const kept = (wanted: (name: string) => boolean) =>
    Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (value !== undefined && wanted(name) ? [[name, value]] : [])),
    )
  const isUnknown = (name: string) => name.startsWith('VOICE_') && !names.has(name)
  return {
    databaseUrl: given('DATABASE_URL', 'database.url'),
    redisUrl: given('REDIS_URL', 'redis.url'),
    temporalAddress: given('TEMPORAL_ADDRESS'),
    clusterSecret: given('CLUSTER_SECRET'),
    keyPrefix: given('VOICE_KEY_PREFIX') ?? settings.VOICE_KEY_PREFIX.fallback,
    hasTokenKey,
    hasTls: given('TLS_CERT_FILE') !== undefined,
    mode: modeOf(env, hasTokenKey),
    passed: kept((name) => !decidedByStart.includes(name) && !forSome.includes(name) && !isUnknown(name)),
    guarded: kept((name) => forSome.includes(name)),
    unknown: Object.keys(env).filter(isUnknown),
    overridden: decidedByStart.filter((name) => name !== 'VOICE_ENV' && setInEnv(name)),
  }
}

/**
 * Development is what gives tokens to whoever asks on this machine. A secret of somebody else's is never used for that, unless
 * they say themselves that it is one of development.
 */
function modeOf(env: Environment, hasTokenKey: boolean): GivenSettings['mode'] {
  if (env['NODE_ENV'] === 'production') return 'production'
  if ((env['VOICE_ENV'] ?? '') !== '') return env['VOICE_ENV'] === 'development' ? 'development' : 'production'
  return hasTokenKey ? 'production' : 'development'
}
