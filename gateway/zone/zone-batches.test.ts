import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeFrame, encodeFrame, type ZoneTwin } from '../../protocol/zone/codec.ts'
import { batchMaxBytes } from './position-batch.ts'
import { ZoneBatches } from './zone-batches.ts'

const position = (x: number) => encodeFrame({ type: 'position', flags: 2, seq: 1, x, y: 0, z: 0, yaw: 0, vx: 0, vy: 0 })

function collecting() {
  const sent: { readonly region: number; readonly bytes: Uint8Array }[] = []
  const batches = new ZoneBatches(0xfffffffe, (region, bytes) => sent.push({ region, bytes }))
  const places = () =>
    sent.map(({ bytes }) => {
      const twin = decodeFrame(bytes) as Extract<ZoneTwin, { type: 'batch' }> & Record<'region' | 'epoch', number>
      return [twin.region, twin.epoch, ...twin.position.map(({ slot, x }) => `${slot}:${x}`)]
    })
  return { batches, sent, places }
}
const seat = (region: number, slot: number, regionEpoch = 1) => ({ region, slot, regionEpoch, epoch: 0 })

describe('the positions of a zone', () => {
  test('go to each region together, the last of each player, once', () => {
    const { batches, places, sent } = collecting()
    batches.put(seat(1, 7), position(1))
    batches.put(seat(2, 7), position(2))
    batches.put(seat(1, 7), position(3))
    batches.flush()
    batches.flush()
    assert.deepEqual(places(), [
      [1, 1, '7:3'],
      [2, 1, '7:2'],
    ])
    assert.equal(sent.length, 2)
  })

  test('go at once when a packet is full', () => {
    const { batches, sent } = collecting()
    for (let slot = 0; slot < 150; slot++) batches.put(seat(1, slot), position(slot))
    assert.equal(sent.length, 1)
    batches.flush()
    assert.equal(sent.length, 2)
    assert.ok(sent.every(({ bytes }) => bytes.length <= batchMaxBytes))
  })

  test('go at once where nothing was waiting, and those behind the first one together', () => {
    const { batches, places } = collecting()
    batches.put(seat(1, 7), position(1))
    batches.flush()
    batches.flush()
    batches.put(seat(1, 7), position(2))
    assert.deepEqual(places(), [
      [1, 1, '7:1'],
      [1, 1, '7:2'],
    ])
    batches.put(seat(1, 8), position(3))
    batches.put(seat(1, 7), position(4))
    batches.flush()
    assert.deepEqual(places().at(-1), [1, 1, '8:3', '7:4'])
  })

  test('that wait for an earlier life of a region, or for one that is over, are of no use', () => {
    const { batches, places } = collecting()
    batches.put(seat(1, 7, 1), position(1))
    batches.put(seat(1, 8, 2), position(2))
    batches.put(seat(2, 9), position(3))
    batches.keep(new Set([1]))
    batches.flush()
    assert.deepEqual(places(), [[1, 2, '8:2']])
  })
})
