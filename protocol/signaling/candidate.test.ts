import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { candidates } from '../../test/support/call-specimens.ts'
import { isCandidate } from './candidate.ts'

const host = 'candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host'

describe('a candidate', () => {
  for (const candidate of candidates) {
    test(`is one: ${candidate.slice(0, 60)}`, () => assert.equal(isCandidate(candidate), true))
  }

  const odd: Readonly<Record<string, string>> = {
    nothing: '',
    'no prefix': host.slice('candidate:'.length),
    'the prefix of an attribute': `a=${host}`,
    'two lines': `${host}\r\na=sendrecv`,
    'a NUL': `${host} ufrag a\0b`,
    'an end of line in an extension': `${host} ufrag a\nb`,
    'another name': host.replace('192.0.2.1', 'metadata.internal'),
    'an address out of range': host.replace('192.0.2.1', '192.0.2.256'),
    'a port out of range': host.replace('54321', '65536'),
    'an unknown type': host.replace('host', 'magic'),
    'an unknown transport': host.replace('udp', 'sctp'),
    'a component out of range': host.replace(':1 1 ', ':1 257 '),
    'a negative priority': host.replace('2122260223', '-1'),
    'a related address that is none': `${host} raddr example.com rport 9`,
    'an extension without a value': `${host} generation`,
    'two spaces': host.replace(' udp', '  udp'),
    'a space at the end': `${host} `,
    'too long': `${host} ufrag ${'x'.repeat(500)}`,
    'too many extensions': host + ' a b'.repeat(13),
    'a letter beyond ASCII': host.replace('host', 'hoſt'),
  }
  for (const [what, text] of Object.entries(odd)) {
    test(`is none: ${what}`, () => assert.equal(isCandidate(text), false))
  }
})
