import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame } from '../../protocol/zone/codec.ts'
import { PositionAuthority } from './authority.ts'
import { defaultAuthority } from '../../protocol/zone/authority-rules.ts'
import { BatchReader } from './batch-reader.ts'
import { ZoneEngine } from './engine.ts'
import { defaultRules } from '../../protocol/zone/rules.ts'

function region() {
  const engine = new ZoneEngine(defaultRules, 4)
  const authority = new PositionAuthority(defaultAuthority, 10, 4)
  const slot = engine.join({ ...{ player: 1, x: 160, y: 160, z: 0, stance: 1 }, speakMask: 1, hearMask: 1, party: 0 })
  authority.begin(slot, 160, 160, 0, 0)
  return { engine, slot, reader: new BatchReader(engine, authority) }
}

const batch = (...position: { slot: number; x: number; flags?: number }[]) =>
  encodeFrame({
    ...{ type: 'batch' as const, zone: 1, region: 2, epoch: 3 },
    position: position.map(({ slot, x, flags = 2 }) => ({ slot, x, y: 160, z: 0, yaw: 0, flags, vx: 8, vy: 0 })),
  })

test('the last of several positions counts, and speech and stance come with it', () => {
  const { engine, slot, reader } = region()
  const address = engine.players.addressOf(slot)
  reader.read(batch({ slot: address, x: 170 }, { slot: address, x: 180, flags: 0b101 }))
  assert.deepEqual(reader.outcome, { taken: 2, refused: 0, unknown: 0 })
  assert.deepEqual([...engine.players.place.subarray(slot * 4, slot * 4 + 2)], [180, 160])
  assert.equal(engine.players.stance[slot], 2)
  assert.equal(engine.players.spokeAt[slot], engine.now)
  assert.equal(BatchReader.epochOf(batch()), 3)
})

test('what was meant for a former holder of the slot moves nobody', () => {
  const { engine, slot, reader } = region()
  const address = engine.players.addressOf(slot)
  engine.leave(slot)
  for (let n = 0; n < 2; n++) engine.tick(() => undefined)
  engine.join({ ...{ player: 2, x: 16, y: 16, z: 0, stance: 1 }, speakMask: 1, hearMask: 1, party: 0 })
  reader.read(batch({ slot: address, x: 170 }, { slot: 3, x: 5 }, { slot: 0xffff_ffff, x: 5 }))
  assert.deepEqual(reader.outcome, { taken: 0, refused: 0, unknown: 3 })
})

test('who is suddenly elsewhere stays, and the others of the batch move', () => {
  const { engine, slot, reader } = region()
  const address = engine.players.addressOf(slot)
  reader.read(batch({ slot: address, x: 1500 }, { slot: address, x: 164 }))
  assert.deepEqual(reader.outcome, { taken: 1, refused: 1, unknown: 0 })
})

test('bytes that are no batch are refused as a whole', () => {
  const { reader } = region()
  const good = batch({ slot: 0, x: 1 })
  for (const bytes of [good.subarray(0, 26), new Uint8Array(), Uint8Array.from([...good, 1]), Uint8Array.of(0x20)]) {
    assert.throws(() => reader.read(bytes), { code: 'VALIDATION_FAILED' })
  }
})
