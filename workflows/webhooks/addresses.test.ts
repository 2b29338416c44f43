import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressRule } from './addresses.ts'
import { urlRule } from './url-rule.ts'

const isOpen = addressRule([])

const closed: Readonly<Record<string, readonly string[]>> = {
  'this host': ['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '::1', '::'],
  'private networks': ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'networks of carriers': ['100.64.0.1', '100.127.255.255'],
  'metadata of clouds': ['169.254.169.254', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254'],
  'link-local': ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  'local addresses of IPv6': ['fc00::1', 'fdff:ffff::1', 'fec0::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'what is kept for later, and broadcast': ['240.0.0.1', '255.255.255.255'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarks: ['198.18.0.1', '198.19.255.255'],
  'addresses of IPv4 that are mapped': ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:7f00:1'],
  'addresses of IPv4 behind a NAT64': ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1'],
  'addresses of IPv4 in a tunnel': ['2002:7f00:1::1', '2001::1', '::127.0.0.1', '::a00:1'],
  'what is no address': ['', 'localhost', '1.2.3', '0x7f.1', '127.1', '2130706433'],
}

describe('a webhook is not sent to', () => {
  for (const [what, addresses] of Object.entries(closed)) {
    test(what, () => assert.deepEqual(addresses.filter(isOpen), []))
  }
})

describe('a webhook is sent to', () => {
  const open = ['1.1.1.1', '93.184.215.14', '172.15.255.255', '172.32.0.1', '100.63.255.255', '2606:4700::1111']

  test('addresses of the open internet', () => assert.deepEqual(open.filter(isOpen), open))

  test('those of IPv4 that an address of IPv6 stands for', () => {
    const standing = ['::ffff:1.1.1.1', '64:ff9b::1.1.1.1']
    assert.deepEqual(standing.filter(isOpen), standing)
  })

  test('networks that are allowed by name, in whichever way they are written, and to no neighbour', () => {
    const rule = addressRule(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32'])
    const allowed = ['10.1.255.1', '127.0.0.1', '::ffff:10.1.0.1', 'fd00:1:2::3']
    assert.deepEqual(allowed.filter(rule), allowed)
    assert.deepEqual(['10.2.0.1', '127.0.0.2', '::ffff:10.2.0.1', 'fd00:2::1', '::1'].filter(rule), [])
  })
})

describe('the address of a receiver', () => {
  const problem = urlRule({ allowHttp: false, isOpen })

  test('is https, names a host, and has nothing that would be lost or leak', () => {
    assert.equal(problem('https://game.example/hooks/voice?key=1'), null)
    assert.equal(problem('https://game.example:8443/'), null)
    assert.equal(problem('http://game.example/'), 'not_https')
    assert.equal(problem('https://user:secret@game.example/'), 'has_credentials')
    assert.equal(problem('https://user@game.example/'), 'has_credentials')
    assert.equal(problem('https://game.example/#part'), 'has_fragment')
    for (const text of [
      '',
      'game.example',
      'ftp://game.example/',
      'file:///etc/passwd',
      'gopher://1.1.1.1/',
      'https://',
    ]) {
      assert.equal(problem(text), 'not_a_url', text)
    }
  })

  test('may not lead into closed networks, however it is written', () => {
    const forms = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
    ]
    for (const host of forms) assert.equal(problem(`https://${host}/`), 'closed_address', host)
  })

  test('may be http where that is allowed', () => {
    const inDevelopment = urlRule({ allowHttp: true, isOpen: addressRule(['127.0.0.0/8']) })
    assert.equal(inDevelopment('http://127.0.0.1:9000/'), null)
    assert.equal(inDevelopment('http://10.0.0.1/'), 'closed_address')
  })
})
