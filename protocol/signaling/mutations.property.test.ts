import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { audioDescriptions, candidates, chromiumWithData } from '../../test/support/call-specimens.ts'
import { AppError } from '../errors.ts'
import { isCandidate } from './candidate.ts'
import { checkedSignal } from './checked-signal.ts'
import { readSdp } from './sdp.ts'

const junk = fc.oneof(
  fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\0',
    ' ',
    ':',
    '=',
    '/',
    'm=video 9 UDP/TLS/RTP/SAVPF 96\r\n',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n',
  ),
  fc.constantFrom(
    '\r\nm=video 9 UDP/TLS/RTP/SAVPF 96',
    '\nm=video 1 x 0',
    'm=',
    'a=',
    'v=0\r\n',
    '-1',
    '99999999999',
    'a=candidate:',
    '.local',
    '\u2028',
    '\ud800',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
)
/** What is done to a text, one after the other: something is put in, cut out, doubled or moved. */
const edits = fc.array(fc.tuple(fc.constantFrom('insert', 'cut', 'double', 'move', 'swap'), fc.nat(), fc.nat(), junk), {
  minLength: 1,
  maxLength: 6,
})
type Edits = readonly [string, number, number, string][]

function mutated(text: string, list: Edits): string {
  let result = text
  for (const [kind, a, b, what] of list) {
    const from = a % (result.length + 1)
    const to = Math.min(result.length, from + (b % 60))
    const piece = result.slice(from, to)
    const rest = result.slice(0, from) + result.slice(to)
    if (kind === 'insert') result = result.slice(0, from) + what + result.slice(from)
    else if (kind === 'cut') result = rest
    else if (kind === 'double') result = result.slice(0, to) + piece + result.slice(to)
    else if (kind === 'move') result = rest.slice(0, b % (rest.length + 1)) + piece + rest.slice(b % (rest.length + 1))
    else {
      const lines = result.split('\r\n')
      const [one, other] = [a % lines.length, b % lines.length]
      ;[lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? '']
      result = lines.join('\r\n')
    }
  }
  return result
}

const allowedLine = /^(?:[vosctb]=[ -~]+|m=audio \d{1,5} (?:UDP\/TLS|TCP\/DTLS)\/RTP\/SAVPF(?: \d{1,3})+|a=[ -~]+)$/

test('whatever is done to a description: it is refused with a line, or what goes on is audio alone, line by line', () => {
  let taken = 0
  const specimens = [...Object.values(audioDescriptions), chromiumWithData]
  fc.assert(
    fc.property(fc.constantFrom(...specimens), edits, (text, list) => {
      const sdp = mutated(text, list).slice(0, 14_000)
      const read = readSdp(sdp)
      if ('reason' in read) {
        assert.ok(read.line >= 0 && read.line <= 257)
        return
      }
      taken += 1
      assert.ok(read.sdp.endsWith('\r\n'))
      for (const line of read.sdp.slice(0, -2).split('\r\n')) assert.match(line, allowedLine)
      // What goes on is taken again, and nothing more is left out of it.
      assert.deepEqual(readSdp(read.sdp), { sdp: read.sdp, omitted: 0 })
    }),
    { numRuns: 20_000 },
  )
  assert.ok(taken > 500, `only ${taken} were taken: the test looks at too little`)
})

test('whatever is done to a candidate: it is refused, or is one line of printable ASCII with an address', () => {
  let taken = 0
  fc.assert(
    fc.property(fc.constantFrom(...candidates), edits, (text, list) => {
      const candidate = mutated(text, list)
      if (!isCandidate(candidate)) return
      taken += 1
      assert.match(
        candidate,
        /^candidate:[A-Za-z0-9+/]{1,32} \d{1,3} (?:udp|UDP|tcp|TCP) \d{1,10} [0-9a-zA-Z.:-]+ \d{1,5} typ (?:host|srflx|prflx|relay)(?: [!-~]+ [!-~]+)*$/,
      )
    }),
    { numRuns: 20_000 },
  )
  assert.ok(taken > 500, `only ${taken} were taken: the test looks at too little`)
})

test('a signal of whatever fields is handed on or refused with SIGNAL_INVALID, and nothing else is thrown', () => {
  const types = ['offer', 'answer', 'candidate', 'end_of_candidates', 'renegotiate', 'ice_restart'] as const
  const field = fc.option(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...candidates, ...Object.values(audioDescriptions))),
    { nil: undefined },
  )
  fc.assert(
    fc.property(fc.constantFrom(...types), field, field, field, (message_type, sdp, candidate, mid) => {
      const message = {
        message_type,
        ...(sdp === undefined ? {} : { sdp }),
        ...(candidate === undefined ? {} : { candidate }),
        ...(mid === undefined ? {} : { sdp_mid: mid }),
      }
      try {
        checkedSignal(message)
      } catch (error) {
        assert.ok(error instanceof AppError && error.code === 'SIGNAL_INVALID')
        const said = JSON.stringify(error.data)
        assert.ok(said.length < 160, 'a refusal repeats what was sent')
      }
    }),
    { numRuns: 5_000 },
  )
})

test('the time for a description grows no faster than its length', () => {
  const line = `a=fmtp:111 ${'a=b;'.repeat(90)}\r\n`
  const tough = `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF${' 1'.repeat(64)}\r\n${line.repeat(36)}`
  const started = performance.now()
  for (let round = 0; round < 200; round += 1) readSdp(tough)
  const us = (1_000 * (performance.now() - started)) / 200
  assert.ok(us < 2_000, `${us.toFixed(0)} µs for ${tough.length} characters`)
})
