import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointHeadsMax, type Checkpoint } from '../../persistence/audit-trail/port.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { NotingLogger } from '../../test/support/noting-logger.ts'
import { takeCheckpoints } from './audit-checkpoints.ts'

const checkpointOf = (no: number, heads = 1): Checkpoint => ({
  ...{ no, heads, atMs: 0, coversUntilMs: 1_000 },
  ...{ root: Buffer.from('aa', 'hex'), prevHash: Buffer.alloc(32), hash: Buffer.from('bb', 'hex') },
})

/** Checkpoints over a trail that gives these answers one after the other, then nothing any more. */
function bench(...answers: (Checkpoint | Error | null)[]) {
  const time = new ManualTime()
  const logger = new NotingLogger()
  const counts = { taken: 0, failed: 0, upToDate: 0 }
  const metrics = {
    taken: () => void (counts.taken += 1),
    failed: () => void (counts.failed += 1),
    upToDate: () => void (counts.upToDate += 1),
  }
  const trail = {
    checkpoint: () => {
      const answer = answers.shift() ?? null
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
  }
  const stop = takeCheckpoints({ trail, everyMs: 60_000, timers: time, logger, metrics })
  return { time, logger, counts, stop }
}

test('each checkpoint is one line of the log that says its number and its hashes', async () => {
  const { time, logger, counts, stop } = bench(checkpointOf(1), null, checkpointOf(2, 3))
  await time.advance(0)
  assert.deepEqual(logger.of('audit.checkpoint'), [
    { checkpoint: 1, heads: 1, coversUntil: '1970-01-01T00:00:01.000Z', root: 'aa', hash: 'bb' },
  ])
  await time.advance(60_000)
  await time.advance(60_000)
  assert.deepEqual(
    logger.of('audit.checkpoint').map(({ checkpoint, heads }) => [checkpoint, heads]),
    [
      [1, 1],
      [2, 3],
    ],
  )
  assert.deepEqual(counts, { taken: 2, failed: 0, upToDate: 3 })
  await stop()
})

test('what did not go into a full one follows at once', async () => {
  const { time, counts, stop } = bench(checkpointOf(1, checkpointHeadsMax), checkpointOf(2, checkpointHeadsMax), null)
  await time.advance(0)
  assert.deepEqual(counts, { taken: 2, failed: 0, upToDate: 1 })
  await stop()
})

test('a round that fails is told, and the next one goes on', async () => {
  const { time, logger, counts, stop } = bench(new Error('away'), checkpointOf(1))
  await time.advance(0)
  assert.equal(logger.of('audit.checkpoint_failed').length, 1)
  await time.advance(60_000)
  assert.deepEqual(counts, { taken: 1, failed: 1, upToDate: 1 })
  await stop()
})

test('once it is stopped it takes no more', async () => {
  const { time, counts, stop } = bench(null, checkpointOf(1))
  await time.advance(0)
  await stop()
  await time.advance(180_000)
  assert.equal(counts.taken, 0)
})
