import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { audioDescriptions, candidates, firefoxOffer } from '../../test/support/call-specimens.ts'
import { isCandidate } from './candidate.ts'
import { relayedDescription, relayedOnly } from './relay-only.ts'
import { readSdp } from './sdp.ts'

describe('in a room with ice_policy relay', () => {
  test('candidates of TURN servers go on, without where their owner is seen from outside; the others do not', () => {
    const kept = candidates.map((candidate) => relayedOnly(candidate)).filter(({ text }) => text !== null)
    assert.deepEqual(kept, [
      {
        text: 'candidate:3 1 UDP 92217087 203.0.113.198 55324 typ relay raddr 0.0.0.0 rport 0',
        dropped: 0,
      },
      {
        text: 'candidate:750991856 1 udp 25108223 2001:db8::ff00:42:8329 51472 typ relay raddr :: rport 0 generation 0 ufrag PWwO',
        dropped: 0,
      },
    ])
    assert.deepEqual(relayedOnly(candidates[0] ?? ''), { text: null, dropped: 1 })
    assert.deepEqual(relayedOnly(''), { text: '', dropped: 0 })
    for (const { text } of kept) assert.ok(isCandidate(text))
  })

  test('no extension passes for the type', () => {
    const sly = 'candidate:1 1 udp 1 192.0.2.7 9 typ host generation typ relay x'
    assert.ok(isCandidate(sly))
    assert.deepEqual(relayedOnly(sly), { text: null, dropped: 1 })
  })

  test('a description keeps its relays and loses every other address', () => {
    const { text, dropped } = relayedDescription(firefoxOffer)
    assert.equal(dropped, 4)
    assert.equal(text.match(/^a=candidate:.*/gm)?.length, 1)
    const addresses = new Set(text.match(/\d+\.\d+\.\d+\.\d+/g))
    // The relay's own, and none.
    assert.deepEqual(addresses, new Set(['203.0.113.198', '0.0.0.0']))
    assert.match(text, /^m=audio 9 /m)
  })

  test('what goes on is a description still, and goes on as it is a second time', () => {
    for (const sdp of Object.values(audioDescriptions)) {
      const { text } = relayedDescription(sdp)
      assert.deepEqual(readSdp(text), { sdp: text, omitted: 0 })
      assert.deepEqual(relayedDescription(text), { text, dropped: 0 })
    }
  })
})
