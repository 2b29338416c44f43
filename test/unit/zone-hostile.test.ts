import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encodeFrame } from '../../protocol/zone/codec.ts'
import { encodeLink } from '../../protocol/zone/link-codec.ts'
import { shardKey, zoneNumber } from '../../protocol/zone/plan.ts'
import { cutRegion } from '../../protocol/zone/region-map.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { WalkersOnCluster } from '../support/walkers.ts'
import { planOf, zoneId } from '../support/zone-bench.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** What is held on to, B. */
const liveHeap = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

const zone = zoneNumber(zoneId)
const state = { flags: 2, x: 8_000, y: 1_600, z: 0, vx: 1, vy: 1 }
const samples = [
  encodeFrame({
    ...{ type: 'batch', zone, region: 2, epoch: 1 },
    position: Array.from({ length: 4 }, (_, slot) => ({ ...state, slot: 0x1_0000 + slot, yaw: 0 })),
  }),
  encodeFrame({
    ...{ type: 'ghosts', zone, region: 3, epoch: 1, seq: 5 },
    appear: [{ ...state, player: 99, speakMask: 1, party: 0 }],
    move: [{ ...state, player: 98 }],
    gone: [{ player: 97 }],
  }),
  encodeLink({ type: 'hand', player: 7, message: { type: 'position', seq: 3 } }),
  encodeLink({ type: 'show', ask: 1, points: false }),
]

test('a hundred thousand malformed datagrams hurt neither their region, nor its neighbour, nor memory', async () => {
  const random = new SeededRandom(20_261_127)
  const lot = () => random.fraction()
  const world = await WalkersOnCluster.open(['node-1', 'node-2'], {
    map: cutRegion(planOf().map, 1, { axis: 'x', at: 512 }),
  })
  const gateway = await world.gateway('gateway-1')
  for (let n = 0; n < 8; n++) await gateway.enter(`u${n}`, 490 + n * 6, 100 + (n % 3) * 5)
  await world.walk(1_000)
  const pairs = world.check(30, 33)
  const comings = world.walkers.map(({ listener }) => listener.comings.length)
  /** Cut short, made longer, or with some bytes of it others; or nothing of ours at all. Never one that says what it should. */
  const malformed = (): Uint8Array => {
    const sample = samples[Math.floor(lot() * samples.length)]!
    const kind = Math.floor(lot() * 4)
    if (kind === 0) return sample.slice(0, Math.floor(lot() * sample.length))
    if (kind === 1)
      return Uint8Array.from([...sample, ...Array.from({ length: 1 + Math.floor(lot() * 40) }, () => lot() * 256)])
    if (kind === 2) return Uint8Array.from({ length: Math.floor(lot() * 200) }, () => lot() * 256)
    const bytes = sample.slice()
    // The count of a frame, and a brace of JSON.
    for (let n = 0; n < 3; n++) bytes[Math.floor(lot() * Math.min(bytes.length, 19))] = lot() * 256
    bytes[bytes.length - 1] = 0
    return bytes.slice(0, bytes.length - 1)
  }
  const send = async (count: number) => {
    for (let n = 0; n < count; n++) {
      gateway.router.datagram(shardKey(zoneId, 2), malformed(), n % 2 === 0 ? 0 : 1)
      if (n % 1_000 === 999) await world.walk(100)
    }
  }
  const cameBefore = world.datagrams
  await send(10_000)
  const before = liveHeap()
  await send(90_000)
  const grown = liveHeap() - before
  assert.ok(world.datagrams - cameBefore > 100_000, 'they came')
  assert.ok(grown < 2_000_000, `the heap grew by ${grown} B`)
  await world.walk(1_000)
  assert.equal(world.check(30, 33), pairs)
  assert.deepEqual(
    world.walkers.map(({ listener }) => listener.comings.length),
    comings,
  )
  assert.ok(world.walkers.every(({ isOut }) => !isOut))
})
