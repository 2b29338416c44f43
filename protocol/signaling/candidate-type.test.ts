import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { candidateTypeOf } from './candidate-type.ts'

const line = (rest: string) => `candidate:842163049 1 udp 1677729535 203.0.113.7 46154 ${rest}`

describe('the type of a candidate', () => {
  for (const type of ['host', 'srflx', 'prflx', 'relay'] as const) {
    test(`is read where it is ${type}`, () => {
      assert.equal(candidateTypeOf(line(`typ ${type} raddr 192.0.2.1 rport 9 generation 0`)), type)
      assert.equal(candidateTypeOf(line(`typ ${type}`)), type)
    })
  }

  test('is unknown for an empty line, no line, and a type that is none', () => {
    for (const odd of [undefined, '', line('typ hosts'), line('typhost'), line('typ'), line('xtyp relay')]) {
      assert.equal(candidateTypeOf(odd), null)
    }
  })

  test('is not read out of the middle of another word', () => {
    assert.equal(candidateTypeOf(line('typ relayed')), null)
    assert.equal(candidateTypeOf(line('ufrag atyp host')), null)
  })
})
