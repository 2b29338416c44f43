import { isoTime } from '../../protocol/iso-time.ts'

/*
 * iCalendar (RFC 5545), as much of it as a feed of events takes. Each occurrence is an event of its own with times in UTC: so one that
 * was moved or taken off needs no exception to a rule, and no reader has to know the summer time of a zone.
 */

export interface CalendarEvent {
  /** The same for ever: a reader knows by it which event of before this is. */
  readonly uid: string
  /** Counts up with every change. */
  readonly sequence: number
  /** Unix ms. */
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly changedAtMs: number
  readonly summary: string
  readonly description: string
  readonly status: 'CONFIRMED' | 'TENTATIVE' | 'CANCELLED'
  /** Reminders so long before the start, s. */
  readonly alarmsS: readonly number[]
}

/** Octets on a line at the most, the end of the line not among them. */
const lineMax = 75

/** The head of a calendar of that name. */
export const calendarHead = (name: string): string =>
  lines(
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//voice-rooms//raids//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${text(name)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
  )

export const calendarEnd = lines('END:VCALENDAR')

export const calendarEvent = (event: CalendarEvent): string =>
  lines(
    'BEGIN:VEVENT',
    `UID:${text(event.uid)}`,
    `SEQUENCE:${event.sequence}`,
    `DTSTAMP:${utc(event.changedAtMs)}`,
    `DTSTART:${utc(event.startsAtMs)}`,
    `DTEND:${utc(event.endsAtMs)}`,
    `SUMMARY:${text(event.summary)}`,
    ...(event.description === '' ? [] : [`DESCRIPTION:${text(event.description)}`]),
    `STATUS:${event.status}`,
    ...event.alarmsS.flatMap((leadS) => [
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      `DESCRIPTION:${text(event.summary)}`,
      `TRIGGER:-PT${leadS}S`,
      'END:VALARM',
    ]),
    'END:VEVENT',
  )

/** `20270328T013000Z`. */
const utc = (ms: number): string => `${isoTime(ms).slice(0, 19).replaceAll(/[-:]/g, '')}Z`

/** A text value: what means something in iCalendar is written otherwise, and control characters, which it may not hold, are left out. */
const text = (value: string): string =>
  value
    .replaceAll(/\r\n?/g, '\n')
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .replaceAll(/[\\;,]/g, (special) => `\\${special}`)
    .replaceAll('\n', '\\n')

function lines(...content: readonly string[]): string {
  return content.map((line) => `${folded(line)}\r\n`).join('')
}

/** Cut after 75 octets, never within a character; each further line begins with a space. */
function folded(line: string): string {
  if (Buffer.byteLength(line) <= lineMax) return line
  let out = ''
  let used = 0
  for (const character of line) {
    const octets = Buffer.byteLength(character)
    if (used + octets > lineMax) {
      out += '\r\n '
      used = 1
    }
    out += character
    used += octets
  }
  return out
}
