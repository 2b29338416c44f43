import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ZoneSanction } from '../../protocol/zone/plan.ts'
import { user } from '../../test/support/zone-bench.ts'
import { freeStanding, masksOf, Sanctioned } from './sanctioned.ts'

const of = (kind: ZoneSanction['kind'], name: string, endsAtMs: number | null = null): ZoneSanction => ({
  ...{ kind, userId: user(name), endsAtMs },
})

describe('the sanctions of a plan', () => {
  test('of several kinds hold together, and nobody else carries them', () => {
    const sanctioned = new Sanctioned({ sanctions: [of('mute', 'ann'), of('deafen', 'ann'), of('ban', 'bob')] }, 0)
    assert.deepEqual(sanctioned.of(user('ann')), { isMuted: true, isDeafened: true, isBanned: false })
    assert.deepEqual(sanctioned.of(user('bob')), { ...freeStanding, isBanned: true })
    assert.deepEqual(sanctioned.of(user('eve')), freeStanding)
  })

  test('end by the clock, though the root has not said so yet', () => {
    const sanctions = [of('mute', 'ann', 100), of('deafen', 'ann', 200)]
    assert.equal(new Sanctioned({ sanctions }, 0).endsAtMs, 100)
    const later = new Sanctioned({ sanctions }, 100)
    assert.deepEqual(later.of(user('ann')), { isMuted: false, isDeafened: true, isBanned: false })
    assert.equal(later.endsAtMs, 200)
    assert.equal(new Sanctioned({ sanctions }, 200).endsAtMs, Number.POSITIVE_INFINITY)
  })

  test('take the bit away by which everybody hears everybody', () => {
    assert.deepEqual(masksOf(freeStanding), { speakMask: 1, hearMask: 1 })
    assert.deepEqual(masksOf({ ...freeStanding, isMuted: true }), { speakMask: 0, hearMask: 1 })
    assert.deepEqual(masksOf({ ...freeStanding, isDeafened: true }), { speakMask: 1, hearMask: 0 })
  })
})
