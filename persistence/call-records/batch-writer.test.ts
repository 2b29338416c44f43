import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { BatchWriter, batchMax, type DropCause } from './batch-writer.ts'
import { RowsRefused, type Written } from './port.ts'

/** A writer in front of a store that a test scripts. */
function setUp(write: (rows: readonly number[]) => Promise<Written>, rows = 2_000) {
  const time = new ManualTime()
  const batches: (readonly number[])[] = []
  const dropped: Partial<Record<DropCause, number>> = {}
  const seen = { written: 0, failed: 0, waiting: () => 0 }
  const writer = new BatchWriter<number>({
    name: 'table',
    write: (batch) => {
      batches.push(batch)
      return write(batch)
    },
    ...{ clock: time, timers: time, logger: silentLogger, bounds: { rows, bytes: 1_000_000 } },
    observe: {
      watch: (waiting) => (seen.waiting = waiting),
      written: (count) => (seen.written += count),
      dropped: (cause, count) => (dropped[cause] = (dropped[cause] ?? 0) + count),
      failed: () => (seen.failed += 1),
    },
  })
  const add = (count: number) => {
    for (let row = 0; row < count; row += 1) writer.add(row, 1)
  }
  return { time, writer, batches, dropped, seen, add }
}

const ok = () => Promise.resolve({ unknown: 0 })
const away = () => Promise.reject(new Error('connection lost'))

describe('a batch writer', () => {
  test('lets rows wait a second for others, and writes them together', async () => {
    const { time, batches, add } = setUp(ok)
    add(2)
    await time.advance(999)
    assert.deepEqual(batches, [])
    await time.advance(1)
    assert.deepEqual(batches, [[0, 1]])
  })

  test('writes a full batch at once, one at a time, and the next when that is through', async () => {
    let through: (written: Written) => void = () => undefined
    const { time, batches, add } = setUp(() => new Promise((resolve) => (through = resolve)))
    add(batchMax * 2)
    await settle()
    assert.equal(batches.length, 1)
    await time.advance(60_000)
    assert.equal(batches.length, 1, 'the first is still in hand')
    through({ unknown: 0 })
    await settle()
    assert.equal(batches.length, 2)
  })

  test('counts rows of unknown sessions as dropped, and the others as written', async () => {
    const { time, dropped, seen, add } = setUp((rows) => Promise.resolve({ unknown: rows.length - 1 }))
    add(3)
    await time.advance(1_000)
    assert.deepEqual([dropped, seen.written], [{ unknown_session: 2 }, 1])
  })

  test('tries again after a lost connection, in the same order, resting longer from time to time, at most 30 s', async () => {
    let isAway = true
    const { time, batches, seen, dropped, add } = setUp(() => (isAway ? away() : ok()))
    add(2)
    await time.advance(1_000)
    for (const restMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const before = batches.length
      await time.advance(restMs - 1)
      assert.equal(batches.length, before)
      await time.advance(1)
      assert.equal(batches.length, before + 1)
    }
    isAway = false
    await time.advance(30_000)
    assert.deepEqual(batches.at(-1), [0, 1])
    assert.deepEqual([seen.written, seen.failed, dropped], [2, 8, {}])
  })

  test('holds no more than its bound while the store is away, and has the newest when it is back', async () => {
    let isAway = true
    const { time, batches, dropped, seen, add } = setUp(() => (isAway ? away() : ok()), 1_000)
    for (let second = 0; second < 60; second += 1) {
      add(100)
      await time.advance(1_000)
      assert.ok(seen.waiting() <= 1_000)
    }
    isAway = false
    const before = batches.length
    await time.advance(31_000)
    assert.equal(batches.slice(before).flat().length, 1_000)
    assert.equal((dropped.full ?? 0) + seen.written, 6_000)
  })

  test('drops the one row that the tables refuse, and writes all others once', async () => {
    const written: number[] = []
    const { time, dropped, seen, add } = setUp((rows) => {
      if (rows.includes(13)) return Promise.reject(new RowsRefused('a constraint'))
      written.push(...rows)
      return ok()
    })
    add(50)
    await time.advance(1_000)
    assert.deepEqual(
      written,
      Array.from({ length: 50 }, (_, row) => row).filter((row) => row !== 13),
    )
    assert.deepEqual([dropped, seen.written, seen.failed], [{ refused: 1 }, 49, 0])
  })

  test('keeps what is left when the connection is lost in the middle of a split', async () => {
    let calls = 0
    const { time, batches, seen, add } = setUp(() => {
      calls += 1
      if (calls === 1) return Promise.reject(new RowsRefused('a constraint'))
      return calls === 3 ? away() : ok()
    })
    add(4)
    await time.advance(1_000)
    await time.advance(1_000)
    assert.deepEqual(batches, [
      [0, 1, 2, 3],
      [0, 1],
      [2, 3],
      [2, 3],
    ])
    assert.equal(seen.written, 4)
  })

  test('writes everything when it is stopped, and takes nothing any more', async () => {
    const { writer, batches, dropped, add } = setUp(ok)
    add(batchMax + 3)
    await writer.stop(5_000)
    assert.equal(batches.flat().length, batchMax + 3)
    add(1)
    assert.deepEqual(dropped, { stopping: 1 })
  })

  test('tries once more when it is stopped while it rests', async () => {
    let isAway = true
    const { time, writer, seen, dropped, add } = setUp(() => (isAway ? away() : ok()))
    add(2)
    await time.advance(1_000)
    isAway = false
    await writer.stop(5_000)
    assert.deepEqual([seen.written, dropped], [2, {}])
  })

  test('gives up when it is stopped and the store is away or silent, and counts what is lost', async () => {
    const gone = setUp(away)
    gone.add(2)
    await gone.writer.stop(5_000)
    assert.deepEqual(gone.dropped, { stopping: 2 })

    const silent = setUp(() => new Promise(() => undefined))
    silent.add(2)
    await silent.time.advance(1_000)
    silent.add(5)
    let isStopped = false
    const stopped = silent.writer.stop(5_000).then(() => (isStopped = true))
    await silent.time.advance(4_999)
    assert.equal(isStopped, false)
    await silent.time.advance(1)
    await stopped
    assert.deepEqual(silent.dropped, { stopping: 5 })
  })
})
