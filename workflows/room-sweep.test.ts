import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OverdueRoom, RoomEnds } from '../persistence/rooms/port.ts'
import type { RoomId } from '../protocol/ids.ts'
import { ManualTime, settle } from '../test/support/manual-time.ts'
import { silentLogger } from '../test/support/silent-logger.ts'
import { leewayMs, RoomSweep, sweepBatchMax, sweepEveryMs } from './room-sweep.ts'

/** Rooms that are overdue since the beginning, and those that were closed. */
function bench(count: number) {
  const time = new ManualTime()
  const startMs = time.wallMs()
  let overdue: OverdueRoom[] = Array.from({ length: count }, (_, index) => ({
    roomId: `room-${String(index).padStart(4, '0')}` as RoomId,
    closesAtMs: startMs,
  }))
  const state = { asked: [] as string[], closed: 0, failures: 0, away: false, refuses: new Set<string>() }
  const rooms: RoomEnds = {
    overdue: (beforeMs, limit, after) =>
      state.away
        ? Promise.reject(new Error('connection refused'))
        : Promise.resolve(
            overdue
              .filter(({ roomId, closesAtMs }) => closesAtMs < beforeMs && (!after || roomId > after.roomId))
              .slice(0, limit),
          ),
  }
  const sweep = new RoomSweep({
    rooms,
    closer: {
      expire: ({ roomId }) => {
        state.asked.push(roomId)
        if (state.refuses.has(roomId)) return Promise.reject(new Error('no way'))
        overdue = overdue.filter((room) => room.roomId !== roomId)
        return Promise.resolve({ closed: true })
      },
    },
    ...{ clock: time, timers: time, logger: silentLogger },
    metrics: { roomClosed: () => (state.closed += 1), failed: () => (state.failures += 1) },
  })
  const advance = async (ms: number) => {
    await time.advance(ms)
    await settle()
  }
  return { sweep, state, advance }
}

describe('the sweep', () => {
  test('leaves a room to its own alarm first, then asks it, once', async () => {
    const { sweep, state, advance } = bench(1)
    sweep.start()
    await settle()
    assert.deepEqual(state.asked, [])
    await advance(sweepEveryMs + leewayMs)
    await advance(sweepEveryMs)
    await advance(sweepEveryMs)
    assert.deepEqual([state.asked, state.closed], [['room-0000'], 1])
    await sweep.stop()
  })

  test('goes on behind rooms that cannot be reached, and tries them again', async () => {
    const { sweep, state, advance } = bench(sweepBatchMax + 20)
    for (let index = 0; index < sweepBatchMax; index += 1) state.refuses.add(`room-${String(index).padStart(4, '0')}`)
    sweep.start()
    await advance(sweepEveryMs + leewayMs)
    await settle()
    assert.equal(state.closed, 20)
    state.refuses.clear()
    await advance(sweepEveryMs)
    await settle()
    assert.equal(state.closed, sweepBatchMax + 20)
    await sweep.stop()
  })

  test('outlives a record that is away', async () => {
    const { sweep, state, advance } = bench(1)
    state.away = true
    sweep.start()
    await advance(sweepEveryMs + leewayMs)
    state.away = false
    await advance(sweepEveryMs)
    assert.equal(state.closed, 1)
    await sweep.stop()
  })
})
