import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { weekdays, type Weekday } from './values.ts'
import { dateAt, nextSlot, slotsBetween, slotTime, type FullRule } from './calendar.ts'
import { momentOf, properZone, wallTimeAt } from './zone.ts'

const rule = (more: Partial<FullRule> = {}): FullRule => ({
  days: ['sun'],
  time: '20:00',
  zone: 'Europe/Berlin',
  starts_on: '2027-01-01',
  ...more,
})
const starts = (of: FullRule, from: string, to: string) =>
  slotsBetween(of, Date.parse(from), Date.parse(to), 1_000).map(({ startsAtMs }) => new Date(startsAtMs).toISOString())

describe('the calendar of a raid', () => {
  test('keeps to the wall clock over the change to summer time and back', () => {
    assert.deepEqual(starts(rule(), '2027-03-20T00:00:00Z', '2027-04-05T00:00:00Z'), [
      '2027-03-21T19:00:00.000Z',
      '2027-03-28T18:00:00.000Z',
      '2027-04-04T18:00:00.000Z',
    ])
    assert.deepEqual(starts(rule(), '2027-10-24T00:00:00Z', '2027-11-01T00:00:00Z'), [
      '2027-10-24T18:00:00.000Z',
      '2027-10-31T19:00:00.000Z',
    ])
  })

  test('a time that clocks skip comes an hour later by the clock, and not on another day', () => {
    assert.deepEqual(slotTime(rule({ time: '02:30' }), '2027-03-28'), {
      slot: '2027-03-28',
      startsAtMs: Date.parse('2027-03-28T01:30:00Z'),
    })
    assert.deepEqual(wallTimeAt('Europe/Berlin', Date.parse('2027-03-28T01:30:00Z')).hour, 3)
  })

  test('a time that comes twice is the first of the two, once', () => {
    assert.deepEqual(starts(rule({ time: '02:30' }), '2027-10-30T00:00:00Z', '2027-11-01T00:00:00Z'), [
      '2027-10-31T00:30:00.000Z',
    ])
  })

  test('knows zones that move by half an hour, and those beyond the date line', () => {
    const lordHowe = rule({ zone: 'Australia/Lord_Howe', time: '02:15', days: ['sun'] })
    // Clocks go from 02:00 to 02:30.
    assert.equal(slotTime(lordHowe, '2027-10-03')?.startsAtMs, Date.parse('2027-10-02T15:45:00Z'))
    const kiritimati = rule({ zone: 'Pacific/Kiritimati', time: '00:10', days: ['mon'] })
    assert.equal(slotTime(kiritimati, '2027-01-04')?.startsAtMs, Date.parse('2027-01-03T10:10:00Z'))
  })

  test('every second week is counted from the week of its first day', () => {
    const fortnightly = rule({ days: ['wed', 'mon'], every_weeks: 2, starts_on: '2027-01-06' })
    assert.deepEqual(
      slotsBetween(fortnightly, Date.parse('2027-01-01T00:00:00Z'), Date.parse('2027-02-10T00:00:00Z'), 9).map(
        ({ slot }) => slot,
      ),
      ['2027-01-06', '2027-01-18', '2027-01-20', '2027-02-01', '2027-02-03'],
    )
  })

  test('ends with its last day, that day included', () => {
    const ending = rule({ until: '2027-01-10' })
    assert.equal(nextSlot(ending, Date.parse('2027-01-10T00:00:00Z'))?.slot, '2027-01-10')
    assert.equal(nextSlot(ending, Date.parse('2027-01-10T19:00:01Z')), null)
    assert.equal(slotTime(ending, '2027-01-17'), null)
  })

  test('has no occurrence on a day that is none, or not one of its own', () => {
    for (const slot of ['2027-02-30', '2027-01-04', '2026-12-27', 'once']) assert.equal(slotTime(rule(), slot), null)
  })

  test('takes names of places in any spelling, and nothing else for a zone', () => {
    assert.equal(properZone('europe/berlin'), 'Europe/Berlin')
    assert.equal(properZone('America/Argentina/Buenos_Aires'), 'America/Argentina/Buenos_Aires')
    assert.equal(properZone('UTC'), 'UTC')
    for (const none of ['+01:00', 'Europe/Nowhere', 'Local', '', '../etc/passwd', 'Europe/Berlin\n'])
      assert.equal(properZone(none), null, none)
  })

  test('whatever the zone and the hour, each day that the rule names has one moment, and shows its time unless clocks skip it', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'America/Sao_Paulo',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'UTC',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 1_439 }),
        fc.subarray([...weekdays], { minLength: 1 }),
        fc.integer({ min: 0, max: 3_000 }),
        (zone, minutes, days: Weekday[], offset) => {
          const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
          const fromMs = Date.parse('2024-01-01T00:00:00Z') + offset * 86_400_000
          const of = rule({ zone, time, days, starts_on: '2024-01-01' })
          const found = slotsBetween(of, fromMs, fromMs + 21 * 86_400_000, 100)
          assert.ok(Math.abs(found.length - 3 * days.length) <= 1)
          assert.equal(new Set(found.map(({ slot }) => slot)).size, found.length)
          for (const { slot, startsAtMs } of found) {
            assert.equal(dateAt(zone, startsAtMs), slot)
            const { hour, minute } = wallTimeAt(zone, startsAtMs)
            const lateMin = hour * 60 + minute - minutes
            assert.ok([0, 30, 60].includes(lateMin), `${slot} ${time} in ${zone} came at ${hour}:${minute}`)
            const [year = 0, month = 0, day = 0] = slot.split('-').map(Number)
            assert.equal(momentOf(zone, { year, month, day, hour, minute }) <= startsAtMs, true)
          }
        },
      ),
    )
  })
})
