import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  audioDescriptions,
  chromiumOffer,
  chromiumStopped,
  chromiumWithData,
} from '../../test/support/call-specimens.ts'
import { readSdp, sdpBounds } from './sdp.ts'

const edited = (find: string | RegExp, instead: string) => {
  const text = chromiumOffer.replace(find, instead)
  assert.notEqual(text, chromiumOffer)
  return text
}
const reasonOf = (text: string) => {
  const read = readSdp(text)
  return 'reason' in read ? [read.line, read.reason] : null
}

describe('a description', () => {
  for (const [name, text] of Object.entries(audioDescriptions)) {
    test(`as a browser makes it goes on as it is: ${name}`, () => {
      assert.deepEqual(readSdp(text), { sdp: text, omitted: 0 })
    })
  }

  test('with any media but audio is refused, turned down or not', () => {
    assert.deepEqual(reasonOf(chromiumWithData)?.[1], 'the media is not audio')
    for (const media of ['video', 'application', 'text', 'message', 'image', 'AUDIO', 'audio2', 'audi']) {
      assert.deepEqual(
        reasonOf(chromiumStopped.replace('m=audio 0', `m=${media} 0`)),
        [36, 'the media is not audio'],
        media,
      )
    }
    assert.deepEqual(reasonOf(edited('m=audio 9 UDP/TLS/RTP/SAVPF', 'm=audio 9 UDP/DTLS/SCTP')), [
      8,
      'the value of m= is odd',
    ])
  })

  test('passes on no attribute that is not known: nobody has to understand it, and it may be new', () => {
    const news = [
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj',
      'a=x-new',
      'a=sctp-port:5000',
    ]
    const text = edited('a=rtcp-mux\r\n', `a=rtcp-mux\r\n${news.join('\r\n')}\r\n`).replace(
      's=-\r\nt=0 0\r\n',
      's=-\r\nt=0 0\r\na=identity:eyJ\r\n',
    )
    assert.deepEqual(readSdp(text), { sdp: chromiumOffer, omitted: 4 })
  })

  test('holds no line that could begin another one', () => {
    for (const odd of ['\r', '\n', '\0', '\u2028', '\x7f', '\t', 'é', '\r\r\n', '\n\r']) {
      assert.match(String(reasonOf(edited('cname:Difm', `cname:Di${odd}fm`))?.[1]), /odd$|letter/, JSON.stringify(odd))
    }
    assert.deepEqual(reasonOf(chromiumOffer.replaceAll('\r\n', '\n')), [1, 'the line has no end'])
    assert.deepEqual(reasonOf(chromiumOffer.trimEnd()), [38, 'the line has no end'])
  })

  test('has its lines in order, and none twice', () => {
    assert.deepEqual(reasonOf(edited('v=0\r\n', '')), [1, 'a line before it is missing'])
    assert.deepEqual(reasonOf(edited('t=0 0\r\n', '')), [4, 'a line before it is missing'])
    assert.deepEqual(reasonOf(edited('s=-\r\n', 's=-\r\ns=-\r\n')), [4, 'it is out of order'])
    assert.deepEqual(reasonOf(edited('a=mid:0\r\n', 'a=mid:0\r\nc=IN IP4 192.0.2.1\r\n')), [17, 'it is out of order'])
    for (const line of ['k=clear:x', 'u=http://a.example', 'e=a@b.example', 'i=x', 'z=0 0', 'r=0 0', 'x=1']) {
      assert.deepEqual(reasonOf(edited('a=mid:0\r\n', `a=mid:0\r\n${line}\r\n`)), [
        17,
        'no description of audio has such a line',
      ])
    }
    for (const line of ['', 'a', 'a=', 'aa=b', '=']) {
      assert.deepEqual(reasonOf(edited('a=mid:0\r\n', `a=mid:0\r\n${line}\r\n`)), [
        17,
        'it is not a letter, = and a value',
      ])
    }
  })

  const oddValues: readonly (readonly [string, string])[] = [
    ['v=0', 'v=1'],
    ['t=0 0', 't=1 2'],
    ['IN IP4 127.0.0.1', 'IN IP4 evil.example'],
    ['c=IN IP4 0.0.0.0', 'c=IN IP4 evil.example'],
    ['a=ice-ufrag:jLVS', 'a=ice-ufrag:jL"S'],
    ['a=ice-ufrag:jLVS', 'a=ice-ufrag:abc'],
    ['a=ice-ufrag:jLVS', 'a=ice-ufrag'],
    ['a=setup:actpass', 'a=setup:both'],
    ['sha-256 26:', 'sha-256 2:'],
    ['sha-256 26:', 'sha-256 26:26:'],
    ['sha-256 26:', 'md5 26:'],
    ['a=rtcp-mux', 'a=rtcp-mux:yes'],
    ['opus/48000/2', 'opus'],
    ['a=rtpmap:111', 'a=rtpmap:128'],
    ['a=extmap:1 urn', 'a=extmap:0 urn'],
    ['a=mid:0', 'a=mid:a b'],
    ['a=ssrc:237024999 cname', 'a=ssrc:4294967296 cname'],
    ['a=msid-semantic: WMS', 'a=msid-semantic:  WMS'],
  ]
  for (const [find, instead] of oddValues) {
    test(`has values of their own form: not ${instead}`, () => {
      assert.match(String(reasonOf(edited(find, instead))?.[1]), /is odd$/)
    })
  }

  test('has what a connection is made with', () => {
    assert.equal(reasonOf(edited(/a=ice-pwd:.*\r\n/, ''))?.[1], 'a=ice-ufrag or a=ice-pwd is missing')
    assert.equal(reasonOf(edited(/a=fingerprint:.*\r\n/, ''))?.[1], 'a=fingerprint is missing')
    assert.equal(reasonOf(chromiumOffer.slice(0, chromiumOffer.indexOf('m=')))?.[1], 'there is no media')
    assert.equal(reasonOf('')?.[1], 'there is no media')
    assert.equal(reasonOf('v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n'), null)
  })

  test('is bounded: lines, their length, media, candidates', () => {
    const line = 'a=ptime:20\r\n'
    const many = (count: number, of: string) => edited('a=mid:0\r\n', `a=mid:0\r\n${of.repeat(count)}`)
    assert.equal(reasonOf(many(sdpBounds.lines - 38, line)), null)
    assert.deepEqual(reasonOf(many(sdpBounds.lines - 37, line)), [257, 'there are too many lines'])
    assert.equal(reasonOf(many(1, `a=x:${'y'.repeat(508)}\r\n`)), null)
    assert.deepEqual(reasonOf(many(1, `a=x:${'y'.repeat(509)}\r\n`)), [17, 'the line is too long'])
    const candidate = 'a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n'
    assert.equal(reasonOf(many(64, candidate)), null)
    assert.equal(reasonOf(many(65, candidate))?.[1], 'there are too many candidates')
    assert.equal(reasonOf(chromiumOffer + 'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n'.repeat(7)), null)
    assert.equal(
      reasonOf(chromiumOffer + 'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n'.repeat(8))?.[1],
      'there are too many media',
    )
  })
})
