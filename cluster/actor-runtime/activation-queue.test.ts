import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actorKey } from '../../protocol/ids.ts'
import { ActivationQueue } from './activation-queue.ts'

const keyOf = (name: string) => actorKey('tally', name)

test('actors with most commands waiting are loaded first, equals in the order they came', () => {
  const queue = new ActivationQueue(10)
  for (const name of ['one', 'two', 'full', 'three']) queue.add(keyOf(name), 1)
  queue.add(keyOf('handed'), 0)
  queue.grew(keyOf('full'), 40)
  queue.grew(keyOf('three'), 2)
  queue.grew(keyOf('never-there'), 99)
  const order = Array.from({ length: 6 }, () => queue.take())
  assert.deepEqual(order, [...['full', 'three', 'one', 'two', 'handed'].map(keyOf), undefined])
  assert.equal(queue.size, 0)
})

test('no more actors wait than may', () => {
  const queue = new ActivationQueue(2)
  assert.deepEqual(
    ['one', 'two', 'three'].map((name) => queue.add(keyOf(name), 1)),
    [true, true, false],
  )
  queue.take()
  assert.equal(queue.add(keyOf('three'), 1), true)
})
