import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { audioParameters } from '../../../protocol/room/audio.ts'
import { withOpus } from './opus.js'

const sdp = (...lines: string[]) =>
  ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111 9', 'a=rtpmap:111 opus/48000/2', ...lines, 'a=rtpmap:9 G722/8000', ''].join(
    '\r\n',
  )
const linesOf = (text: string, start: string) => text.split('\r\n').filter((line) => line.startsWith(start))

describe('a description with what the room asks of Opus', () => {
  test('has its parameters, and keeps those that nobody asked about', () => {
    const changed = withOpus(sdp('a=fmtp:111 minptime=10;useinbandfec=0'), audioParameters.low)
    assert.deepEqual(linesOf(changed, 'a=fmtp'), [
      'a=fmtp:111 minptime=10;maxaveragebitrate=24000;maxplaybackrate=24000;stereo=0;useinbandfec=1;usedtx=1',
    ])
    assert.deepEqual(linesOf(changed, 'a=ptime'), ['a=ptime:40'])
  })

  test('gets a line where there was none, behind its rtpmap', () => {
    const lines = withOpus(sdp(), audioParameters.ultra).split('\r\n')
    const at = lines.indexOf('a=rtpmap:111 opus/48000/2')
    assert.match(lines[at + 1] ?? '', /^a=fmtp:111 maxaveragebitrate=128000;.*stereo=1/)
    assert.equal(lines[at + 2], 'a=ptime:20')
  })

  test('is the same again when it is asked for twice', () => {
    const once = withOpus(sdp('a=fmtp:111 minptime=10', 'a=ptime:20'), audioParameters.high)
    assert.equal(withOpus(once, audioParameters.high), once)
    assert.equal(linesOf(once, 'a=ptime').length, 1)
  })

  test('stays as it is where there is no Opus', () => {
    const other = 'v=0\r\nm=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n'
    assert.equal(withOpus(other, audioParameters.high), other)
  })
})
