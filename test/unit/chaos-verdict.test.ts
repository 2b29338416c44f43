import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { History, JournalRow, Write } from '../chaos/ledger.ts'
import { verdict } from '../chaos/verdict.ts'

const room = 'room:one'
const row = (seq: number, epoch = 1, target = `t${seq}`): JournalRow => ({
  ...{ room, seq, epoch, commandId: `c/${seq}`, targets: [target] },
})
const acked = (seq: number, sentMs: number, answeredMs: number, epoch = 1): Write => ({
  ...{ room, target: `t${seq}`, sentMs, answeredMs, outcome: 'acked', at: { epoch, seq } },
})
const heard = (...seqs: number[]) => seqs.map((seq) => ({ epoch: 1, seq, target: `t${seq}` }))
const good: History = {
  writes: [acked(1, 0, 10), acked(2, 5, 20), acked(3, 30, 40)],
  listeners: [{ user: 'ann', room, heard: heard(1, 2, 3), snapshots: 1 }],
  closes: [{ user: 'ann', code: 1012 }],
  journal: [row(1), row(2), row(3)],
  grants: [
    { room, epoch: 1, owner: 'node-1' },
    { room, epoch: 1, owner: 'node-1' },
  ],
}

test('a run that kept every promise has no fault', () => {
  assert.deepEqual(verdict(good), [])
})

const broken: readonly (readonly [string, Partial<History>, string])[] = [
  ['an acknowledged command that is lost', { journal: [row(1), row(2)] }, 't3 was acknowledged and is lost'],
  [
    'one that stands twice',
    { journal: [row(1), row(2), row(3), { ...row(4), targets: ['t2'] }], listeners: [] },
    't2 stands 2 times',
  ],
  [
    'one that stands elsewhere',
    { writes: [{ ...acked(1, 0, 10), at: { epoch: 1, seq: 2 } }] },
    't1 was acknowledged at 1/2 and stands at 1/1',
  ],
  [
    'one that stands under a later epoch than was said',
    { journal: [row(1), row(2), row(3, 2)], listeners: [] },
    't3 was acknowledged at 1/3 and stands at 2/3',
  ],
  [
    'a refused command that stands',
    { writes: [{ ...acked(1, 0, 10), outcome: 'refused' }] },
    't1 was refused and stands at 1',
  ],
  ['a hole', { journal: [row(1), row(3)], writes: [], listeners: [] }, 'room:one has seq 3 in place 2'],
  [
    'a falling epoch',
    { journal: [row(1, 2), row(2, 1)], writes: [], listeners: [] },
    'room:one falls from epoch 2 to 1 at 2',
  ],
  [
    'a command id that stands twice',
    { journal: [row(1), { ...row(2), commandId: 'c/1' }], writes: [], listeners: [] },
    'room:one carried c/1 out twice',
  ],
  [
    'an order against real time',
    { writes: [acked(1, 50, 60), acked(2, 5, 20)], listeners: [] },
    't1 was sent after t2 was answered, and stands before it',
  ],
  [
    'two owners of an epoch',
    { grants: [...good.grants, { room, epoch: 1, owner: 'node-2' }] },
    'room:one had node-1 and node-2 at epoch 1',
  ],
  ['a closed socket', { closes: [{ user: 'ann', code: 1011 }] }, 'a socket of ann was closed with 1011'],
  [
    'an event heard late',
    { listeners: [{ user: 'ann', room, heard: heard(1, 3, 2), snapshots: 1 }] },
    'ann heard 1/2 of room:one after 1/3',
  ],
  [
    'an event that was missed',
    { listeners: [{ user: 'ann', room, heard: heard(1, 3), snapshots: 1 }] },
    'ann missed 1 of room:one: t2',
  ],
  [
    'an acknowledgement by a room that is not there',
    { journal: [], listeners: [] },
    't1 was acknowledged, and room:one has no journal',
  ],
]

describe('the verdict finds', () => {
  for (const [name, change, fault] of broken) {
    test(name, () =>
      assert.ok(verdict({ ...good, ...change }).includes(fault), verdict({ ...good, ...change }).join('\n')),
    )
  }
})
