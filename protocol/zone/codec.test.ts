import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../errors.ts'
import { decodeFrame, encodeFrame, parseTwin, type ZoneTwin } from './codec.ts'
import { recordBytes, zoneFrames } from './frames.ts'
import { rangeOf, sizeOf, type Field, type Layout } from './layout.ts'

interface Vector {
  readonly hex: string
  readonly twin: ZoneTwin
}

const vectors = JSON.parse(
  readFileSync(new URL('../fixtures/zone-frames-v1.json', import.meta.url), 'utf8'),
) as readonly Vector[]

const number = (field: Field): fc.Arbitrary<number> => {
  const [min, max] = rangeOf(field)
  return fc.integer({ min, max }).filter((value) => !field.problem || field.problem(value) === null)
}

const record = (fields: readonly Field[]) =>
  fc.record(Object.fromEntries(fields.map((field) => [field.name, number(field)])), { noNullPrototype: true })

const twinOf = (layout: Layout): fc.Arbitrary<ZoneTwin> => {
  const counts = new Set(layout.lists.map(({ count }) => count))
  return fc
    .tuple(
      record(layout.header.filter(({ name }) => !counts.has(name))),
      fc.record(
        Object.fromEntries(layout.lists.map(({ name, fields }) => [name, fc.array(record(fields), { maxLength: 90 })])),
      ),
    )
    .map(([header, lists]) => ({ type: layout.name, ...header, ...lists }) as unknown as ZoneTwin)
}

const anyTwin = fc.oneof(...zoneFrames.map(twinOf))

test('the golden frames of version 1 are read and written as they were', () => {
  assert.deepEqual(new Set(vectors.map(({ twin }) => twin.type)), new Set(zoneFrames.map(({ name }) => name)))
  for (const { hex, twin } of vectors) {
    assert.deepEqual(decodeFrame(Buffer.from(hex, 'hex')), twin)
    assert.equal(Buffer.from(encodeFrame(twin)).toString('hex'), hex)
  }
})

test('what was written is read, by its bytes and by its twin', () => {
  fc.assert(
    fc.property(anyTwin, (twin) => {
      assert.deepEqual(decodeFrame(encodeFrame(twin)), twin)
      assert.deepEqual(parseTwin(JSON.stringify(twin)), twin)
    }),
    { numRuns: 500, seed: 1 },
  )
})

test('a frame that is a byte too short or too long is refused', () => {
  fc.assert(
    fc.property(anyTwin, fc.nat(), (twin, cut) => {
      const bytes = encodeFrame(twin)
      assert.throws(() => decodeFrame(bytes.subarray(0, 1 + (cut % (bytes.length - 1)))), { code: 'VALIDATION_FAILED' })
      assert.throws(() => decodeFrame(Uint8Array.from([...bytes, 0])), { code: 'VALIDATION_FAILED' })
    }),
    { numRuns: 300, seed: 2 },
  )
})

test('a value out of range is refused by the name of its field', () => {
  const position = vectors.find(({ twin }) => twin.type === 'position')!
  const bytes = Buffer.from(position.hex, 'hex')
  bytes[1] = 0b110
  assert.throws(() => decodeFrame(bytes), {
    code: 'VALIDATION_FAILED',
    data: { field: 'flags', problem: 'has a stance that does not exist' },
  })
  bytes[1] = 0b1000_0000
  assert.throws(() => decodeFrame(bytes), { data: { field: 'flags', problem: 'has a reserved bit' } })
  const changes = Uint8Array.from([0x20, 0, 0, 1, 0, 0, 0])
  assert.throws(() => decodeFrame(changes), {
    data: { field: 'leave.0.alias', problem: 'is not a whole number from 1 to 255' },
  })
  assert.throws(() => decodeFrame(Uint8Array.of(0x7f)), { code: 'UNKNOWN_FRAME', data: { type: '0x7f' } })
  assert.throws(() => decodeFrame(new Uint8Array()), { code: 'UNKNOWN_FRAME' })
  assert.throws(() => parseTwin('{"type":"constructor"}'), { code: 'UNKNOWN_FRAME' })
  assert.throws(() => parseTwin('{"type":"hash","tick":256,"hash":1}'), { code: 'VALIDATION_FAILED' })
})

test('100,000 malformed frames crash nothing and leave nothing behind', () => {
  let state = 42
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return state >>> 0
  }
  const codes = new Map<string, number>()
  const storm = (frames: number) => {
    for (let n = 0; n < frames; n++) {
      const good = Buffer.from(vectors[next() % vectors.length]!.hex, 'hex')
      const bytes = next() % 3 === 0 ? Buffer.alloc(next() % 64) : good
      for (let flips = 1 + (next() % 6); flips > 0 && bytes.length > 0; flips--) bytes[next() % bytes.length] = next()
      const cut = next() % 2 === 0 ? bytes.subarray(0, next() % (bytes.length + 1)) : bytes
      try {
        encodeFrame(decodeFrame(cut))
        codes.set('taken', (codes.get('taken') ?? 0) + 1)
      } catch (error) {
        assert.ok(error instanceof AppError, String(error))
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
      }
    }
  }
  storm(5_000)
  const before = process.memoryUsage().arrayBuffers
  storm(100_000)
  assert.ok(codes.get('UNKNOWN_FRAME')! > 1000 && codes.get('VALIDATION_FAILED')! > 10_000, JSON.stringify([...codes]))
  assert.deepEqual([...codes.keys()].sort(), ['UNKNOWN_FRAME', 'VALIDATION_FAILED', 'taken'])
  assert.ok(process.memoryUsage().arrayBuffers - before < 64_000_000)
})

test('a frame whose header promises much is refused before anything is made for it', () => {
  const bytes = Uint8Array.from([0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255])
  assert.throws(() => decodeFrame(bytes), { code: 'VALIDATION_FAILED' })
})

test('the sizes that the engine writes by are those of the layouts', () => {
  const size = (type: string, list?: string) => {
    const layout: Layout = zoneFrames.find(({ name }) => name === type)!
    return list === undefined
      ? 1 + sizeOf(layout.header)
      : sizeOf(layout.lists.find(({ name }) => name === list)!.fields)
  }
  assert.deepEqual(recordBytes, {
    position: size('position'),
    batchHeader: size('batch'),
    batchRecord: size('batch', 'position'),
    changesHeader: size('changes'),
    enter: size('changes', 'enter'),
    update: size('changes', 'update'),
    slot: size('changes', 'slot'),
    resyncHeader: size('resync'),
  })
})
