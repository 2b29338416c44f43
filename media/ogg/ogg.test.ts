import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { oggOf, tone } from '../recording.kit.ts'
import { samplesIn } from './opus-packet.ts'
import { DamagedAudio, packetsIn } from './reader.ts'

const packets = tone(440, 3)
const read = (file: Uint8Array) =>
  [...packetsIn(file)].map(({ at, packet }) => [at, Buffer.from(packet).toString('hex')])

describe('an Ogg file of Opus', () => {
  test('gives back every packet at its place, a page a second', () => {
    const file = oggOf([{ at: 0, packets }])
    assert.deepEqual(
      read(file),
      packets.map((packet, index) => [index * 960 - 312, packet.toString('hex')]),
    )
    assert.equal(file.toString('latin1').split('OggS').length - 1, 2 + 3 + 1, 'head, tags, three seconds, the end')
  })

  test('says where there was silence that nobody sent, and takes no bytes for it', () => {
    const some = packets.slice(0, 10)
    const [whole, gapped] = [
      oggOf([{ at: 0, packets: [...some, ...some] }]),
      oggOf([
        { at: 0, packets: some },
        { at: 480_000, packets: some },
      ]),
    ]
    assert.equal(read(gapped)[10]?.[0], 480_000 - 312)
    assert.ok(gapped.length < whole.length + 60)
  })

  test('holds packets of any size, over pages too', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 1_300 }), { maxLength: 120 }), (bodies) => {
        // Twenty milliseconds of CELT each, whatever is in them.
        const made = bodies.map((body) => Uint8Array.from([0xf8, ...body]))
        assert.deepEqual(
          read(oggOf([{ at: 0, packets: made }])).map(([, hex]) => hex),
          made.map((packet) => Buffer.from(packet).toString('hex')),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('ends where a crash cut it off, with every second before that', () => {
    const file = oggOf([{ at: 0, packets }])
    fc.assert(
      fc.property(fc.integer({ min: 200, max: file.length }), (length) => {
        const cut = read(file.subarray(0, length))
        assert.ok(cut.length <= packets.length)
        assert.deepEqual(cut, read(file).slice(0, cut.length))
      }),
      { numRuns: 60 },
    )
  })

  test('is refused where a byte of it is another one, and nothing else ever happens', () => {
    const file = oggOf([{ at: 0, packets: packets.slice(0, 60) }])
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        const changed = Buffer.from(file)
        changed[place] = (changed[place] ?? 0) ^ by
        try {
          const heard = read(changed)
          // The length of a page is the one thing that can be longer than the file: it is cut off then.
          assert.ok(heard.length < 60)
        } catch (error) {
          assert.ok(error instanceof DamagedAudio, String(error))
        }
      }),
      { numRuns: 400 },
    )
    assert.throws(() => read(Buffer.from('RIFF and so on, which is no Ogg at all and never was')), DamagedAudio)
  })

  test('tells from its first byte how long a packet sounds', () => {
    assert.deepEqual(
      [[0x00], [0x08], [0x18], [0x78], [0xf8], [0xfb, 3], [0xf9], []].map((bytes) => samplesIn(Uint8Array.from(bytes))),
      [480, 960, 2_880, 960, 960, 2_880, 1_920, 0],
    )
  })
})
