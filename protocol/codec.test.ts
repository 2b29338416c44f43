import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decoder, parseJson, parseJsonBytes } from './codec.ts'
import { ClientFrame } from './client/frames.ts'
import { AppError } from './errors.ts'
import { RoomCommand } from './room/commands.ts'
import { RoomEvent } from './room/events.ts'

const refused = (code: string, data?: Record<string, unknown>) => (error: unknown) => {
  assert.ok(error instanceof AppError)
  assert.equal(error.code, code)
  if (data) assert.deepEqual({ ...error.data, problem: undefined }, { ...data, problem: undefined })
  return true
}

const session = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'
const leave = { type: 'leave', by: { user_id: 'ann', privileges: [] }, user_id: 'ann' }

describe('decoding a tagged message', () => {
  const decode = decoder(RoomCommand)

  test('a well-formed command comes back as it is', () => {
    assert.deepEqual(decode(leave), leave)
    assert.deepEqual(decode({ ...leave, session_id: session }), { ...leave, session_id: session })
  })

  test('an unknown type is UNKNOWN_FRAME and names the type, cut to a bound', () => {
    assert.throws(() => decode({ type: 'dance' }), refused('UNKNOWN_FRAME', { type: 'dance' }))
    assert.throws(() => decode({ type: 'x'.repeat(5_000) }), refused('UNKNOWN_FRAME', { type: 'x'.repeat(64) }))
  })

  const bad: readonly (readonly [string, unknown, string])[] = [
    ['a number', 3, ''],
    ['null', null, ''],
    ['an array', [], ''],
    ['no type', {}, 'type'],
    ['a type that is no string', { type: 7 }, 'type'],
    ['a missing field', { type: 'leave', user_id: 'ann' }, 'by'],
    ['a missing field further in', { ...leave, by: { privileges: [] } }, 'by.user_id'],
    ['an unknown field', { ...leave, colour: 'red' }, 'colour'],
    ['an unknown field further in', { ...leave, by: { ...leave.by, root: true } }, 'by.root'],
    ['a bad id', { ...leave, user_id: 'a b' }, 'user_id'],
    ['an id over its length', { ...leave, user_id: 'a'.repeat(37) }, 'user_id'],
    ['a session that is no UUID', { ...leave, session_id: '1' }, 'session_id'],
    ['a value outside its list', { ...leave, by: { user_id: 'ann', privileges: ['root'] } }, 'by.privileges.0'],
  ]
  for (const [name, value, field] of bad) {
    test(`${name} is VALIDATION_FAILED and names the field`, () => {
      assert.throws(() => decode(value), refused('VALIDATION_FAILED', { field }))
    })
  }

  test('a field named __proto__ is an unknown field, also where JSON was parsed by other means', () => {
    const raw: unknown = JSON.parse(JSON.stringify(leave).replace('{', '{"__proto__":{"root":true},'))
    assert.throws(() => decode(raw), refused('VALIDATION_FAILED', { field: '__proto__' }))
  })

  test('a nullable field takes null and keeps its bound', () => {
    const sanction = { type: 'sanction', by: leave.by, kind: 'mute', target_user_id: 'bob', reason: '' }
    assert.ok(decode({ ...sanction, duration_s: null }))
    assert.ok(decode({ ...sanction, duration_s: 1 }))
    assert.throws(() => decode({ ...sanction, duration_s: 0 }), refused('VALIDATION_FAILED', { field: 'duration_s' }))
    assert.throws(() => decode(sanction), refused('VALIDATION_FAILED', { field: 'duration_s' }))
  })

  test('names in a free-form object are bounded', () => {
    const update = (settings: unknown) => ({ type: 'update', by: leave.by, changes: { settings } })
    assert.ok(decode(update({ music: { volume: 3 } })))
    assert.throws(() => decode(update({ ['n'.repeat(65)]: 1 })), refused('VALIDATION_FAILED'))
    assert.throws(() => decode(update([])), refused('VALIDATION_FAILED', { field: 'changes.settings' }))
  })

  test('every union of the wire and of the journal compiles in strict mode', () => {
    for (const schema of [RoomCommand, RoomEvent, ClientFrame]) {
      assert.throws(() => decoder(schema)({ type: 'dance' }), refused('UNKNOWN_FRAME'))
    }
  })
})

describe('parsing JSON', () => {
  test('values come back', () => {
    assert.deepEqual(parseJson('{"a":[1,null,"x"]}'), { a: [1, null, 'x'] })
    assert.deepEqual(parseJsonBytes(Buffer.from('{"a":"ü"}')), { a: 'ü' })
  })

  for (const text of ['', '{', '{"a":}', 'undefined', '{"a":1}x']) {
    test(`${JSON.stringify(text)} is MALFORMED_JSON`, () => {
      assert.throws(() => parseJson(text), refused('MALFORMED_JSON'))
    })
  }

  for (const name of ['__proto__', 'constructor', 'prototype']) {
    test(`the key ${name} is refused at any depth`, () => {
      assert.throws(() => parseJson(`{"${name}":{}}`), refused('MALFORMED_JSON'))
      assert.throws(() => parseJson(`[{"a":{"${name}":1}}]`), refused('MALFORMED_JSON'))
    })
  }

  test('bytes that are not UTF-8 are MALFORMED_JSON', () => {
    assert.throws(() => parseJsonBytes(Uint8Array.of(0x22, 0xff, 0x22)), refused('MALFORMED_JSON'))
    assert.throws(() => parseJsonBytes(Uint8Array.of(0x22, 0xc3, 0x22)), refused('MALFORMED_JSON'))
  })
})

describe('what cannot be kept is refused where it comes in', () => {
  const join = decoder(RoomCommand)
  const seat = { ...leave, type: 'join', username: 'Ann', session_id: session, password_hash: null }
  const update = (metadata: unknown) => ({ type: 'update', by: leave.by, changes: { metadata } })
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

  test('text with a NUL or half of a surrogate pair is VALIDATION_FAILED, any other text passes', () => {
    for (const username of ['a\0b', 'a\ud800b', 'a\udc00b']) {
      assert.throws(() => join({ ...seat, username }), refused('VALIDATION_FAILED', { field: 'username' }))
    }
    assert.ok(join({ ...seat, username: '👩‍🚀 Łucja\t' }))
  })

  test('so are such texts and names anywhere in a free-form object, and nesting over 16 deep', () => {
    for (const bad of [{ a: ['x\0'] }, { a: { 'x\0': 1 } }, { a: { b: '\udfff' } }, { a: nested(16) }]) {
      assert.throws(() => join(update(bad)), refused('VALIDATION_FAILED', { field: 'changes.metadata' }))
    }
    assert.ok(join(update({ a: nested(15), b: null, c: 'fine' })))
  })

  test('a UUID has one spelling', () => {
    for (const other of [session.toUpperCase(), `urn:uuid:${session}`]) {
      assert.throws(() => join({ ...seat, session_id: other }), refused('VALIDATION_FAILED', { field: 'session_id' }))
    }
  })
})
