import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { clientReader, networkOf, type Approach } from './client-address.ts'

const approach = (peer: string, over: Partial<Approach> = {}): Approach => ({
  ...{ peer, isTls: false, forwardedFor: '', forwardedProto: '', forwarded: '' },
  ...over,
})
const trusting = clientReader(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])
const addressOf = (peer: string, over: Partial<Approach> = {}) => trusting(approach(peer, over)).address

describe('the client behind proxies', () => {
  const cases: readonly (readonly [string, string, Partial<Approach>, string])[] = [
    ['whoever connects, when nobody forwards', '203.0.113.5', {}, '203.0.113.5'],
    ['whoever connects, when it is not trusted', '203.0.113.5', { forwardedFor: '198.51.100.1' }, '203.0.113.5'],
    ['the one whom a trusted proxy names', '10.1.2.3', { forwardedFor: '198.51.100.1' }, '198.51.100.1'],
    ['a single address may be trusted', '192.0.2.7', { forwardedFor: '198.51.100.1' }, '198.51.100.1'],
    [
      'the right-most that is not trusted',
      '10.1.2.3',
      { forwardedFor: '1.1.1.1, 198.51.100.1, 10.9.9.9' },
      '198.51.100.1',
    ],
    ['the furthest, when all are trusted', '10.1.2.3', { forwardedFor: '10.0.0.5, 10.0.0.6' }, '10.0.0.5'],
    ['behind a port', '10.1.2.3', { forwardedFor: '198.51.100.1:4711' }, '198.51.100.1'],
    ['IPv6', '10.1.2.3', { forwardedFor: '2001:db8::1' }, '2001:db8::1'],
    ['IPv6 behind a port', 'fd00::1', { forwardedFor: '[2001:db8::1]:4711' }, '2001:db8::1'],
    ['a trusted peer over an IPv6 socket', '::ffff:10.1.2.3', { forwardedFor: '198.51.100.1' }, '198.51.100.1'],
    [
      'the same, written out',
      '0000:0000:0000:0000:0000:ffff:0a01:0203',
      { forwardedFor: '198.51.100.1' },
      '198.51.100.1',
    ],
    ['IPv4 over an IPv6 socket as IPv4', '::ffff:203.0.113.5', {}, '203.0.113.5'],
    ['the proxy, where the entry is none', '10.1.2.3', { forwardedFor: '1.1.1.1, unknown' }, '10.1.2.3'],
    ['Forwarded', '10.1.2.3', { forwarded: 'for=198.51.100.1;proto=https;by=10.1.2.3' }, '198.51.100.1'],
    ['Forwarded with IPv6', '10.1.2.3', { forwarded: 'For="[2001:db8::1]:4711"' }, '2001:db8::1'],
    ['Forwarded by two', '10.1.2.3', { forwarded: 'for=1.1.1.1, for=198.51.100.1, for=10.0.0.9' }, '198.51.100.1'],
    ['the proxy, where Forwarded hides it', '10.1.2.3', { forwarded: 'for=_hidden' }, '10.1.2.3'],
    [
      'both, when they agree',
      '10.1.2.3',
      { forwardedFor: '198.51.100.1', forwarded: 'for=198.51.100.1' },
      '198.51.100.1',
    ],
    [
      'the proxy, when one of them was slipped through it',
      '10.1.2.3',
      { forwardedFor: '198.51.100.1', forwarded: 'for=1.1.1.1' },
      '10.1.2.3',
    ],
  ]
  for (const [name, peer, over, wanted] of cases) {
    test(`${name}: ${wanted}`, () => assert.equal(addressOf(peer, over), wanted))
  }

  test('without trusted proxies no header counts, whatever it holds', () => {
    const trustingNobody = clientReader([])
    fc.assert(
      fc.property(fc.ipV4(), fc.string(), fc.string(), fc.string(), (peer, forwardedFor, forwarded, forwardedProto) => {
        const client = trustingNobody(approach(peer, { forwardedFor, forwarded, forwardedProto }))
        assert.deepEqual(client, { address: peer, isSecure: false })
      }),
    )
  })

  test('what a client writes itself is never believed over what the proxy adds', () => {
    fc.assert(
      fc.property(fc.string(), (written) => {
        assert.equal(addressOf('10.1.2.3', { forwardedFor: `${written}, 198.51.100.1` }), '198.51.100.1')
      }),
    )
  })
})

describe('whether the way is under TLS', () => {
  const cases: readonly (readonly [string, string, Partial<Approach>, boolean])[] = [
    ['by our own socket', '203.0.113.5', { isTls: true }, true],
    ['not by the word of a stranger', '203.0.113.5', { forwardedProto: 'https' }, false],
    ['by the word of a trusted proxy', '10.1.2.3', { forwardedProto: 'https' }, true],
    ['nor against its word', '10.1.2.3', { isTls: true, forwardedProto: 'http' }, false],
    ['by its Forwarded', '10.1.2.3', { forwarded: 'for=198.51.100.1;proto=https' }, true],
    ['by the last of several', '10.1.2.3', { forwardedProto: 'https, http' }, false],
  ]
  for (const [name, peer, over, wanted] of cases) {
    test(`${name}: ${wanted}`, () => assert.equal(trusting(approach(peer, over)).isSecure, wanted))
  }
})

describe('what limits count', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['198.51.100.1', '198.51.100.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['2001:db8::1', '2001:db8:0:0::'],
    ['2001:0db8:0000:0000:ffff::1', '2001:db8:0:0::'],
    ['::1', '0:0:0:0::'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::'],
    ['fe80::1%eth0', 'fe80:0:0:0::'],
  ]
  for (const [address, wanted] of cases) {
    test(`${address} as ${wanted}`, () => assert.equal(networkOf(address), wanted))
  }

  test('addresses of one IPv6 network are one', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16))
    fc.assert(
      fc.property(fc.array(group, { minLength: 4, maxLength: 4 }), (tail) => {
        assert.equal(networkOf(`2001:db8:7:1:${tail.join(':')}`), '2001:db8:7:1::')
      }),
    )
  })
})
