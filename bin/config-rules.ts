import { createPublicKey, type KeyObject } from 'node:crypto'
import { redisUrlProblem } from '../cluster/index.ts'
import type { Problem } from '../protocol/codec.ts'
import { isNetwork } from './setting-kinds.ts'
import type { SettingName, Values } from './settings.ts'

export type Algorithm = 'HS256' | 'RS256' | 'ES256'

/** What a process is started as; it decides which settings have to be there. */
export type Role = 'gateway' | 'node' | 'worker' | 'relay' | 'migrate' | 'roomctl' | 'workflows'

/** Values of which each has passed its own check; those that did not are absent. */
export type Checked = Partial<Values>

const problem = (field: SettingName, text: string): Problem => ({ field, problem: text })

const keySettings = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'] as const

/** What each role cannot run without. A role gets no secret that it has no use for. */
export const needs = {
  gateway: ['database', 'redis', 'jwt', 'cluster', 'resume', 'webhooks', 'passwords'],
  node: ['database', 'redis', 'cluster'],
  worker: ['database', 'redis', 'cluster', 'temporal', 'recordings'],
  relay: ['database', 'redis', 'temporal', 'webhooks'],
  migrate: ['database'],
  roomctl: ['database', 'redis', 'cluster'],
  /** `roomctl workflows`. */
  workflows: ['database', 'temporal'],
} as const satisfies Record<Role, readonly Need[]>

export type Need =
  'database' | 'redis' | 'jwt' | 'cluster' | 'resume' | 'temporal' | 'webhooks' | 'passwords' | 'recordings'

const settingOf: Readonly<Record<Exclude<Need, 'jwt' | 'webhooks' | 'passwords' | 'recordings'>, SettingName>> = {
  database: 'DATABASE_URL',
  redis: 'REDIS_URL',
  cluster: 'CLUSTER_SECRET',
  resume: 'CLUSTER_SECRET',
  temporal: 'TEMPORAL_ADDRESS',
}

/**
 * What is missing for the role. `given` holds the names that stand anywhere, well or badly formed. With `byCertificate` links need no
 * secret, and certificates instead.
 */
export function missing(role: Role, given: ReadonlySet<string>, byCertificate: boolean): readonly Problem[] {
  const asked: readonly Need[] = needs[role]
  return asked.flatMap((need) => {
    if (need === 'cluster' && byCertificate) {
      const isGiven = (['CLUSTER_TLS_CERT', 'CLUSTER_TLS_KEY', 'CLUSTER_TLS_CA'] as const).some((name) =>
        given.has(name),
      )
      return isGiven ? [] : [problem('CLUSTER_TLS_CERT', 'is required where CLUSTER_AUTH is mtls')]
    }
    if (need === 'resume' && !byCertificate) return []
    // Without a key there are none, and without a pepper passwords are hashed as they are; without a store recordings
    // wait for a worker that has one.
    if (need === 'webhooks' || need === 'passwords' || need === 'recordings') return []
    if (need !== 'jwt') {
      const name = settingOf[need]
      return given.has(name) ? [] : [problem(name, 'is required')]
    }
    const keys = keySettings.filter((name) => given.has(name))
    if (keys.length === 0) return [problem('JWT_SECRET', 'is required, or JWT_PUBLIC_KEY, or JWT_JWKS_URL')]
    if (keys.length === 1) return []
    return [problem(keys[0] ?? 'JWT_SECRET', `stands beside ${keys.slice(1).join(' and ')}: exactly one may be set`)]
  })
}

/**
 * Phrases of secrets that stand in manuals, samples and tutorials. Whoever knows the secret makes tokens for anyone, so a
 * known one is as bad as none.
 */
const knownPhrases =
  /change.?(me|this|it)|change.?in.?production|your.{0,12}(secret|key)|my.{0,12}secret|(super|top).{0,3}secret|a-string-secret|default|placeholder|example|password|insecure|development|0123456789abcdef|abcdefghijklmnop/i

/** Whether a secret is one that others know, or that can be guessed from its few different characters. */
export const isKnownSecret = (secret: string): boolean => knownPhrases.test(secret) || new Set(secret).size < 8

function secretProblems(values: Checked): Problem[] {
  const found: Problem[] = []
  if (values.VOICE_ENV !== 'development') {
    for (const name of [
      'JWT_SECRET',
      'CLUSTER_SECRET',
      'TURN_SECRET',
      'VOICE_WEBHOOK_KEY',
      'VOICE_PASSWORD_PEPPER',
    ] as const) {
      const secret = values[name]
      if (secret !== undefined && isKnownSecret(secret)) {
        found.push(problem(name, 'is a well-known or guessable secret; make one with: openssl rand -base64 48'))
      }
    }
    if (values.JWT_JWKS_URL?.startsWith('http://') === true) {
      found.push(problem('JWT_JWKS_URL', 'has to be https:// in production'))
    }
    if (values.VOICE_WEBHOOK_ALLOW_HTTP === true) {
      found.push(problem('VOICE_WEBHOOK_ALLOW_HTTP', 'is for development only'))
    }
  }
  if (values.JWT_SECRET !== undefined && values.JWT_SECRET === values.CLUSTER_SECRET) {
    found.push(problem('CLUSTER_SECRET', 'has to differ from JWT_SECRET'))
  }
  const webhookKey = values.VOICE_WEBHOOK_KEY
  if (webhookKey !== undefined && (webhookKey === values.CLUSTER_SECRET || webhookKey === values.JWT_SECRET)) {
    found.push(problem('VOICE_WEBHOOK_KEY', 'has to differ from CLUSTER_SECRET and JWT_SECRET'))
  }
  return found
}

/** PEM in an environment variable often carries its line breaks as `\n`. */
export const pemOf = (text: string): string => text.replaceAll('\\n', '\n')

function publicKeyOf(text: string): KeyObject | null {
  // Node derives the public key from a private one; a private key has no business in a verifier's settings.
  if (text.includes('PRIVATE KEY')) return null
  try {
    return createPublicKey(pemOf(text))
  } catch {
    return null
  }
}

const algorithmOfKey = (key: KeyObject): Algorithm | null =>
  key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048
    ? 'RS256'
    : key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
      ? 'ES256'
      : null

/** The one algorithm of the deployment: the one that is set, else the one that the key is for. */
export function algorithmOf(values: Checked): Algorithm {
  if (values.JWT_ALGORITHM !== undefined) return values.JWT_ALGORITHM
  const key = values.JWT_PUBLIC_KEY === undefined ? null : publicKeyOf(values.JWT_PUBLIC_KEY)
  if (key) return algorithmOfKey(key) ?? 'RS256'
  return values.JWT_JWKS_URL === undefined ? 'HS256' : 'RS256'
}

function jwtProblems(values: Checked): Problem[] {
  const chosen = values.JWT_ALGORITHM
  if (values.JWT_PUBLIC_KEY !== undefined) {
    const key = publicKeyOf(values.JWT_PUBLIC_KEY)
    if (!key) return [problem('JWT_PUBLIC_KEY', 'has to be a public key in PEM')]
    const fits = algorithmOfKey(key)
    if (!fits) return [problem('JWT_PUBLIC_KEY', 'has to be RSA of at least 2048 bits, or EC on P-256')]
    return chosen === undefined || chosen === fits
      ? []
      : [problem('JWT_ALGORITHM', `does not fit JWT_PUBLIC_KEY, which is for ${fits}`)]
  }
  if (values.JWT_SECRET !== undefined && chosen !== undefined && chosen !== 'HS256') {
    return [problem('JWT_ALGORITHM', 'does not fit JWT_SECRET, which is for HS256')]
  }
  if (values.JWT_JWKS_URL !== undefined && chosen === 'HS256') {
    return [problem('JWT_ALGORITHM', 'does not fit JWT_JWKS_URL, which is for RS256 or ES256')]
  }
  return []
}

/** The port of `/health` and its neighbours where none is set. */
export const defaultAdminPort: Readonly<Record<Role, number>> = {
  gateway: 9080,
  node: 9101,
  worker: 9111,
  relay: 9121,
  migrate: 0,
  roomctl: 0,
  workflows: 0,
}

function portProblems(role: Role, values: Checked): Problem[] {
  const admin = values.ADMIN_PORT ?? defaultAdminPort[role]
  const ports: (readonly [SettingName, number | undefined])[] = [
    ...(role === 'gateway' ? [['SERVER_PORT', values.SERVER_PORT] as const, ['WS_PORT', values.WS_PORT] as const] : []),
    ...(role === 'node' ? [['VOICE_NODE_PORT', values.VOICE_NODE_PORT] as const] : []),
    ['ADMIN_PORT', admin],
    ...(values.PROFILING_ENABLED === true ? [['profiling.port', values['profiling.port']] as const] : []),
  ]
  const takenBy = new Map<number, SettingName>()
  return ports.flatMap(([name, port]) => {
    if (port === undefined || port === 0) return []
    const other = takenBy.get(port)
    if (other === undefined) takenBy.set(port, name)
    return other === undefined ? [] : [problem(name, `is the same port as ${other}`)]
  })
}

const atMost = (values: Checked, low: SettingName, high: SettingName): Problem[] => {
  const [lower, upper] = [values[low], values[high]]
  return typeof lower === 'number' && typeof upper === 'number' && lower > upper
    ? [problem(low, `has to be at most ${high}`)]
    : []
}

function redisProblems({ REDIS_URL: url, VOICE_KEY_PREFIX: prefix }: Checked): Problem[] {
  if (url === undefined) return []
  const found = redisUrlProblem(url)
  if (found !== null) return [problem('REDIS_URL', found)]
  // Without a tag the keys of one script lie on several servers, and every script is refused.
  const isSpread = /^rediss?\+cluster:/.test(url) && prefix !== undefined && !/\{[^{}]+\}/.test(prefix)
  return isSpread ? [problem('VOICE_KEY_PREFIX', 'has to hold a hash tag such as {vc} for a Redis Cluster')] : []
}

/** What is wrong with values that are each fine alone. A rule whose values are not all there says nothing. */
export function relationProblems(role: Role, values: Checked): readonly Problem[] {
  const found = [
    ...secretProblems(values),
    ...jwtProblems(values),
    ...portProblems(role, values),
    ...redisProblems(values),
  ]
  found.push(...atMost(values, 'database.max_idle_conns', 'database.max_open_conns'))
  found.push(...atMost(values, 'redis.min_idle_conns', 'redis.pool_size'))
  // A caller has to read that the outcome is unknown before the connection is given up on.
  found.push(...atMost(values, 'VOICE_COMMAND_DEADLINE_MS', 'server.write_timeout'))
  if ((values.TLS_CERT_FILE === undefined) !== (values.TLS_KEY_FILE === undefined)) {
    const absent = values.TLS_CERT_FILE === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE'
    found.push(problem(absent, 'is required where the other of the pair is set'))
  }
  found.push(...recordingProblems(values))
  if (values.VOICE_PASSWORD_PEPPER_BEFORE !== undefined && values.VOICE_PASSWORD_PEPPER === undefined) {
    found.push(problem('VOICE_PASSWORD_PEPPER', 'is required where VOICE_PASSWORD_PEPPER_BEFORE is set'))
  }
  if ((values.TURN_SERVERS ?? []).length > 0 && values.TURN_SECRET === undefined) {
    // Without it clients would get no credentials, and the servers would not be handed out at all.
    found.push(problem('TURN_SECRET', 'is required where TURN_SERVERS is set'))
  }
  for (const name of ['TRUSTED_PROXIES', 'VOICE_WEBHOOK_ALLOWED_NETWORKS'] as const) {
    if (values[name]?.every(isNetwork) === false) {
      found.push(problem(name, 'has to be IP addresses or networks such as 10.0.0.0/8'))
    }
  }
  if (/^\/(health|api|cluster)(\/|$)|^\/$/.test(values['metrics.path'] ?? '')) {
    found.push(problem('metrics.path', 'is taken by another endpoint'))
  }
  return found
}

/** Where recordings come from and go to: both or neither; a store of S3 with its key. */
function recordingProblems(values: Checked): Problem[] {
  const { VOICE_RECORDING_FOLDER: folder, VOICE_RECORDING_STORE: store } = values
  if (store === undefined) {
    return folder === undefined
      ? []
      : [problem('VOICE_RECORDING_STORE', 'is required where VOICE_RECORDING_FOLDER is set')]
  }
  if (folder === undefined) return [problem('VOICE_RECORDING_FOLDER', 'is required where VOICE_RECORDING_STORE is set')]
  if (!URL.canParse(store) || !/^(file:\/\/\/|s3:\/\/[a-z0-9])/.test(store)) {
    return [problem('VOICE_RECORDING_STORE', 'has to be file:///folder or s3://bucket/prefix?endpoint=…&region=…')]
  }
  const hasKey = values.VOICE_RECORDING_S3_KEY_ID !== undefined && values.VOICE_RECORDING_S3_SECRET !== undefined
  return store.startsWith('s3:') && !hasKey
    ? [
        problem(
          'VOICE_RECORDING_S3_SECRET',
          'is required, with VOICE_RECORDING_S3_KEY_ID, where VOICE_RECORDING_STORE is s3://',
        ),
      ]
    : []
}
