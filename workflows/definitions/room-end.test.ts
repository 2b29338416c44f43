import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomEndStanding } from '../../protocol/workflows.ts'
import { askAgainMs } from './generation.ts'
import { afterClosing, afterSetEnd, afterWarning, nextStep, noEndSet } from './room-end.ts'

const hourMs = 3_600_000
const standing = (more: Partial<RoomEndStanding> = {}): RoomEndStanding => ({
  ...{ generation: 3, atMs: hourMs, warns: true, warnedMs: null },
  ...more,
})

describe('the end of a room, as its workflow knows it', () => {
  test('follows the newest message, and begins to warn anew', () => {
    const warned = standing({ warnedMs: 60_000 })
    const later = { generation: 4, atMs: 2 * hourMs, warns: true }
    assert.deepEqual(afterSetEnd(warned, later), { ...later, warnedMs: null })
    assert.equal(afterSetEnd(warned, { ...later, generation: 3 }), warned)
    assert.deepEqual(afterSetEnd(noEndSet, { ...later, generation: 1 }).generation, 1)
  })

  test('has warnings before it, the longest first, each once', () => {
    assert.deepEqual(nextStep(standing(), 0), { atMs: hourMs - 300_000, warnMs: 300_000 })
    const first = afterWarning(standing(), 3, 300_000)
    assert.deepEqual(nextStep(first, hourMs - 300_000), { atMs: hourMs - 60_000, warnMs: 60_000 })
    const second = afterWarning(first, 3, 60_000)
    assert.deepEqual(nextStep(second, hourMs - 60_000), { atMs: hourMs, warnMs: null })
  })

  test('is not warned of by one whose time has passed, nor where nobody is to be warned', () => {
    assert.deepEqual(nextStep(standing(), hourMs - 200_000), { atMs: hourMs - 60_000, warnMs: 60_000 })
    assert.deepEqual(nextStep(standing(), hourMs), { atMs: hourMs, warnMs: null })
    assert.deepEqual(nextStep(standing({ warns: false }), 0), { atMs: hourMs, warnMs: null })
    assert.equal(nextStep(standing({ atMs: null }), 0), null)
  })

  test('is over when the room says so, and asked for again when the room names another moment', () => {
    assert.equal(afterClosing(standing(), 3, { closed: true, notBeforeMs: null }, hourMs).atMs, null)
    assert.equal(afterClosing(standing(), 3, { closed: false, notBeforeMs: 2 * hourMs }, hourMs).atMs, 2 * hourMs)
    assert.equal(afterClosing(standing(), 3, { closed: false, notBeforeMs: 1 }, hourMs).atMs, hourMs + askAgainMs)
    const newer = standing({ generation: 4 })
    assert.equal(afterClosing(newer, 3, { closed: true, notBeforeMs: null }, hourMs), newer)
    assert.equal(afterWarning(newer, 3, 60_000), newer)
  })
})
