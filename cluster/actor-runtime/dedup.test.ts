import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commandId } from '../../protocol/ids.ts'
import { DedupTable } from './dedup.ts'

describe('the dedup table', () => {
  test('remembers the last answers of a source and forgets the oldest beyond its bound', () => {
    const table = new DedupTable(2)
    for (const counter of [1, 2, 3]) table.remember(commandId('c', counter), { seq: counter, reply: counter })
    assert.equal(table.get(commandId('c', 1)), undefined)
    assert.deepEqual(table.get(commandId('c', 3)), { seq: 3, reply: 3 })
  })

  test('forgets the source heard longest ago when there are too many', () => {
    const table = new DedupTable(64, 2)
    table.remember(commandId('a', 1), { seq: 1, reply: 1 })
    table.remember(commandId('b', 1), { seq: 2, reply: 2 })
    table.remember(commandId('a', 2), { seq: 3, reply: 3 })
    table.remember(commandId('c', 1), { seq: 4, reply: 4 })
    assert.equal(table.get(commandId('b', 1)), undefined)
    assert.ok(table.get(commandId('a', 1)))
  })

  test('stores only what a snapshot at that seq may know, and restores it', () => {
    const table = new DedupTable()
    for (const seq of [1, 2, 3]) table.remember(commandId('c', seq), { seq, reply: { seq } })
    const restored = new DedupTable()
    restored.restore(JSON.parse(JSON.stringify(table.upTo(2))) as ReturnType<DedupTable['upTo']>)
    assert.deepEqual(restored.get(commandId('c', 2)), { seq: 2, reply: { seq: 2 } })
    assert.equal(restored.get(commandId('c', 3)), undefined)
  })
})
