import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DeliveredWriter, deliveredMaxBytes, readDelivered, type DeliveredRecord } from './delivered.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const record = fc.record(
  {
    player: u32,
    epoch: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    out: u32,
    frame: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
)

function read(bytes: Uint8Array) {
  const records: DeliveredRecord[] = []
  const head = readDelivered(bytes, (each) => records.push({ ...each, frame: Uint8Array.from(each.frame) }))
  return { head, records }
}

function written(zone: number, region: number, records: readonly DeliveredRecord[]): Uint8Array {
  const writer = new DeliveredWriter(zone, region)
  for (const { player, epoch, out, frame } of records) assert.ok(writer.add(player, epoch, out, frame))
  return writer.take()
}

describe('what the players of one gateway are told in one tick', () => {
  test('lies in these bytes', () => {
    const bytes = written(0x01020304, 7, [
      { player: 0x00100001, epoch: 2 ** 32 + 5, out: 9, frame: Uint8Array.of(0x22, 1, 2, 3) },
      { player: 2, epoch: 3, out: 4, frame: new Uint8Array() },
    ])
    const hex = Buffer.from(bytes).toString('hex')
    assert.equal(
      hex,
      '40' +
        ('04030201' + '0700' + '0200') +
        ('01001000' + '0500000001000000' + '09000000' + '0400' + '22010203') +
        ('02000000' + '0300000000000000' + '04000000' + '0000'),
    )
  })

  test('is read as it was written', () => {
    fc.assert(
      fc.property(
        u32,
        fc.integer({ min: 0, max: 65_535 }),
        fc.array(record, { maxLength: 40 }),
        (zone, region, records) => {
          assert.deepEqual(read(written(zone, region, records)), { head: { zone, region }, records })
        },
      ),
    )
  })

  test('is refused where a byte is missing or one too many, and by any other first byte', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), fc.nat(), (records, at) => {
        const bytes = written(1, 1, records)
        assert.equal(read(bytes.subarray(0, at % bytes.length)).head, null)
        assert.equal(read(Uint8Array.of(...bytes, 0)).head, null)
        assert.equal(read(Uint8Array.of(0x41, ...bytes.subarray(1))).head, null)
      }),
    )
  })

  test('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        read(bytes)
        read(Uint8Array.of(0x40, ...bytes))
      }),
    )
  })

  test('takes no more than a datagram holds, and begins anew once it was taken', () => {
    const writer = new DeliveredWriter(1, 1)
    const frame = new Uint8Array(1_000)
    let added = 0
    while (writer.add(1, 1, added + 1, frame)) added += 1
    const taken = writer.take()
    assert.ok(taken.length <= deliveredMaxBytes && taken.length > deliveredMaxBytes - 1_100)
    assert.equal(read(taken).records.length, added)
    assert.equal(writer.isEmpty, true)
    assert.ok(writer.add(1, 1, added + 1, frame))
    assert.equal(read(writer.take()).records.length, 1)
  })
})
