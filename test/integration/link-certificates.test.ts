import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { loadConfig, type Role } from '../../bin/config.ts'
import { readLinkTls, type LinkFiles } from '../../bin/link-certificates.ts'
import { CertificateAuthority } from '../support/certificates.ts'

const authority = new CertificateAuthority()
after(() => authority.remove())
const own = authority.issue(['voice-rooms.internal'])
const nodes = authority.issue(['node.voice-rooms.internal'])
const files: Readonly<Record<string, string>> = {
  '/cert': own.cert,
  '/key': own.key,
  '/ca': own.ca,
  '/node-cert': nodes.cert,
  '/garbage': 'garbage',
}
const readFile = (path: string): string => {
  const text = files[path]
  if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
  return text
}
const given = { CLUSTER_TLS_CERT: '/cert', CLUSTER_TLS_KEY: '/key', CLUSTER_TLS_CA: '/ca' }
const problemsOf = (over: LinkFiles, nowMs = Date.now()) =>
  readLinkTls({ ...given, ...over }, { role: 'gateway', nowMs, readFile }).problems.map(
    ({ field, problem }) => `${field}: ${problem}`,
  )

test('the files of a certificate are read, and none are needed', () => {
  const options = { role: 'gateway', nowMs: Date.now(), readFile } as const
  assert.deepEqual(readLinkTls(given, options), { tls: own, problems: [] })
  assert.deepEqual(readLinkTls({}, options), { tls: null, problems: [] })
})

test('what would keep every link from coming about is said at the start', () => {
  assert.deepEqual(problemsOf({ CLUSTER_TLS_CA: undefined }), [
    'CLUSTER_TLS_CA: is required where another of CLUSTER_TLS_CERT, CLUSTER_TLS_KEY, CLUSTER_TLS_CA is set',
  ])
  assert.deepEqual(problemsOf({ CLUSTER_TLS_KEY: '/gone' }), [
    'CLUSTER_TLS_KEY: names a file that cannot be read (ENOENT)',
  ])
  assert.deepEqual(
    problemsOf({ CLUSTER_TLS_CERT: '/garbage', CLUSTER_TLS_CA: '/garbage', CLUSTER_TLS_KEY: '/garbage' }),
    [
      'CLUSTER_TLS_CERT: has to be a certificate in PEM',
      'CLUSTER_TLS_CA: has to be certificates in PEM',
      'CLUSTER_TLS_KEY: has to be a private key in PEM, without a passphrase',
    ],
  )
  assert.deepEqual(problemsOf({ CLUSTER_TLS_CERT: '/node-cert' }), [
    'CLUSTER_TLS_KEY: is not the key of CLUSTER_TLS_CERT',
    'CLUSTER_TLS_CERT: has to carry the DNS name voice-rooms.internal or gateway.voice-rooms.internal',
  ])
  assert.deepEqual(problemsOf({}, Date.now() + 3 * 86_400_000), ['CLUSTER_TLS_CERT: is over'])
})

test('with certificates only a gateway still needs the secret, for its resume tokens', () => {
  const env = {
    ...{ ...given, CLUSTER_AUTH: 'mtls' },
    ...{ DATABASE_URL: 'postgres://a/b', REDIS_URL: 'redis://a' },
  }
  const load = <As extends Role>(role: As, more: Record<string, string> = {}) =>
    loadConfig(role, { env: { ...env, ...more }, readFile, nowMs: Date.now(), hostName: 'box' })
  assert.deepEqual(load('node').cluster, { secret: null, tls: own })
  const secret = 'Gr7pL0vQx2Zm9sTn4bYk8wHc3dJf6aEu'
  const jwt = { JWT_SECRET: 'Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0iL' }
  assert.throws(() => load('gateway', jwt), /CLUSTER_SECRET: is required/)
  const gateway = load('gateway', { ...jwt, CLUSTER_SECRET: secret })
  assert.deepEqual([gateway.cluster.secret, gateway.resume.secret], [null, secret])
})
