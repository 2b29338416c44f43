import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorTable } from '../../../protocol/errors.ts'
import { Hint, HintReason } from '../../../protocol/quality/hint.ts'
import { ApiError } from './gateway-api.js'
import { CommandError } from './outbox.js'
import { errorInWords, errorWords, hintInWords, ordinal, sanctionInWords } from './words.js'

describe('an error in words', () => {
  test('is one of the service for every code that has words', () => {
    assert.deepEqual(
      Object.keys(errorWords).filter((code) => !(code in errorTable)),
      [],
    )
  })

  test('is the same over REST and the socket, and in the words of the service where the page has none', () => {
    assert.equal(errorInWords(new ApiError(409, 'ROOM_FULL', 'x')), errorInWords(new CommandError('ROOM_FULL', 'x')))
    assert.equal(
      errorInWords(new CommandError('TOO_MANY_SESSIONS', 'As many rooms as it may.')),
      'As many rooms as it may.',
    )
    assert.equal(errorInWords(new TypeError('Failed to fetch')), 'Failed to fetch')
  })

  test('says until when somebody is banned, and which field does not fit', () => {
    const until = new Date(2030, 0, 2, 20, 15).toISOString()
    assert.match(errorInWords(new CommandError('BANNED', '', { until })), /until .*30.* 8:15.PM\.$|until .*20:15\.$/)
    assert.equal(errorInWords(new CommandError('BANNED', '', { until: null })), 'You are banned from this room.')
    const wider = new CommandError('BANNED', '', { scope: 'guild', until: null })
    assert.equal(errorInWords(wider), 'You are banned from every room of the guild.')
    const wrong = new ApiError(400, 'VALIDATION_FAILED', '', { field: 'name', problem: 'is too long' })
    assert.equal(errorInWords(wrong), 'Something in the form does not fit: name is too long.')
  })
})

test('every hint that a gateway may give has words for its trouble and for what helps', () => {
  const valuesOf = (schema: object) => (schema as { enum: string[] }).enum
  for (const hint of valuesOf(Hint)) {
    for (const reason of valuesOf(HintReason)) {
      assert.match(hintInWords({ hint, reason }), /^You may hear badly: (?!your connection).*\. [A-Z].*\.$/)
    }
  }
})

test('a sanction says how far it reaches, where that is beyond the room', () => {
  assert.equal(sanctionInWords({ kind: 'deafen' }), 'deafened')
  assert.equal(sanctionInWords({ kind: 'mute', scope: 'global' }), 'muted in every room')
})

test('places in a queue are counted as people do', () => {
  assert.deepEqual([1, 2, 3, 4, 11, 21, 112].map(ordinal), ['1st', '2nd', '3rd', '4th', '11th', '21st', '112th'])
})
