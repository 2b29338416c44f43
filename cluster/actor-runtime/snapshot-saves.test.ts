import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../test/support/manual-time.ts'
import { SnapshotSaves } from './snapshot-saves.ts'

test('snapshots are written two at a time, and of an actor the newest alone waits', async () => {
  const begun: string[] = []
  const finish: (() => void)[] = []
  const saves = new SnapshotSaves<string, number>((key, snapshot) => {
    begun.push(`${key}${snapshot}`)
    return new Promise((resolve) => finish.push(resolve))
  })
  for (const key of ['a', 'b', 'c', 'd']) saves.put(key, 1)
  saves.put('c', 2)
  saves.put('a', 2)
  await settle()
  assert.deepEqual(begun, ['a1', 'b1'])
  finish.shift()?.()
  await settle()
  assert.deepEqual(begun, ['a1', 'b1', 'c2'])
  while (begun.length < 5) {
    finish.shift()?.()
    await settle()
  }
  assert.deepEqual(begun.slice(3), ['d1', 'a2'])
  for (const done of finish) done()
  await settle()
  saves.put('a', 3)
  await settle()
  assert.equal(begun.at(-1), 'a3')
})
