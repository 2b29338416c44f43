import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { roomKey, type ActorKey, type RoomId } from '../../protocol/ids.ts'
import type { Member } from '../membership/port.ts'
import { LeaseView } from '../membership/view.ts'
import { upMember as node } from '../../test/support/specimens.ts'
import type { Wishes } from './port.ts'
import { createPlacement, placementVersion } from './rendezvous.ts'

const placement = await createPlacement()

const viewOf = (...members: Member[]) => new LeaseView(1, members)
const nodes = (count: number) => Array.from({ length: count }, (_, index) => node(`node-${index + 1}`))
const key = roomKey('7b0c2f0e-5a43-4c55-9f8e-0d6a3a1f2b10' as RoomId)
const keys = Array.from({ length: 5_000 }, (_, index) => `room:${index.toString(16).padStart(8, '0')}` as ActorKey)
const order = (of: ActorKey, members: Member[]) =>
  placement.preferences(of, viewOf(...members)).map(({ member }) => member.process)
const skips = (members: Member[]) =>
  Object.fromEntries(
    placement.preferences(key, viewOf(...members)).map(({ member, skipped }) => [member.process, skipped]),
  )
const firsts = (members: Member[]) => {
  const view = viewOf(...members)
  return keys.map((each) => placement.choose(each, view)!.process)
}
const countOf = (owners: string[], process: string) => owners.filter((owner) => owner === process).length

interface Golden {
  readonly placementVersion: number
  readonly weights: Record<string, number>
  readonly orders: Record<string, string[]>
  readonly wished: {
    readonly places: Record<string, { readonly region: string | null; readonly hostLabel: string }>
    readonly wishes: Wishes
    readonly orders: Record<string, string[]>
  }
}

test('the order of a version is the one that was written down when it was released', () => {
  const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden
  assert.equal(golden.placementVersion, placementVersion)
  const members = Object.entries(golden.weights).map(([process, weight]) => node(process, { weight }))
  for (const [each, expected] of Object.entries(golden.orders)) {
    assert.deepEqual(order(each as ActorKey, members), expected, each)
    assert.deepEqual(order(each as ActorKey, members.toReversed()), expected, `${each}, asked in another order`)
  }
})

test('the order with wishes of a version is the one that was written down too', () => {
  const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden
  const { places, wishes, orders } = golden.wished
  const members = Object.entries(golden.weights).map(([process, weight]) =>
    node(process, { weight, ...places[process] }),
  )
  assert.deepEqual(Object.keys(orders), Object.keys(golden.orders))
  for (const [each, expected] of Object.entries(orders)) {
    const list = placement.preferences(each as ActorKey, viewOf(...members), wishes)
    assert.deepEqual(
      list.map(({ member }) => member.process),
      expected,
      each,
    )
  }
})

test('every node of equal weight is first for about as many keys', () => {
  const owners = firsts(nodes(8))
  for (const { process } of nodes(8)) {
    const share = countOf(owners, process) / (keys.length / 8)
    assert.ok(share > 0.85 && share < 1.15, `${process} has ${share} of its share`)
  }
})

test('a node of weight 3 is first for three times as many keys as one of weight 1', () => {
  const owners = firsts([node('node-1', { weight: 3 }), node('node-2'), node('node-3')])
  const share = countOf(owners, 'node-1') / keys.length
  assert.ok(share > 0.57 && share < 0.63, `${share} of all keys`)
})

test('a node that leaves moves its own keys and no other, each to the next on its list', () => {
  const all = nodes(8)
  const left = all.filter(({ process }) => process !== 'node-3')
  const before = firsts(all)
  const after = firsts(left)
  for (const [index, owner] of before.entries()) {
    const expected = owner === 'node-3' ? order(keys[index]!, all)[1] : owner
    assert.equal(after[index], expected)
  }
  assert.ok(countOf(before, 'node-3') > 0)
})

test('processes that are not nodes are on no list', () => {
  const list = order(key, [
    node('gateway-1', { role: 'gateway' }),
    node('worker-1', { role: 'worker' }),
    node('node-1'),
  ])
  assert.deepEqual(list, ['node-1'])
})

test('nodes that join, drain, have no time or order by another version are passed over, and it is said why', () => {
  const members = [
    node('node-1', { state: 'joining' }),
    node('node-2', { state: 'draining' }),
    node('node-3', { placementVersion: placementVersion + 1 }),
    node('node-4'),
    node('node-5', { state: 'refusing' }),
    node('node-6', { state: 'recordless' }),
  ]
  assert.deepEqual(skips(members), {
    'node-1': 'joining',
    'node-2': 'draining',
    'node-3': 'other_placement_version',
    'node-4': null,
    'node-5': 'refusing',
    'node-6': 'recordless',
  })
  for (const each of keys.slice(0, 50)) {
    assert.equal(placement.choose(each, viewOf(...members))?.process, 'node-4')
  }
})

test('a node more than a tenth above its share of the load is passed over', () => {
  const loads = (...all: number[]) => skips(all.map((load, index) => node(`node-${index + 1}`, { load })))
  assert.deepEqual(loads(110, 90, 100), { 'node-1': null, 'node-2': null, 'node-3': null })
  assert.deepEqual(loads(111, 90, 99), { 'node-1': 'over_bound', 'node-2': null, 'node-3': null })
})

test('a share counts by weight, and one actor above a small share is no overload', () => {
  const heavy = [node('node-1', { load: 200, weight: 2 }), node('node-2', { load: 100 })]
  assert.deepEqual(skips(heavy), { 'node-1': null, 'node-2': null })
  assert.deepEqual(skips([node('node-1', { load: 1 }), node('node-2')]), { 'node-1': null, 'node-2': null })
  assert.deepEqual(skips([node('node-1', { load: 4 }), node('node-2')]), { 'node-1': 'over_bound', 'node-2': null })
})

test('the load of a node that takes no new actors does not count', () => {
  const members = [node('node-1', { load: 9_000, state: 'draining' }), node('node-2', { load: 10 }), node('node-3')]
  assert.deepEqual(skips(members), { 'node-1': 'draining', 'node-2': 'over_bound', 'node-3': null })
})

test('a node of the region is measured by the region alone, the others by all nodes', () => {
  const members = [
    node('node-1', { region: 'west', load: 100 }),
    node('node-2', { region: 'west', load: 130 }),
    node('node-3', { region: 'east', load: 10 }),
    node('node-4', { region: 'east', load: 14 }),
  ]
  const over = (region: string | null) =>
    placement
      .preferences(key, viewOf(...members), { region })
      .filter(({ skipped }) => skipped === 'over_bound')
      .map(({ member }) => member.process)
      .sort()
  assert.deepEqual(over('west'), ['node-2'])
  assert.deepEqual(over('east'), ['node-1', 'node-2', 'node-4'])
  assert.deepEqual(over(null), ['node-1', 'node-2'])
})

test('where every node is passed over, the best of all is chosen; where there is none, nobody', () => {
  const draining = nodes(3).map((member) => ({ ...member, state: 'draining' as const }))
  assert.equal(placement.choose(key, viewOf(...draining))?.process, order(key, draining)[0])
  assert.equal(placement.choose(key, viewOf()), null)
  assert.equal(placement.choose(key, viewOf(node('gateway-1', { role: 'gateway' }))), null)
})
