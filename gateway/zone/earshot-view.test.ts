import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeFrame, encodeFrame } from '../../protocol/zone/codec.ts'
import { EarshotView, withoutUpdates } from './earshot-view.ts'

const where = { x: 1, y: 2, z: 3, vx: 4, vy: 5 }
const enter = (alias: number, player: number) => ({ alias, player, flags: 2, ...where })
const update = (alias: number) => ({ alias, ...where })
interface Lists {
  readonly enter?: readonly ReturnType<typeof enter>[]
  readonly leave?: readonly number[]
  readonly update?: readonly number[]
  readonly slot?: readonly { slot: number; alias: number }[]
}
const changes = ({ enter = [], leave = [], update: updates = [], slot = [] }: Lists) =>
  encodeFrame({
    ...{ type: 'changes', tick: 1, enter, slot },
    ...{ leave: leave.map((alias) => ({ alias })), update: updates.map(update) },
  })
const resync = (...players: readonly (readonly [number, number])[]) =>
  encodeFrame({
    ...{ type: 'resync', tick: 1, epoch: 1, originX: 0, originY: 0, originZ: 0, hz: 10, slot: [] },
    enter: players.map(([alias, player]) => enter(alias, player)),
  })

describe('whom a client has in earshot', () => {
  test('is what its frames told, one on top of the other', () => {
    const view = new EarshotView()
    assert.deepEqual(view.take(resync([1, 100], [2, 200])), [100, 200])
    assert.deepEqual(view.take(changes({ leave: [1], enter: [enter(1, 300)], update: [2] })), [300])
    assert.deepEqual([view.hears(100), view.hears(200), view.hears(300), view.size], [false, true, true, 2])
    assert.deepEqual(view.take(resync([9, 4_000_000_000])), [4_000_000_000])
    assert.deepEqual([view.hears(200), view.hears(4_000_000_000)], [false, true])
  })

  test('takes who sounds otherwise than before for the same person', () => {
    const view = new EarshotView()
    view.take(resync([1, 100]))
    assert.deepEqual(view.take(changes({ enter: [enter(1, 100)] })), [])
    assert.equal(view.size, 1)
  })

  test('does not take a frame of somebody it has not heard come, or under whose alias it knows another', () => {
    const fitting = () => {
      const view = new EarshotView()
      view.take(resync([1, 100]))
      return view
    }
    for (const lists of [{ update: [2] }, { leave: [2] }, { enter: [enter(1, 101)] }, { leave: [1], update: [1] }]) {
      assert.equal(fitting().take(changes(lists)), null)
    }
    assert.equal(fitting().take(changes({ update: [1] }).subarray(0, -1)), null)
    assert.equal(fitting().take(resync([1, 2]).subarray(0, -1)), null)
    assert.equal(fitting().take(resync().subarray(0, 5)), null)
    assert.equal(fitting().take(Uint8Array.of(0x77)), null)
  })
})

describe('a frame without its places', () => {
  test('has who comes, goes and is heard in it, and is none where nothing of that is', () => {
    const slot = [{ slot: 0, alias: 3 }]
    const full = changes({ leave: [1], enter: [enter(3, 5)], update: [2, 4], slot })
    const kept = withoutUpdates(full)
    assert.ok(kept)
    assert.deepEqual(decodeFrame(kept), decodeFrame(changes({ leave: [1], enter: [enter(3, 5)], slot })))
    assert.equal(withoutUpdates(changes({ update: [1] })), null)
    const none = changes({ slot })
    assert.equal(withoutUpdates(none), none)
  })
})
