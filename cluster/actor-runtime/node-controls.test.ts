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

/** A node that says what it is when told to, and how often it was drained. */
function draining() {
  let drains = 0
  const said: (() => void)[] = []
  const node = new NodeControls({
    ...{ self: self.process, placement, host: { actor: () => null } },
    announce: () => new Promise((resolve) => void said.push(resolve)),
    drain: {
      isOn: false,
      callOff: () => undefined,
      run: () => Promise.resolve({ moved: (drains += 1), rested: 0, left: 0 }),
    },
    membership: { view: () => new LeaseView(1, [self]), refresh: () => Promise.reject(new Error('not asked for')) },
    handOffs: { handOff: () => Promise.reject(new Error('not asked for')) },
  })
  return { node, drains: () => drains, saySo: () => said.splice(0).forEach((resolve) => resolve()) }
}

describe('an order to drain', () => {
  test('drains once the others were told', async () => {
    const { node, drains, saySo } = draining()
    const ordered = node.control({ verb: 'drain' })
    assert.equal(drains(), 0)
    saySo()
    assert.deepEqual(await ordered, { done: true, value: { state: 'draining', moved: 1, rested: 0, left: 0 } })
  })

  test('that is called off before the others were told does not begin', async () => {
    const { node, drains, saySo } = draining()
    const orders = [node.control({ verb: 'drain' }), node.control({ verb: 'undrain' })]
    saySo()
    assert.deepEqual(await Promise.all(orders), [
      { done: false, problem: 'another order came before it began' },
      { done: true, value: { state: 'up' } },
    ])
    assert.equal(drains(), 0)
  })

  test('that comes twice at once is carried out once', async () => {
    const { node, drains, saySo } = draining()
    const orders = [node.control({ verb: 'drain' }), node.control({ verb: 'drain' })]
    saySo()
    assert.deepEqual(
      (await Promise.all(orders)).map(({ done }) => done),
      [false, true],
    )
    assert.equal(drains(), 1)
  })
})

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
