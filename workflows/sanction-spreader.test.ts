import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryRecord, MemorySanctionSpread } from '../persistence/index.ts'
import type { SeatedRoom } from '../persistence/sanctions/port.ts'
import type { RecordWrite } from '../persistence/record-writes.ts'
import { AppError } from '../protocol/errors.ts'
import type { RoomId, SessionId, UserId } from '../protocol/ids.ts'
import { ManualTime, settle } from '../test/support/manual-time.ts'
import { silentLogger } from '../test/support/silent-logger.ts'
import { roomSpec } from '../test/support/specimens.ts'
import { claimMs, SanctionSpreader } from './sanction-spreader.ts'

const eve = 'eve' as UserId
const rooms = ['room-1', 'room-2'].map((id) => id as RoomId)

/** A user in two rooms, and a spreader over a record in memory; `obstacles` are what tellings of a room meet, one after another. */
function bench(obstacles: Readonly<Record<string, readonly Error[]>> = {}) {
  const time = new ManualTime()
  const record = new MemoryRecord(time)
  const startMs = time.wallMs()
  rooms.forEach((roomId, index) => {
    record.apply([
      {
        ...{ write: 'room.put', roomId, spec: roomSpec({ guild_id: 'g1' }), status: 'active', bitrate: 64_000 },
        ...{ createdAtMs: startMs, activeAtMs: startMs, participants: 1, closesAtMs: null },
      },
      {
        ...{ write: 'participant.put', roomId, sessionId: `s-${index}` as SessionId, userId: eve, username: 'Eve' },
        ...{ role: 'member', joinedAtMs: startMs, isMuted: false, mutedUntilMs: null, isDeafened: false },
      },
    ])
  })
  const left = new Map(Object.entries(obstacles).map(([roomId, errors]) => [roomId, [...errors]]))
  const told: string[] = []
  const counts = { told: 0, failed: 0, waiting: 0 }
  const spread = new MemorySanctionSpread(record)
  const deps = {
    spread,
    teller: {
      tell: (_: UserId, { roomId, sanctions }: SeatedRoom) => {
        const error = left.get(roomId)?.shift()
        if (error) return Promise.reject(error)
        told.push(`${roomId} ${sanctions.map(({ kind, generation }) => `${kind} ${generation}`).join()}`)
        return Promise.resolve()
      },
    },
    ...{ clock: time, timers: time, logger: silentLogger },
    metrics: {
      told: () => (counts.told += 1),
      failed: () => (counts.failed += 1),
      backlog: (users: number) => (counts.waiting = users),
    },
  }
  const put = (generation: number): RecordWrite[] => [
    {
      ...{ write: 'sanction.put', scope: 'guild', scopeId: 'g1', userId: eve, kind: 'mute', generation, untilMs: null },
      ...{ by: eve, reason: '', atMs: startMs },
    },
    { write: 'sanction.spread', userId: eve, atMs: startMs },
  ]
  const advance = async (ms: number) => {
    await time.advance(ms)
    await settle()
  }
  return { spreader: new SanctionSpreader(deps), deps, spread, record, put, told, counts, advance }
}

const changed = new AppError('SANCTIONS_CHANGED')

describe('the spreader', () => {
  test('brings a change into every room where the user has a seat, woken by the record', async () => {
    const { spreader, record, put, told, counts, advance, spread } = bench()
    spreader.start()
    await advance(0)
    record.apply(put(1))
    await advance(0)
    assert.deepEqual(told.sort(), ['room-1 mute 1', 'room-2 mute 1'])
    assert.deepEqual([counts.told, counts.failed, (await spread.backlog()).users], [1, 0, 0])
    await spreader.stop()
  })

  test('finds what it was not told of', async () => {
    const { spreader, record, put, told, advance, spread } = bench()
    spread.listen = () => Promise.resolve(() => Promise.resolve())
    spreader.start()
    await advance(0)
    record.apply(put(1))
    await advance(0)
    assert.deepEqual(told, [])
    await advance(1_000)
    assert.equal(told.length, 2)
    await spreader.stop()
  })

  test('tries a room that cannot be reached again, and tells the others meanwhile', async () => {
    const away = new AppError('ROOM_UNREACHABLE')
    const { spreader, record, put, told, counts, advance } = bench({ 'room-1': [away, away] })
    record.apply(put(1))
    spreader.start()
    await advance(0)
    assert.deepEqual(told, ['room-2 mute 1'])
    await advance(1_000)
    await advance(1_000)
    assert.ok(told.includes('room-1 mute 1'), told.join())
    assert.deepEqual([counts.failed, counts.told], [2, 1])
    await spreader.stop()
  })

  test('reads anew at once where a room says that something changed', async () => {
    const { spreader, record, put, told, advance } = bench({ 'room-1': [changed] })
    record.apply(put(1))
    spreader.start()
    await advance(0)
    assert.ok(told.includes('room-1 mute 1'))
    await spreader.stop()
  })

  test('goes on to what changed while it was under way', async () => {
    const { spreader, deps, record, put, told, advance } = bench()
    const { tell } = deps.teller
    deps.teller.tell = async (user, room) => {
      deps.teller.tell = tell
      record.apply(put(2))
      await tell(user, room)
    }
    record.apply(put(1))
    spreader.start()
    await advance(0)
    await advance(1_000)
    assert.deepEqual(told.slice(-2).sort(), ['room-1 mute 2', 'room-2 mute 2'])
    await spreader.stop()
  })

  test('takes up what another one that died had claimed', async () => {
    const { spreader, record, put, told, advance, spread } = bench()
    record.apply(put(1))
    assert.equal((await spread.claim(10, claimMs)).length, 1)
    spreader.start()
    await advance(claimMs - 1_000)
    assert.deepEqual(told, [])
    await advance(2_000)
    assert.equal(told.length, 2)
    await spreader.stop()
  })

  test('waits for a record that is away, and comes back with it', async () => {
    const { spreader, record, put, told, advance, spread } = bench()
    const claim = spread.claim.bind(spread)
    spread.claim = () => Promise.reject(new Error('connection refused'))
    record.apply(put(1))
    spreader.start()
    await advance(3_000)
    spread.claim = claim
    await advance(1_000)
    assert.equal(told.length, 2)
    await spreader.stop()
  })
})
