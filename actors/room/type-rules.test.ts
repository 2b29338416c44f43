import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { roomTypes } from '../../protocol/room/values.ts'
import { roomTypeTable } from '../../protocol/room/room-types.ts'
import { as, commands, ofGuild, RoomKit, type SpecChanges } from './room.kit.ts'

const { create, update } = commands

const refused = (changes: SpecChanges) => new RoomKit().run(create(changes, ofGuild('owner'))).reply

describe('a room of a type', () => {
  for (const type of roomTypes) {
    test(`${type} has as many seats as its type allows, and not one more`, () => {
      const { maxSeats } = roomTypeTable[type]
      const made = { room_type: type, guild_id: 'g1' } as const
      new RoomKit().given(create({ ...made, max_participants: maxSeats }, ofGuild('owner')))
      // Where the type takes as many as any room may, the command itself is not one.
      if (maxSeats === 50_000) return
      assert.deepEqual(refused({ ...made, max_participants: maxSeats + 1 }), {
        reject: 'VALIDATION_FAILED',
        data: { field: 'max_participants', problem: `is over ${maxSeats}, the most of type ${type}`, limit: maxSeats },
      })
      const room = new RoomKit().given(create(made, ofGuild('owner')))
      const reply = room.run(update(as('owner'), { max_participants: maxSeats + 1 })).reply
      assert.equal((reply as { reject: string }).reject, 'VALIDATION_FAILED')
    })
  }

  test('guild belongs to a guild', () => {
    assert.deepEqual(refused({ room_type: 'guild' }), {
      reject: 'VALIDATION_FAILED',
      data: { field: 'guild_id', problem: 'a guild room needs one' },
    })
  })

  test('tells what holds in it beside what it was told', () => {
    const { room } = new RoomKit()
      .given(create({ room_type: 'raid', quality_preset: 'low', settings: { push_to_talk: true } }))
      .view()
    assert.deepEqual(room.settings, { push_to_talk: true })
    assert.deepEqual(room.effective_settings, {
      push_to_talk: true,
      duplicate_session: 'replace',
      empty_timeout_s: 900,
      departure_grace_s: 120,
      stage_seats: 8,
      ice_policy: 'all',
      retention_days: null,
    })
    assert.deepEqual(room.audio, {
      fmtp: { maxaveragebitrate: 24_000, maxplaybackrate: 24_000, stereo: 0, useinbandfec: 1, usedtx: 1 },
      ptime: 40,
    })
  })
})

test('an end that has passed already is refused, when a room is made and when it is changed', () => {
  const room = new RoomKit()
  const reply = { reject: 'VALIDATION_FAILED', data: { field: 'scheduled_end_at', problem: 'is not in the future' } }
  assert.deepEqual(room.run(create({ scheduled_end_at_ms: room.nowMs })).reply, reply)
  room.given(create({ scheduled_end_at_ms: room.nowMs + 1 }))
  assert.deepEqual(room.run(update(as('owner'), { scheduled_end_at_ms: room.nowMs })).reply, reply)
})
