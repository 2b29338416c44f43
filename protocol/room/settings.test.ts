import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveSettings } from './settings.ts'

test('what a room does not say is as its type says', () => {
  const party = resolveSettings('party', {})
  assert.equal(party.emptyTimeoutMs, 60_000)
  assert.equal(party.departureGraceMs, 120_000)
  assert.equal(resolveSettings('group', {}).departureGraceMs, null)
})

test('what a room says goes before its type', () => {
  const raid = resolveSettings('raid', { departure_grace_s: 5, duplicate_session: 'refuse' })
  assert.equal(raid.departureGraceMs, 5_000)
  assert.equal(raid.duplicateSession, 'refuse')
})
