import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { RecordWatch } from './record-watch.ts'

function setUp(probe: () => Promise<boolean>) {
  const time = new ManualTime()
  const changes: boolean[] = []
  const watch = new RecordWatch({
    ...{ probe, clock: time, timers: time, logger: silentLogger },
    changed: (isAway) => changes.push(isAway),
  })
  return { time, watch, changes }
}

const silence = () => new Promise<boolean>(() => undefined)
const kinds: readonly (readonly [string, () => Promise<boolean>])[] = [
  ['refuses connections', () => Promise.reject(new Error('ECONNREFUSED'))],
  ['is a standby', () => Promise.resolve(false)],
  ['does not answer', silence],
]

describe('the watch over the record', () => {
  for (const [name, failing] of kinds) {
    test(`finds it away when it ${name} for two probes, and back with the first answer`, async () => {
      let probe: () => Promise<boolean> = () => Promise.resolve(true)
      const { time, watch, changes } = setUp(() => probe())
      await time.advance(5_000)
      assert.deepEqual([watch.isAway, watch.awayMs, changes], [false, 0, []])
      probe = failing
      await time.advance(3_500)
      assert.deepEqual([watch.isAway, changes], [true, [true]])
      await time.advance(1_000)
      assert.ok(watch.awayMs >= 1_000)
      probe = () => Promise.resolve(true)
      await time.advance(1_500)
      assert.deepEqual([watch.isAway, watch.awayMs, changes], [false, 0, [true, false]])
    })
  }

  test('forgives one probe that fails', async () => {
    let count = 0
    const { time, changes } = setUp(() => Promise.resolve((count += 1) % 2 === 0))
    await time.advance(20_000)
    assert.deepEqual(changes, [])
  })

  test('asks one question at a time, and none once it is stopped', async () => {
    let asked = 0
    const { time, watch } = setUp(() => {
      asked += 1
      return silence()
    })
    await time.advance(600)
    assert.equal(asked, 1)
    watch.stop()
    await time.advance(10_000)
    assert.equal(asked, 1)
  })
})
