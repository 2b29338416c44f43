import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ConfigError, loadConfig, type Config, type Role } from './config.ts'
import { durationMs, durationText } from './duration.ts'
import { settingNames, settings } from './settings.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (key: typeof rsa.publicKey) => key.export({ type: 'spki', format: 'pem' }).toString()
const rsaPem = pem(rsa.publicKey)
const ecPem = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
const shortRsaPem = pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
const otherCurvePem = pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)
const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const secretA = 'kP3vQ9xTz7LmW2bN8dRf5HjY1cGs6UaE'
const secretB = 'Zq8mT4wKx2VnB7rJd9LpC3hFy6GsA1uE'
const complete = {
  DATABASE_URL: 'postgres://voice@db/voice',
  REDIS_URL: 'redis://cache:6379',
  JWT_SECRET: secretA,
  CLUSTER_SECRET: secretB,
  TEMPORAL_ADDRESS: 'temporal:7233',
}

type Env = Record<string, string | undefined>

const load = <As extends Role>(role: As, env: Env, file?: string): Config<As> =>
  loadConfig(role, {
    env: file === undefined ? env : { VOICE_CONFIG: '/etc/voice.yaml', ...env },
    readFile: (path) => {
      if (file === undefined || path !== '/etc/voice.yaml') throw new Error(`no such file: ${path}`)
      return file
    },
    nowMs: 0,
    hostName: 'Pod_7.example',
  })

/** The fields of all problems, in the order of the message. */
function problemsOf(env: Env, file?: string, role: Role = 'gateway'): readonly string[] {
  try {
    load(role, env, file)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems.map(({ field, problem }) => `${field}: ${problem}`)
  }
  return []
}

function messageOf(env: Env, file?: string): string {
  try {
    load('gateway', env, file)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('the defaults', () => {
  const config = load('gateway', complete)

  test('are the documented ones, and production unless something else is said', () => {
    assert.deepEqual(config, {
      environment: 'production',
      processId: 'gateway-pod-7-example',
      hostLabel: 'Pod_7.example',
      region: null,
      adminPort: 9080,
      http: {
        port: 8080,
        readTimeoutMs: 30_000,
        writeTimeoutMs: 30_000,
        corsOrigins: [],
        trustedProxies: [],
        tls: null,
      },
      ws: { port: 8081, path: '/ws' },
      node: { host: '127.0.0.1', port: 7101, listenPort: 7101, weight: 1 },
      commandDeadlineMs: 1_500,
      rooms: { idleMs: 60_000, joinGraceMs: 30_000 },
      audit: { checkpointMs: 60_000 },
      reconcileMs: 3_600_000,
      retention: { journalDays: 30, roomDays: 90 },
      ice: { stunServers: ['stun:stun.l.google.com:19302'], turnServers: [], turnSecret: undefined },
      limits: { userRpm: 60, signalingRpm: 1_200, ipRpm: 6_000, serviceRpm: 60_000, passwordRpm: 5, socketFps: 100 },
      calls: { storeSignaling: 'types', retention: { signalingDays: 7, qualityDays: 30, webhookDays: 7 } },
      log: { level: 'info', format: 'json' },
      profiling: { enabled: false, port: 6060 },
      metrics: { enabled: true, path: '/metrics' },
      database: {
        url: complete.DATABASE_URL,
        maxConnections: 25,
        maxIdleConnections: 5,
        connectionLifetimeMs: 300_000,
      },
      redis: { url: complete.REDIS_URL, keyPrefix: '{vc}', poolSize: 10, minIdleConnections: 2 },
      jwt: {
        algorithm: 'HS256',
        key: { from: 'secret', secret: secretA },
        issuer: undefined,
        audience: undefined,
        expirationMs: 86_400_000,
      },
      cluster: { secret: secretB, tls: null },
      resume: { secret: secretB },
      passwords: { peppers: [] },
      webhooks: { key: null, allowedNetworks: [], allowHttp: false, timeoutMs: 10_000, disableAfterMs: 432_000_000 },
    })
  })

  test('a variable without a value is one that is not set, but an empty list is an empty list', () => {
    const { http, ice } = load('gateway', { ...complete, SERVER_PORT: '', STUN_SERVERS: '' })
    assert.equal(http.port, 8080)
    assert.deepEqual(ice.stunServers, [])
  })

  test('a place and a size that are set are carried, of a size also a part', () => {
    const env = { VOICE_HOST_LABEL: 'rack-7', VOICE_REGION: 'eu-west', VOICE_NODE_WEIGHT: '2.5' }
    const { hostLabel, region, node } = load('node', { ...complete, ...env })
    assert.deepEqual([hostLabel, region, node.weight], ['rack-7', 'eu-west', 2.5])
  })

  test('a process carries the settings it needs and no secret beyond them', () => {
    const carried = (role: Role) =>
      Object.keys(load(role, complete)).filter((name) => /database|redis|jwt|cluster|resume|temporal/.test(name))
    assert.deepEqual(carried('gateway'), ['database', 'redis', 'jwt', 'cluster', 'resume'])
    assert.deepEqual(carried('node'), ['database', 'redis', 'cluster'])
    assert.deepEqual(carried('worker'), ['database', 'redis', 'cluster', 'temporal'])
    assert.deepEqual(carried('relay'), ['database', 'redis', 'temporal'])
    assert.deepEqual(carried('migrate'), ['database'])
  })
})

describe('the settings file', () => {
  const whole = `
server: { port: 9000, read_timeout: 10s, write_timeout: 1m30s }
database: { url: "postgres://file@db/voice", max_open_conns: 10, max_idle_conns: 1, conn_max_lifetime: 90s }
redis: { url: "rediss://file:6379", pool_size: 3, min_idle_conns: 1 }
jwt: { secret: ${secretA}, expiration: 2h }
webrtc:
  stun_servers: ["stun:a.example", "stun:b.example"]
  turn_servers: "turn:c.example,turns:d.example"
rate_limiting: { requests_per_minute: 7 }
logging: { level: warn, format: json }
profiling: { enabled: true, port: 6061 }
metrics: { enabled: false, path: /measures }
`
  const rest = { CLUSTER_SECRET: secretB, TURN_SECRET: 'Wq7nB2xL9pK4vT6mR8dH3jF5cY1sZ0gA' }

  test('carries every documented path', () => {
    const config = load('gateway', rest, whole)
    assert.deepEqual(
      [config.http.port, config.http.readTimeoutMs, config.http.writeTimeoutMs, config.database, config.redis],
      [
        9_000,
        10_000,
        90_000,
        { url: 'postgres://file@db/voice', maxConnections: 10, maxIdleConnections: 1, connectionLifetimeMs: 90_000 },
        { url: 'rediss://file:6379', keyPrefix: '{vc}', poolSize: 3, minIdleConnections: 1 },
      ],
    )
    assert.deepEqual(config.jwt.key, { from: 'secret', secret: secretA })
    assert.equal(config.jwt.expirationMs, 7_200_000)
    assert.deepEqual(config.ice.stunServers, ['stun:a.example', 'stun:b.example'])
    assert.deepEqual(config.ice.turnServers, ['turn:c.example', 'turns:d.example'])
    assert.deepEqual([config.limits.userRpm, config.log.level], [7, 'warn'])
    assert.deepEqual(config.profiling, { enabled: true, port: 6_061 })
    assert.deepEqual(config.metrics, { enabled: false, path: '/measures' })
  })

  test('gives way to the environment', () => {
    assert.equal(load('gateway', { ...rest, SERVER_PORT: '9001' }, whole).http.port, 9_001)
  })

  test('may have sections of which everything is commented out', () => {
    assert.equal(load('gateway', complete, 'server:\n  # port: 1\nredis:\n').http.port, 8_080)
  })

  const broken: readonly (readonly [string, string, string])[] = [
    ['an unknown section', 'sever: { port: 1 }', 'sever: is no setting of the file'],
    ['an unknown key', 'server: { prot: 1 }', 'server.prot: is no setting of the file'],
    ['a key below a setting', 'server: { port: { a: 1 } }', 'SERVER_PORT (server.port in the file): has to be a port from 0 (any free one) to 65535'],
    ['a key without a value', 'server: { port: }', 'server.port: stands there without a value'],
    ['a section that is a value', 'server: 8080', 'server: has to hold settings by name'],
    ['a list at the top', '- a', 'VOICE_CONFIG: has to hold settings by name'],
    ['a duration without unit', 'server: { read_timeout: 30 }', 'server.read_timeout: has to be a duration such as 30s, 5m or 24h, from 1000 ms to 600000 ms'],
    ['a text where a number stands', 'database: { max_open_conns: many }', 'database.max_open_conns: has to be a whole number from 1 to 1000'],
    ['a number where a text stands', 'redis: { url: 7 }', 'REDIS_URL (redis.url in the file): has to be a redis://, redis+sentinel:// or redis+cluster:// URL, or the same with rediss'],
    ['a path into prototypes', '__proto__: { port: 1 }', '__proto__: is no setting of the file'],
  ] // prettier-ignore
  for (const [name, file, problem] of broken) {
    test(`refuses ${name}`, () => {
      const { REDIS_URL, ...env } = complete
      const found = problemsOf(name === 'a number where a text stands' ? env : { ...env, REDIS_URL }, file)
      assert.deepEqual(found, [problem])
    })
  }

  test('that is no YAML is refused without repeating its lines', () => {
    const [problem = ''] = problemsOf(complete, `jwt: { secret: ${secretA}\n  - x`)
    assert.match(problem, /^VOICE_CONFIG: is not valid YAML: /)
    assert.ok(!problem.includes(secretA))
    assert.match(problemsOf(complete, 'server: {}\nserver: {}')[0] ?? '', /unique/)
  })

  test('that cannot be read stops the process', () => {
    const found = problemsOf({ ...complete, VOICE_CONFIG: '/missing.yaml' })
    assert.deepEqual(found, ['VOICE_CONFIG: cannot be read: no such file: /missing.yaml'])
  })
})

describe('what has to be there', () => {
  test('everything that is missing or wrong stands in one message', () => {
    const env = { VOICE_PORT: '1', SERVER_PORT: 'http', RATE_LIMIT_RPM: '0', LOG_LEVEL: 'loud' }
    assert.equal(
      messageOf(env, 'server: { prot: 1 }\nmetrics: { enabled: maybe }'),
      [
        'The gateway cannot start: 10 settings are wrong.',
        '  server.prot: is no setting of the file',
        '  VOICE_PORT: is no setting',
        '  DATABASE_URL (database.url in the file): is required',
        '  REDIS_URL (redis.url in the file): is required',
        '  JWT_SECRET (jwt.secret in the file): is required, or JWT_PUBLIC_KEY, or JWT_JWKS_URL',
        '  CLUSTER_SECRET: is required',
        '  SERVER_PORT: has to be a port from 0 (any free one) to 65535',
        '  RATE_LIMIT_RPM: has to be a whole number from 1 to 10000000',
        '  LOG_LEVEL: has to be one of debug, info, warn, error',
        '  METRICS_ENABLED (metrics.enabled in the file): has to be true or false',
        'Every setting is explained in docs/operations/config.md.',
      ].join('\n'),
    )
  })

  const needed: readonly (readonly [Role, readonly string[]])[] = [
    ['gateway', ['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET', 'CLUSTER_SECRET']],
    ['node', ['DATABASE_URL', 'REDIS_URL', 'CLUSTER_SECRET']],
    ['worker', ['DATABASE_URL', 'REDIS_URL', 'CLUSTER_SECRET', 'TEMPORAL_ADDRESS']],
    ['relay', ['DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS']],
    ['migrate', ['DATABASE_URL']],
  ]
  for (const [role, names] of needed) {
    test(`a ${role} asks for ${names.join(', ')}`, () => {
      assert.deepEqual(
        problemsOf({}, undefined, role).map((line) => line.split(':')[0]),
        names,
      )
    })
  }

  test('only variables that begin with VOICE_ have to be ours', () => {
    assert.deepEqual(problemsOf({ ...complete, PATH: '/bin', LANG: 'C', voice_x: '1' }), [])
    assert.deepEqual(problemsOf({ ...complete, VOICE_ROOM_IDLE: '1' }), ['VOICE_ROOM_IDLE: is no setting'])
    assert.deepEqual(problemsOf({ ...complete, VOICE_: '' }), ['VOICE_: is no setting'])
  })

  test('a message never repeats a value', () => {
    const bad = 'hunter2-hunter2'
    const env = Object.fromEntries(
      settingNames.filter((name) => settings[name].inEnvironment).map((name) => [name, bad]),
    )
    const message = messageOf({ ...env, VOICE_CONFIG: undefined })
    assert.ok(message.includes('JWT_SECRET'))
    assert.ok(!message.includes(bad))
  })
})

describe('a bad value of', () => {
  const bad: readonly (readonly [string, readonly string[]])[] = [
    ['VOICE_ENV', ['prod', 'Development']],
    ['VOICE_PROCESS_ID', ['Node 1', '-a', 'a'.repeat(64)]],
    ['VOICE_HOST_LABEL', ['rack 7', 'a'.repeat(254)]],
    ['VOICE_REGION', ['eu west', 'west/1']],
    ['VOICE_NODE_WEIGHT', ['0', '-1', '0.09', '101', 'heavy', 'NaN']],
    ['SERVER_PORT', ['-1', '65536', '80.5', '0x50', '80 ']],
    ['WS_PATH', ['ws', '/a b']],
    ['DATABASE_URL', ['mysql://a/b', 'postgres://a b', 'localhost']],
    ['REDIS_URL', ['http://a', 'localhost:6379']],
    ['TEMPORAL_ADDRESS', ['temporal', 'http://temporal:7233']],
    ['CLUSTER_SECRET', [secretB.slice(1)]],
    ['JWT_SECRET', [secretA.slice(1)]],
    ['TURN_SECRET', ['short']],
    ['JWT_ALGORITHM', ['none', 'HS512', 'hs256']],
    ['STUN_SERVERS', ['turn:a', 'stun:a,b', 'stun:']],
    ['TURN_SERVERS', ['stun:a']],
    ['RATE_LIMIT_RPM', ['0', 'sixty']],
    ['CORS_ORIGINS', ['game.example', 'https://game.example/path']],
    ['TRUSTED_PROXIES', ['10.0.0.0/33', 'proxy', '10.0.0', '::1/129', '10.0.0.0/8/8']],
    ['METRICS_ENABLED', ['yes', '1']],
    ['VOICE_COMMAND_DEADLINE_MS', ['99', '10001', '1.5']],
    ['VOICE_ROOM_IDLE_MS', ['99']],
    ['JOIN_GRACE_S', ['0', '3601']],
  ]
  for (const [name, values] of bad) {
    for (const value of values) {
      test(`${name}: ${JSON.stringify(value).slice(0, 40)}`, () => {
        const found = problemsOf({ ...complete, [name]: value })
        assert.equal(found.length, 1, found.join('\n'))
        assert.ok(found[0]?.startsWith(`${name}: has to be `), found[0])
      })
    }
  }
})

describe('settings that have to fit each other', () => {
  const { JWT_SECRET, ...noKey } = complete
  const fine: readonly (readonly [string, Env, string])[] = [
    ['a secret', { ...noKey, JWT_SECRET }, 'HS256'],
    ['an RSA key', { ...noKey, JWT_PUBLIC_KEY: rsaPem }, 'RS256'],
    [
      'an RSA key whose line breaks are written out',
      { ...noKey, JWT_PUBLIC_KEY: rsaPem.replaceAll('\n', '\\n') },
      'RS256',
    ],
    ['an EC key', { ...noKey, JWT_PUBLIC_KEY: ecPem, JWT_ALGORITHM: 'ES256' }, 'ES256'],
    ['a key set', { ...noKey, JWT_JWKS_URL: 'https://id.example/jwks' }, 'RS256'],
    ['a key set for ES256', { ...noKey, JWT_JWKS_URL: 'https://id.example/jwks', JWT_ALGORITHM: 'ES256' }, 'ES256'],
    [
      'a local key set in development',
      { ...noKey, VOICE_ENV: 'development', JWT_JWKS_URL: 'http://localhost/k' },
      'RS256',
    ],
  ]
  for (const [name, env, algorithm] of fine) {
    test(`${name} fixes the algorithm ${algorithm}`, () => {
      const { jwt } = load('gateway', env)
      assert.equal(jwt.algorithm, algorithm)
      if (jwt.key.from === 'publicKey') assert.ok(jwt.key.pem.includes('\n'))
    })
  }

  const bad: readonly (readonly [string, Env, string])[] = [
    ['two keys', { JWT_PUBLIC_KEY: rsaPem }, 'JWT_SECRET: stands beside JWT_PUBLIC_KEY: exactly one may be set'],
    ['a secret for RS256', { JWT_ALGORITHM: 'RS256' }, 'JWT_ALGORITHM: does not fit JWT_SECRET, which is for HS256'],
    ['an RSA key for ES256', { JWT_SECRET: '', JWT_PUBLIC_KEY: rsaPem, JWT_ALGORITHM: 'ES256' }, 'JWT_ALGORITHM: does not fit JWT_PUBLIC_KEY, which is for RS256'],
    ['an EC key for HS256', { JWT_SECRET: '', JWT_PUBLIC_KEY: ecPem, JWT_ALGORITHM: 'HS256' }, 'JWT_ALGORITHM: does not fit JWT_PUBLIC_KEY, which is for ES256'],
    ['a key set for HS256', { JWT_SECRET: '', JWT_JWKS_URL: 'https://a/k', JWT_ALGORITHM: 'HS256' }, 'JWT_ALGORITHM: does not fit JWT_JWKS_URL, which is for RS256 or ES256'],
    ['a private key', { JWT_SECRET: '', JWT_PUBLIC_KEY: privatePem }, 'JWT_PUBLIC_KEY: has to be a public key in PEM'],
    ['a key that is none', { JWT_SECRET: '', JWT_PUBLIC_KEY: 'key' }, 'JWT_PUBLIC_KEY: has to be a public key in PEM'],
    ['a short RSA key', { JWT_SECRET: '', JWT_PUBLIC_KEY: shortRsaPem }, 'JWT_PUBLIC_KEY: has to be RSA of at least 2048 bits, or EC on P-256'],
    ['another curve', { JWT_SECRET: '', JWT_PUBLIC_KEY: otherCurvePem }, 'JWT_PUBLIC_KEY: has to be RSA of at least 2048 bits, or EC on P-256'],
    ['a key set without TLS', { JWT_SECRET: '', JWT_JWKS_URL: 'http://a/k' }, 'JWT_JWKS_URL: has to be https:// in production'],
    ['one secret for two things', { CLUSTER_SECRET: secretA }, 'CLUSTER_SECRET: has to differ from JWT_SECRET'],
    ['two listeners on one port', { WS_PORT: '8080' }, 'WS_PORT: is the same port as SERVER_PORT'],
    ['the admin port on another', { ADMIN_PORT: '8081' }, 'ADMIN_PORT: is the same port as WS_PORT'],
    ['an earlier pepper without one', { VOICE_PASSWORD_PEPPER_BEFORE: secretA }, 'VOICE_PASSWORD_PEPPER: is required where VOICE_PASSWORD_PEPPER_BEFORE is set'],
    ['TURN servers without their secret', { TURN_SERVERS: 'turn:a' }, 'TURN_SECRET: is required where TURN_SERVERS is set'],
    ['Sentinels without a master', { REDIS_URL: 'redis+sentinel://a,b' }, 'REDIS_URL: has to name the master: redis+sentinel://host:26379,host:26379/master'],
    ['two plain servers', { REDIS_URL: 'redis://a,b' }, 'REDIS_URL: may name one host only, unless it is redis+sentinel:// or redis+cluster://'],
    ['a Redis Cluster without a hash tag', { REDIS_URL: 'redis+cluster://a', VOICE_KEY_PREFIX: 'vc:' }, 'VOICE_KEY_PREFIX: has to hold a hash tag such as {vc} for a Redis Cluster'],
    ['links by certificate without one', { CLUSTER_AUTH: 'mtls' }, 'CLUSTER_TLS_CERT: is required where CLUSTER_AUTH is mtls'],
    ['half of a certificate', { TLS_CERT_FILE: 'a.pem' }, 'TLS_KEY_FILE: is required where the other of the pair is set'],
  ] // prettier-ignore
  for (const [name, env, problem] of bad) {
    test(`refuses ${name}`, () => assert.deepEqual(problemsOf({ ...complete, ...env }), [problem]))
  }

  const inFile: readonly (readonly [string, string])[] = [
    ['database: { max_open_conns: 1, max_idle_conns: 2 }', 'database.max_idle_conns: has to be at most database.max_open_conns'],
    ['redis: { pool_size: 1 }', 'redis.min_idle_conns: has to be at most redis.pool_size'],
    ['server: { write_timeout: 1s }', 'VOICE_COMMAND_DEADLINE_MS: has to be at most server.write_timeout'],
    ['metrics: { path: /health/ready }', 'metrics.path: is taken by another endpoint'],
  ] // prettier-ignore
  for (const [file, problem] of inFile) {
    test(`refuses ${file}`, () => assert.deepEqual(problemsOf(complete, file), [problem]))
  }

  test('any free port may be asked for more than once', () => {
    assert.deepEqual(problemsOf({ ...complete, SERVER_PORT: '0', WS_PORT: '0', ADMIN_PORT: '0' }), [])
  })

  for (const known of [
    'a-string-secret-at-least-256-bits-long',
    'your-256-bit-secret-your-256-bit-secret',
    'please-CHANGE-ME-please-CHANGE-ME-now',
    'my-super-secret-jwt-key-in-this-house',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  ]) {
    test(`the well-known secret ${known} is refused in production, and taken in development`, () => {
      const refusal = 'is a well-known or guessable secret; make one with: openssl rand -base64 48'
      assert.deepEqual(problemsOf({ ...complete, JWT_SECRET: known }), [`JWT_SECRET: ${refusal}`])
      assert.deepEqual(problemsOf({ ...complete, CLUSTER_SECRET: known }), [`CLUSTER_SECRET: ${refusal}`])
      assert.deepEqual(problemsOf({ ...complete, JWT_SECRET: known, VOICE_ENV: 'development' }), [])
    })
  }
})

describe('docs/operations/config.md', () => {
  const page = readFileSync(new URL('../docs/operations/config.md', import.meta.url), 'utf8')
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))

  test('has a row for every setting, and for nothing else', () => {
    const documented = rows.map(([, name]) => name ?? '')
    assert.deepEqual(documented.toSorted(), [...settingNames].toSorted())
  })

  test('says the path in the file and the default that hold', () => {
    for (const [, name = '', yaml, , fallback] of rows) {
      const known = settingNames.find((candidate) => candidate === name)
      if (known === undefined) continue
      const setting = settings[known]
      assert.equal(yaml, setting.yaml ?? '–', `path of ${name}`)
      const isDuration = !setting.inEnvironment && setting.kind.expected.startsWith('a duration')
      const value = setting.fallback
      const expected =
        isDuration && typeof value === 'number'
          ? durationText(value)
          : value === undefined || (Array.isArray(value) && value.length === 0)
            ? '–'
            : String(value)
      assert.equal(fallback, expected, `default of ${name}`)
    }
  })
})

describe('durations', () => {
  for (const [text, ms] of [
    ['250ms', 250],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['0s', 0],
  ] as const) {
    test(`${text} is ${ms} ms, and back`, () => {
      assert.equal(durationMs(text), ms)
      assert.equal(durationText(ms), text)
    })
  }
  for (const text of ['', '30', '-1s', '1.5h', '1 h', 's', '1w', '999999999d999999999d999999999d'.repeat(4)]) {
    test(`${JSON.stringify(text).slice(0, 30)} is none`, () => assert.equal(durationMs(text), null))
  }
})
