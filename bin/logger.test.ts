import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from './logger.ts'

function logger(level: 'debug' | 'info' | 'warn' | 'error' = 'info') {
  const lines: string[] = []
  const log = createLogger(
    { process: 'node-1', role: 'node' },
    { level, format: 'json' },
    { write: (line) => lines.push(line) },
  )
  const entries = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { log, entries, text: () => lines.join('') }
}

test('a line is an event with its fields, its process and its time', () => {
  const { log, entries } = logger()
  log.child({ actor: 'room:1' }).info({ epoch: 3 }, 'actor.activated')
  const [{ time, ...entry } = {}] = entries()
  assert.deepEqual(entry, {
    level: 'info',
    process: 'node-1',
    role: 'node',
    actor: 'room:1',
    epoch: 3,
    msg: 'actor.activated',
  })
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('lines below the level are not written', () => {
  const { log, entries } = logger('warn')
  log.debug({}, 'a')
  log.info({}, 'b')
  log.warn({}, 'c')
  log.error({}, 'd')
  assert.deepEqual(
    entries().map(({ msg }) => msg),
    ['c', 'd'],
  )
})

const secretFields = [
  ...['authorization', 'Authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'token', 'resume_token'],
  ...['invite_token', 'resumeToken', 'password', 'password_hash', 'secret', 'TURN_SECRET', 'credential', 'sdp'],
  ...['candidate', 'jwt', 'api_key', 'private_key'],
]
for (const field of secretFields) {
  test(`the value of ${field} is never written, however deep it stands`, () => {
    const { log, text } = logger()
    const secret = 'hunter2'
    log.info({ [field]: secret }, 'a')
    log.info({ frame: { [field]: secret } }, 'b')
    log.info({ request: { headers: [{ [field]: secret }] } }, 'c')
    log.info({ a: { b: { c: { d: { [field]: { inner: secret } } } } } }, 'd')
    log.child({ frame: { [field]: secret } }).info({}, 'e')
    log.error({ err: Object.assign(new Error('no', { cause: { [field]: secret } }), { [field]: secret }) }, 'f')
    assert.ok(text().split('[redacted]').length - 1 >= 6)
    assert.ok(!text().includes('hunter2'))
  })
}

test('what looks like a secret is not written either, wherever it stands', () => {
  const { log, text } = logger()
  const secrets = [
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.hunter2',
    'Bearer hunter2',
    'postgres://voice:hunter2@db/voice',
    'redis://:hunter2@cache:6379',
    'v=0\r\na=ice-ufrag:hunter2\r\na=ice-pwd:hunter2\r\na=fingerprint:sha-256 hunter2\r\n',
    'candidate:1 1 udp 2130706431 hunter2 9 typ host',
    'whsec_hunter2hunter2hunter2hunter2',
    '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----',
  ]
  for (const secret of secrets) {
    log.info({ note: secret, list: [secret] }, 'a')
    log.error({ err: new Error(`it said ${secret}`, { cause: new Error(secret) }) }, 'b')
  }
  assert.ok(!text().includes('hunter2'), text())
  assert.match(text(), /postgres:\/\/voice:\[redacted\]@db/)
})

test('what is no secret is written as it is, and nothing that was handed in is changed', () => {
  const { log, entries } = logger()
  const fields = {
    tokens: 3,
    token: null,
    candidate: true,
    url: 'http://host:8080/a@b',
    at: new Date(0),
    list: ['a', 1],
  }
  const before = structuredClone(fields)
  log.info(fields, 'a')
  assert.deepEqual(fields, before)
  const { tokens, token, candidate, url, at, list } = entries()[0] ?? {}
  assert.deepEqual({ tokens, token, candidate, url, at, list }, { ...before, at: '1970-01-01T00:00:00.000Z' })
  const held = { password: 'hunter2' }
  log.info(held, 'b')
  assert.deepEqual(held, { password: 'hunter2' })
})

test('a circle ends', () => {
  const { log, text } = logger()
  const circle: Record<string, unknown> = { secret: 'hunter2' }
  circle['self'] = circle
  log.info({ circle }, 'a')
  assert.ok(!text().includes('hunter2'))
})

test('an error is written with its cause', () => {
  const { log, entries } = logger()
  log.error({ err: new Error('no answer', { cause: new Error('ECONNRESET') }) }, 'link.lost')
  const error = entries()[0]?.['err'] as { message: string; cause: { message: string } }
  assert.match(error.message, /no answer/)
  assert.equal(error.cause.message, 'ECONNRESET')
})
