import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, type ProcessId } from '../../protocol/ids.ts'
import { upMember } from '../../test/support/specimens.ts'
import type { Member, MembershipView } from '../membership/port.ts'
import { LeaseView } from '../membership/view.ts'
import { createPlacement } from '../placement/rendezvous.ts'
import { NodeControls } from './node-controls.ts'

const placement = await createPlacement()
const self = upMember('node-1')
const key = actorKey('room', 'a')

/** A node that knows `known` and would hear of `fetched` if it asked; null: Redis is away. */
function controls(known: readonly Member[], fetched: readonly Member[] | null = known) {
  const handed: string[] = []
  let view: MembershipView = new LeaseView(1, [self, ...known])
  const node = new NodeControls({
    ...{ self: self.process, placement, announce: () => Promise.resolve() },
    drain: { isOn: false, callOff: () => undefined, run: () => Promise.reject(new Error('no drain here')) },
    host: { actor: () => null },
    membership: {
      view: () => view,
      refresh: () => {
        if (fetched === null) return Promise.reject(new Error('Redis is away'))
        view = new LeaseView(2, [self, ...fetched])
        return Promise.resolve(view)
      },
    },
    handOffs: {
      handOff: (_key, heir) => {
        handed.push(heir.process)
        return Promise.resolve('moved' as const)
      },
    },
  })
  const move = (to?: string) => node.control({ verb: 'move', key, ...(to ? { to: to as ProcessId } : {}) })
  return { move, handed }
}

describe('an order to move an actor', () => {
  test('hands it to the first heir, or to the node it names', async () => {
    const { move, handed } = controls([upMember('node-2'), upMember('node-3')])
    assert.equal((await move()).done, true)
    assert.deepEqual(await move('node-3'), { done: true, value: { to: 'node-3' } })
    assert.deepEqual(handed.slice(1), ['node-3'])
  })

  test('finds a node that came up a moment ago', async () => {
    const { move, handed } = controls([], [upMember('node-2')])
    assert.deepEqual([await move(), await move('node-2')], Array(2).fill({ done: true, value: { to: 'node-2' } }))
    assert.deepEqual(handed, ['node-2', 'node-2'])
  })

  test('says that there is nobody else, also while Redis is away', async () => {
    for (const fetched of [[], null]) {
      const { move, handed } = controls([], fetched)
      assert.deepEqual(await move(), { done: false, problem: 'there is no other node' })
      assert.deepEqual(await move('node-1'), { done: false, problem: 'node-1 is no other node' })
      assert.deepEqual(handed, [])
    }
  })
})
