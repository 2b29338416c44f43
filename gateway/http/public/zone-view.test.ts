import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeFrame, encodeFrame, type ZoneTwin } from '../../../protocol/zone/codec.ts'
import { hashOf } from '../../../protocol/zone/frames.ts'
import { ZoneView } from './zone-view.js'
import { positionFrame, readFrame } from './zone-wire.js'

const bytes = (twin: ZoneTwin): ArrayBuffer => encodeFrame(twin).slice().buffer as ArrayBuffer
const enter = (alias: number, player: number, more = {}) => ({
  ...{ alias, player, flags: 2, x: 160, y: 320, z: -16, vx: 8, vy: -16 },
  ...more,
})
const resync = (...people: ReturnType<typeof enter>[]): ZoneTwin => ({
  ...{ type: 'resync', tick: 1, epoch: 7, originX: 1_600, originY: 0, originZ: 32, hz: 10 },
  ...{ enter: people, slot: people.map(({ alias }, slot) => ({ slot, alias })) },
})
const changes = (more: object): ZoneTwin =>
  ({ type: 'changes', tick: 2, leave: [], enter: [], update: [], slot: [], ...more }) as never
const players = (view: ZoneView) => [...view.earshot].map(({ player }) => player)

describe('what a page knows of a zone', () => {
  test('is read from the bytes that regions write', () => {
    const frame = readFrame(bytes(resync(enter(3, 4_293_918_721))))
    assert.equal(frame?.type, 'resync')
    assert.deepEqual(frame.enters, [enter(3, 4_293_918_721)])
    assert.equal(readFrame(Uint8Array.of(0x77).buffer), null)
    assert.throws(() => readFrame(bytes(resync(enter(3, 9))).slice(0, -1)), RangeError)
  })

  test('counts places from the corner of the zone, and reckons them on for a while', () => {
    const view = new ZoneView()
    view.take(bytes(resync(enter(3, 9))), 1_000)
    const [peer] = view.earshot
    assert.ok(peer)
    assert.deepEqual(view.placeOf(peer, 1_000), { x: 110, y: 20, z: 1 })
    assert.deepEqual(view.placeOf(peer, 2_000), { x: 111, y: 18, z: 1 })
    assert.deepEqual(view.placeOf(peer, 60_000), view.placeOf(peer, 3_500))
  })

  test('follows who comes, moves, goes and is heard', () => {
    const view = new ZoneView()
    view.take(bytes(resync(enter(3, 9), enter(4, 10))), 0)
    assert.deepEqual(view.audible, new Set([9, 10]))
    view.take(
      bytes(
        changes({
          leave: [{ alias: 3 }],
          enter: [enter(5, 11)],
          update: [{ alias: 4, x: 0, y: 0, z: 0, vx: 0, vy: 0 }],
          slot: [{ slot: 1, alias: 5 }],
        }),
      ),
      100,
    )
    assert.deepEqual(players(view), [10, 11])
    assert.deepEqual(view.audible, new Set([11]))
    const [moved] = view.earshot
    assert.equal(moved?.x, 100)
    view.take(bytes(resync(enter(9, 12))), 200)
    assert.deepEqual(players(view), [12])
  })

  test('is compared with the region, and asked for again when it is not the same, at most once a second', () => {
    const view = new ZoneView()
    view.take(bytes(resync(enter(3, 4_293_918_721), enter(200, 10))), 0)
    const own = (hashOf(3, 4_293_918_721) + hashOf(200, 10)) & 0xffff
    assert.equal(view.take(bytes({ type: 'hash', tick: 3, hash: own }), 10), null)
    const other = bytes({ type: 'hash', tick: 3, hash: own ^ 1 })
    const ask = view.take(other, 20)
    assert.ok(ask)
    assert.deepEqual(decodeFrame(ask), { type: 'resync_ask', epoch: 7, hash: own })
    assert.equal(view.take(other, 500), null)
    assert.ok(view.take(bytes(changes({ update: [{ alias: 77, x: 0, y: 0, z: 0, vx: 0, vy: 0 }] })), 1_100))
  })
})

test('a page says where it is in the bytes that gateways read', () => {
  const frame = positionFrame({
    ...{ seq: 65_537, x: 12.5, y: 5_000, z: -2, vx: 5, vy: -99, yaw: 64 },
    ...{ speaks: true, stance: 'shout' as const, still: true },
  })
  assert.deepEqual(decodeFrame(frame), {
    ...{ type: 'position', flags: 1 | (2 << 1) | 16, seq: 1, x: 200, y: 65_535, z: -32, yaw: 64, vx: 40, vy: -128 },
  })
})
