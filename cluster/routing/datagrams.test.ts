import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, type ActorKey } from '../../protocol/ids.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { maxDatagramBytes } from '../transport/frame-codec.ts'
import { frameType, type Frame, type PeerLink } from '../transport/port.ts'
import { Datagrams } from './datagrams.ts'

const key = actorKey('tally', 'one')
const bytes = new Uint8Array([1, 2, 3])

/** Datagrams whose ways a test opens, and whose searches it ends. */
function open() {
  const time = new ManualTime()
  const sent: Frame[] = []
  const searches: { readonly key: ActorKey; found(): void; failed(): void }[] = []
  const link = { isFull: false, send: (frame: Frame) => !link.isFull && sent.push(frame) > 0 }
  const ways = new Map<ActorKey, { link: PeerLink; epoch: number }>()
  const datagrams = new Datagrams({
    timers: time,
    wayTo: (to) => ways.get(to) ?? null,
    seek: (to) =>
      new Promise((found, reject) => {
        searches.push({ key: to, found, failed: () => reject(new Error('Redis is away')) })
      }),
  })
  const openWay = (epoch: number) => ways.set(key, { link: link as unknown as PeerLink, epoch })
  return { time, sent, searches, link, datagrams, openWay }
}

describe('datagrams', () => {
  test('go to the owner that is known, under its epoch and in their lane', () => {
    const { sent, searches, datagrams, openWay } = open()
    openWay(7)
    assert.equal(datagrams.send(key, bytes, 1), true)
    assert.equal(datagrams.send(key, bytes, 0), true)
    const head = { type: frameType.datagram, correlation: 0, epoch: 7, seq: 0, deadlineMs: 0, key, payload: bytes }
    assert.deepEqual(sent, [
      { ...head, lane: 1 },
      { ...head, lane: 0 },
    ])
    assert.equal(searches.length, 0)
  })

  test('are as large as one may be, and no larger', () => {
    const { sent, searches, datagrams, openWay } = open()
    openWay(1)
    assert.equal(datagrams.send(key, new Uint8Array(maxDatagramBytes), 0), true)
    assert.equal(datagrams.send(key, new Uint8Array(maxDatagramBytes + 1), 0), false)
    assert.deepEqual([sent.length, searches.length], [1, 0])
  })

  test('too large for any are worth no search', () => {
    const { searches, datagrams } = open()
    datagrams.send(key, new Uint8Array(maxDatagramBytes + 1), 0)
    assert.equal(searches.length, 0)
  })

  test('that a link does not take are lost, and nobody is looked for', () => {
    const { link, searches, datagrams, openWay } = open()
    openWay(1)
    link.isFull = true
    assert.equal(datagrams.send(key, bytes, 1), false)
    assert.equal(searches.length, 0)
  })

  test('without a way are not kept: one search is made, and the next one goes', async () => {
    const { sent, searches, datagrams, openWay } = open()
    for (let count = 0; count < 5; count += 1) assert.equal(datagrams.send(key, bytes, 1), false)
    assert.deepEqual(
      searches.map((search) => search.key),
      [key],
    )
    openWay(2)
    searches[0]?.found()
    await settle()
    assert.equal(sent.length, 0)
    assert.equal(datagrams.send(key, bytes, 1), true)
  })

  for (const how of ['found', 'failed'] as const) {
    test(`have an owner looked for again 50 ms after a search that ${how === 'found' ? 'found nobody' : 'failed'}`, async () => {
      const { time, searches, datagrams } = open()
      datagrams.send(key, bytes, 1)
      await time.advance(1_000)
      datagrams.send(key, bytes, 1)
      assert.equal(searches.length, 1, 'the first search is still under way')
      searches[0]?.[how]()
      await settle()
      await time.advance(49)
      datagrams.send(key, bytes, 1)
      assert.equal(searches.length, 1)
      await time.advance(1)
      datagrams.send(key, bytes, 1)
      assert.equal(searches.length, 2)
    })
  }

  test('have 1,024 owners looked for at once; for more the next one asks', async () => {
    const { time, searches, datagrams } = open()
    const keys = Array.from({ length: 1_025 }, (_, index) => actorKey('tally', `number-${index}`))
    for (const each of keys) datagrams.send(each, bytes, 1)
    assert.equal(searches.length, 1_024)
    searches[0]?.found()
    await settle()
    await time.advance(50)
    for (const each of keys.slice(1)) datagrams.send(each, bytes, 1)
    assert.deepEqual([searches.length, searches.at(-1)?.key], [1_025, keys.at(-1)])
  })
})
