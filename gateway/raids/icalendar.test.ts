import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { calendarEnd, calendarEvent, calendarHead, type CalendarEvent } from './icalendar.ts'

const event = (more: Partial<CalendarEvent> = {}): CalendarEvent => ({
  uid: 'raid/once@voice-rooms',
  sequence: 3,
  startsAtMs: Date.parse('2027-03-28T01:30:00Z'),
  endsAtMs: Date.parse('2027-03-28T04:30:00Z'),
  changedAtMs: Date.parse('2027-01-01T00:00:00Z'),
  summary: 'Molten Core',
  description: '',
  status: 'CONFIRMED',
  alarmsS: [],
  ...more,
})

/** As RFC 5545 has it read: lines are joined that begin with a space. */
const unfolded = (text: string): readonly string[] => text.replaceAll('\r\n ', '').split('\r\n').slice(0, -1)
const valueOf = (text: string, name: string): string =>
  (unfolded(text).find((line) => line.startsWith(`${name}:`)) ?? '').slice(name.length + 1)
const readText = (value: string): string =>
  value.replaceAll(/\\([\\;,nN])/g, (_, letter: string) => (letter.toLowerCase() === 'n' ? '\n' : letter))

describe('a calendar', () => {
  test('is made of the lines that a reader asks for', () => {
    const lines = unfolded(calendarHead('Raids') + calendarEvent(event({ alarmsS: [600] })) + calendarEnd)
    assert.deepEqual(lines, [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//voice-rooms//raids//EN',
      'CALSCALE:GREGORIAN',
      'METHOD:PUBLISH',
      'X-WR-CALNAME:Raids',
      'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
      'BEGIN:VEVENT',
      'UID:raid/once@voice-rooms',
      'SEQUENCE:3',
      'DTSTAMP:20270101T000000Z',
      'DTSTART:20270328T013000Z',
      'DTEND:20270328T043000Z',
      'SUMMARY:Molten Core',
      'STATUS:CONFIRMED',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'DESCRIPTION:Molten Core',
      'TRIGGER:-PT600S',
      'END:VALARM',
      'END:VEVENT',
      'END:VCALENDAR',
    ])
  })

  test('a text cannot become lines of its own', () => {
    const text = calendarEvent(event({ summary: 'a\r\nEND:VEVENT\nb\\n, c; d', description: 'x\u0000\u0007y' }))
    assert.equal(unfolded(text).filter((line) => line === 'END:VEVENT').length, 1)
    assert.equal(valueOf(text, 'SUMMARY'), 'a\\nEND:VEVENT\\nb\\\\n\\, c\\; d')
    assert.equal(valueOf(text, 'DESCRIPTION'), 'xy')
  })

  test('whatever the name: no line is over 75 octets, none is cut within a character, and it reads as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (summary) => {
        const text = calendarEvent(event({ summary }))
        for (const line of text.split('\r\n')) {
          assert.ok(Buffer.byteLength(line) <= 75, line)
          assert.ok(!line.includes('\ufffd') || summary.includes('\ufffd'))
        }
        const kept = Array.from(summary.replaceAll(/\r\n?/g, '\n'))
          .filter(
            (character) => character === '\n' || character === '\t' || (character >= ' ' && character !== '\u007f'),
          )
          .join('')
        assert.equal(readText(valueOf(text, 'SUMMARY')), kept)
      }),
    )
  })
})
