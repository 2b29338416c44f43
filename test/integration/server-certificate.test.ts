import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { loadConfig } from '../../bin/config.ts'
import { readServerTls, watchServerTls, type ServerFiles } from '../../bin/server-certificate.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { ManualTime } from '../support/manual-time.ts'
import { NotingLogger } from '../support/noting-logger.ts'

const authority = new CertificateAuthority()
after(() => authority.remove())
const [first, second] = [authority.issue(['voice.example']), authority.issue(['voice.example'])]
const files = new Map([
  ['/cert', first.cert],
  ['/key', first.key],
  ['/other-key', second.key],
  ['/garbage', 'garbage'],
])
const readFile = (path: string): string => {
  const text = files.get(path)
  if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
  return text
}
const given = { TLS_CERT_FILE: '/cert', TLS_KEY_FILE: '/key' }
const problemsOf = (over: ServerFiles, nowMs = Date.now()) =>
  readServerTls({ ...given, ...over }, { nowMs, readFile }).problems.map(({ field, problem }) => `${field}: ${problem}`)

test('the certificate that clients see is read at the start, and none is needed', () => {
  const sources = { nowMs: Date.now(), readFile }
  assert.deepEqual(readServerTls(given, sources), {
    tls: { certFile: '/cert', keyFile: '/key', cert: first.cert, key: first.key },
    problems: [],
  })
  assert.deepEqual(readServerTls({}, sources), { tls: null, problems: [] })
})

test('what would keep every client away is said at the start, and no value with it', () => {
  assert.deepEqual(problemsOf({ TLS_KEY_FILE: '/gone' }), ['TLS_KEY_FILE: names a file that cannot be read (ENOENT)'])
  assert.deepEqual(problemsOf({ TLS_KEY_FILE: '/other-key' }), ['TLS_KEY_FILE: is not the key of TLS_CERT_FILE'])
  assert.deepEqual(problemsOf({ TLS_CERT_FILE: '/garbage', TLS_KEY_FILE: '/garbage' }), [
    'TLS_CERT_FILE: has to be a certificate in PEM',
    'TLS_KEY_FILE: has to be a private key in PEM, without a passphrase',
  ])
  assert.deepEqual(problemsOf({}, Date.now() + 3 * 86_400_000), ['TLS_CERT_FILE: is over'])
})

test('only gateways read it', () => {
  const env = {
    ...{ ...given, TLS_KEY_FILE: '/gone', DATABASE_URL: 'postgres://a/b', REDIS_URL: 'redis://a' },
    CLUSTER_SECRET: 'pK7x!mQ2zR9wL4vT8nB3cF6hJ1dG5sA0',
    JWT_SECRET: 'wL4vT8nB3cF6hJ1dG5sA0pK7x!mQ2zR9',
  }
  const sources = { env, readFile, nowMs: Date.now(), hostName: 'h' }
  assert.equal(loadConfig('node', sources).http.tls, null)
  assert.throws(() => loadConfig('gateway', sources), /TLS_KEY_FILE: names a file that cannot be read/)
})

test('a renewed certificate is taken within ten seconds; one that cannot be used is told of once, and left', async () => {
  const time = new ManualTime()
  const logger = new NotingLogger()
  const { tls } = readServerTls(given, { nowMs: Date.now(), readFile })
  assert.ok(tls)
  const renewed: string[] = []
  const cancel = watchServerTls(tls, ({ cert }) => renewed.push(cert), {
    ...{ timers: time, logger, sources: () => ({ nowMs: Date.now(), readFile }) },
  })
  await time.advance(60_000)
  assert.deepEqual(renewed, [])
  // The two files are never written at the same moment.
  files.set('/cert', second.cert)
  await time.advance(30_000)
  assert.deepEqual(renewed, [])
  assert.deepEqual(
    logger.lines.map(({ event }) => event),
    ['tls.not_renewed'],
  )
  files.set('/key', second.key)
  await time.advance(10_000)
  assert.deepEqual(renewed, [second.cert])
  files.delete('/cert')
  await time.advance(30_000)
  assert.deepEqual(renewed, [second.cert])
  cancel()
  files.set('/cert', first.cert)
  files.set('/key', first.key)
  await time.advance(30_000)
  assert.equal(renewed.length, 1)
})
