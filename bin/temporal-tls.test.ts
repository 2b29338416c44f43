import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CertificateAuthority } from '../test/support/certificates.ts'
import { readTemporalTls, type TemporalTlsSettings } from './temporal-tls.ts'

const authority = new CertificateAuthority()
const { cert, key } = authority.issue(['worker'])
const files: Readonly<Record<string, string>> = {
  ...{ '/ca.pem': authority.pem, '/own.pem': cert, '/own.key': key, '/other.key': authority.issue(['other']).key },
  '/junk.pem': 'junk',
}
const readFile = (path: string): string => {
  const text = files[path]
  if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
  return text
}
const tlsOf = (given: TemporalTlsSettings) => {
  const { tls, problems } = readTemporalTls(given, readFile)
  assert.deepEqual(problems, [])
  return tls
}

describe('the way to Temporal', () => {
  test('is in the clear where nothing asks for more, and where that is said', () => {
    assert.equal(tlsOf({}), null)
    assert.equal(tlsOf({ TEMPORAL_TLS: 'off', TEMPORAL_API_KEY: 'k' }), null)
  })

  test('is under TLS where it is asked for, where there is an API key, and where there is a certificate', () => {
    assert.deepEqual(tlsOf({ TEMPORAL_TLS: 'on' }), {})
    assert.deepEqual(tlsOf({ TEMPORAL_API_KEY: 'k' }), {})
    assert.deepEqual(tlsOf({ TEMPORAL_TLS_CA: '/ca.pem' }), { ca: authority.pem })
    assert.deepEqual(tlsOf({ TEMPORAL_TLS_CERT: '/own.pem', TEMPORAL_TLS_KEY: '/own.key' }), { cert, key })
  })

  const bad: readonly (readonly [string, TemporalTlsSettings, string])[] = [
    ['a file that is not there', { TEMPORAL_TLS_CA: '/gone.pem' }, 'TEMPORAL_TLS_CA names a file that cannot be read (ENOENT)'],
    ['a file that is none', { TEMPORAL_TLS_CA: '/junk.pem' }, 'TEMPORAL_TLS_CA has to be certificates in PEM'],
    ['half a pair', { TEMPORAL_TLS_CERT: '/own.pem' }, 'TEMPORAL_TLS_KEY is required beside its certificate'],
    ['the other half', { TEMPORAL_TLS_KEY: '/own.key' }, 'TEMPORAL_TLS_CERT is required beside its key'],
    ['a key of another', { TEMPORAL_TLS_CERT: '/own.pem', TEMPORAL_TLS_KEY: '/other.key' }, 'TEMPORAL_TLS_KEY is not the key of TEMPORAL_TLS_CERT'],
    ['no key', { TEMPORAL_TLS_CERT: '/own.pem', TEMPORAL_TLS_KEY: '/junk.pem' }, 'TEMPORAL_TLS_KEY has to be a private key in PEM, without a passphrase'],
    ['files for no TLS', { TEMPORAL_TLS: 'off', TEMPORAL_TLS_CA: '/ca.pem' }, 'TEMPORAL_TLS_CA stands beside TEMPORAL_TLS=off'],
  ] // prettier-ignore
  for (const [name, given, problem] of bad) {
    test(`is refused with ${name}`, () => {
      const { problems } = readTemporalTls(given, readFile)
      assert.deepEqual(
        problems.map(({ field, problem: text }) => `${field} ${text}`),
        [problem],
      )
    })
  }
})
