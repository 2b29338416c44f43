import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredSanction } from '../persistence/sanctions/port.ts'
import type { UserId } from '../protocol/ids.ts'
import type { ExpireSanctionInput } from '../protocol/workflows.ts'
import { ManualTime, settle } from '../test/support/manual-time.ts'
import { silentLogger } from '../test/support/silent-logger.ts'
import { sanctionLeewayMs, SanctionSweep, sanctionSweepEveryMs } from './sanction-sweep.ts'

test('a sanction past its time is ended by the sweep, whatever its scope, with an id that follows from its generation', async () => {
  const time = new ManualTime()
  const untilMs = time.wallMs() + 1_000
  const of = (scope: StoredSanction['scope'], scopeId: string): StoredSanction => ({
    ...{ scope, scopeId, userId: 'eve' as UserId, kind: 'mute', generation: 3, untilMs, by: 'mod' as UserId },
    ...{ reason: '', createdAtMs: 0, liftedAtMs: null, liftCause: null },
  })
  let overdue = [of('room', 'r1'), of('guild', 'g1'), of('global', 'all')]
  const asked: (ExpireSanctionInput & { clock: string | undefined })[] = []
  const counts = { lifted: 0, failed: 0 }
  let isAway = true
  const sweep = new SanctionSweep({
    sanctions: { overdue: (beforeMs) => Promise.resolve(untilMs < beforeMs ? overdue : []) },
    expirer: {
      expire: (input, clock) => {
        asked.push({ ...input, clock })
        if (isAway && input.ref.scope === 'guild') return Promise.reject(new Error('no way'))
        overdue = overdue.filter(({ scope }) => scope !== input.ref.scope)
        return Promise.resolve({ lifted: true, notBeforeMs: null })
      },
    },
    ...{ clock: time, timers: time, logger: silentLogger },
    metrics: { lifted: () => (counts.lifted += 1), failed: () => (counts.failed += 1) },
  })
  sweep.start()
  await time.advance(1_000 + sanctionLeewayMs)
  await settle()
  assert.deepEqual(asked, [], 'it is left to its own clocks first')
  await time.advance(sanctionSweepEveryMs)
  await settle()
  assert.deepEqual(
    asked.map(({ commandId, clock }) => [commandId, clock]),
    [
      ['sanction:mute:room:r1:eve/3/sweep', 'sweep'],
      ['sanction:mute:guild:g1:eve/3/sweep', 'sweep'],
      ['sanction:mute:global:all:eve/3/sweep', 'sweep'],
    ],
  )
  assert.deepEqual(counts, { lifted: 2, failed: 1 })
  isAway = false
  await time.advance(sanctionSweepEveryMs)
  await settle()
  assert.deepEqual(counts, { lifted: 3, failed: 1 })
  await sweep.stop()
})
