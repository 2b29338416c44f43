import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { address, ipv4, ipv6, localName } from './address.ts'
import { reads } from './rules.ts'

const whole = (rule: typeof address, text: string) => reads(rule, text, 0, text.length)

describe('addresses', () => {
  test('IPv4 and IPv6 are told from other text as the system tells them', () => {
    const odd = fc.stringMatching(/^[0-9a-f:.]{0,40}$/)
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), odd), (text) => {
        assert.equal(whole(ipv6, text), isIPv6(text), text)
        const padded = /(^|\.)0\d/.test(text)
        if (!padded) assert.equal(whole(ipv4, text), isIPv4(text), text)
      }),
      { numRuns: 5_000 },
    )
  })

  test('forms of IPv6 that are easily missed', () => {
    for (const text of [
      '::',
      '::1',
      '1::',
      'fe80::1:2',
      '1:2:3:4:5:6:7:8',
      '::ffff:192.0.2.1',
      '1:2:3:4:5:6:192.0.2.1',
      '1:2:3:4:5:6:7::',
    ]) {
      assert.equal(whole(ipv6, text), isIPv6(text), text)
    }
    for (const text of [
      '',
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '::1:',
      ':1::',
      'fe80::1%eth0',
      '::192.0.2',
    ]) {
      assert.equal(whole(ipv6, text), false, text)
    }
  })

  test('a name is one label of the local network, and no other name is an address', () => {
    assert.equal(whole(localName, '2cf0b2c0-0842-4fe3-aaa0-4556a2dfbadc.local'), true)
    assert.equal(whole(address, '2cf0b2c0-0842-4fe3-aaa0-4556a2dfbadc.local'), true)
    for (const text of [
      '.local',
      'a.b.local',
      'a.local.example',
      'metadata.internal',
      'example.com',
      'localhost',
      `${'a'.repeat(64)}.local`,
      'a.localx',
    ]) {
      assert.equal(whole(address, text), false, text)
    }
  })
})
