import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UserId } from '../ids.ts'
import { decodeToGateway, decodeToShard, encodeLink } from './link-codec.ts'
import type { BetweenRegions, ToGateway, ToRegion } from './link-messages.ts'

const userId = 'ann' as UserId
const who = {
  player: 5,
  userId,
  name: 'Ann',
  party: 0,
  enteredAtMs: 1_700_000_000_000,
  speakMask: 1,
  hearMask: 0xffff_ffff,
}
const place = { x: 1, y: 65_280, z: -7, stance: 2 }
const passage = { epoch: 2 ** 52, out: 7, seq: 9 }

const toShard: readonly (ToRegion | BetweenRegions)[] = [
  { type: 'adopt', who, place, passage },
  { type: 'fenced', player: 5, epoch: 3 },
  { type: 'gone', player: 5 },
  { type: 'resync', player: 5 },
  { type: 'changed', who },
  { type: 'placed', places: [{ userId, ...place }] },
  { type: 'signal', from: 5, to: 6, body: { message_type: 'offer' } },
  { type: 'earshot_of', ask: 1, userId },
  { type: 'show', ask: 1, points: true },
  { type: 'hand', player: 5, message: { type: 'prepare', from: 1, passage } },
  { type: 'hand', player: 5, message: { type: 'ready', from: 1, of: 1, epoch: 2 } },
  {
    ...{ type: 'hand', player: 5, message: { type: 'commit', from: 1, passage } },
    record: { who, place, peers: [{ alias: 1, player: 6, slot: -1 }], lastAlias: 9, tether: { x: 1, y: 2, z: 3 } },
  },
  { type: 'hand', player: 5, message: { type: 'committed', from: 1, epoch: 2 } },
  { type: 'hand', player: 5, message: { type: 'position', seq: 4 }, place },
  { type: 'load', from: 1, players: 9, tickP95Ms: 0.25 },
  { type: 'ghosts_again', from: 3 },
  { type: 'names', players: [{ player: 5, userId, name: 'Ann' }] },
]
const toGateway: readonly ToGateway[] = [
  { type: 'seated', player: 5, epoch: 3, region: 1, slot: 65_537, speakMask: 1, hearMask: 0 },
  { type: 'reroute', player: 5, epoch: 3, region: 2 },
  { type: 'refused', player: 5, code: 'ZONE_FULL' },
  { type: 'overload', region: 1, rung: 3 },
  { type: 'earshot', ask: 1, player: 0, earshot: [{ userId, distanceM: 1.5, isAudible: true }] },
  {
    type: 'shown',
    ask: 1,
    shard: {
      ...{ region: 1, node: 'n', epoch: 3, planVersion: 1, players: 2, ghosts: 1 },
      ...{ tickMeanMs: 0.5, tickP95Ms: 1, rung: 0, points: [1, 2, 0] },
    },
  },
  { type: 'names', players: [{ player: 5, userId, name: 'Ann' }] },
  { type: 'signal', from: 5, to: 6, body: null },
]

describe('what gateways and regions say to each other', () => {
  test('comes out of its bytes as it went in', () => {
    for (const said of toShard) assert.deepEqual(decodeToShard(encodeLink(said)), said)
    for (const said of toGateway) assert.deepEqual(decodeToGateway(encodeLink(said)), said)
  })

  test('is refused with a field too many, one too few, or one that does not fit', () => {
    for (const said of toShard) {
      const fields = Object.keys(said).filter((field) => !['type', 'record', 'place', 'body'].includes(field))
      for (const field of fields) {
        assert.throws(() => decodeToShard(encodeLink({ ...said, [field]: undefined })), `${said.type} without ${field}`)
        assert.throws(() => decodeToShard(encodeLink({ ...said, [field]: 'x\u0000' })))
      }
      assert.throws(() => decodeToShard(encodeLink({ ...said, more: 1 } as never)))
    }
  })

  test('is refused from the wrong side, and where it is no JSON', () => {
    assert.throws(() => decodeToShard(encodeLink(toGateway[0]!)), { code: 'UNKNOWN_FRAME' })
    assert.throws(() => decodeToGateway(encodeLink(toShard[0]!)), { code: 'UNKNOWN_FRAME' })
    for (const bytes of [[], [0x7b], [0x7b, 0xff], [0x6e, 0x75, 0x6c, 0x6c]]) {
      assert.throws(() => decodeToShard(Uint8Array.from(bytes)))
    }
  })
})
