import { describe, test } from 'node:test'
import fc from 'fast-check'
import { shardKey } from '../../protocol/zone/plan.ts'
import { cutRegion, mergeRegion, regionsOf, type RegionMap } from '../../protocol/zone/region-map.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { calm, WalkersOnCluster, type Walker, type Weather } from '../support/walkers.ts'
import { planOf, zoneId } from '../support/zone-bench.ts'

/*
 * Regions and gateways as they are, and between them a network that loses, doubles and delays. At every moment a client that folds what it is told meets no
 * contradiction, and no two regions tell a player in one epoch: `walkers.ts` holds that. What everybody hears is held against where everybody is.
 */

const quarters = [
  { id: 1, axis: 'x', at: 512 },
  { id: 2, axis: 'y', at: 512 },
  { id: 3, axis: 'y', at: 512 },
] as const
const whole = planOf().map
const cutInFour = quarters.reduce<RegionMap>((map, { id, axis, at }) => cutRegion(map, id, { axis, at }), whole)

/** What happens while they walk: at a step of a tenth of a second. */
type Event = { readonly step: number } & (
  | { readonly what: 'kill'; readonly region: number }
  | { readonly what: 'leap'; readonly walker: number; readonly x: number; readonly y: number }
  | { readonly what: 'cut' }
  | { readonly what: 'merge' }
)

interface Walk {
  readonly seed: number
  readonly speedMps: number
  readonly events: readonly Event[]
}

const steps = 60
/** Places are sixteenths of a metre: two of them are off by so much. */
const quantumM = 0.1
const near = fc.integer({ min: 452, max: 572 })
const walks = (events: fc.Arbitrary<Event>): fc.Arbitrary<Walk> =>
  fc.record({
    seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
    speedMps: fc.constantFrom(2, 6, 15),
    events: fc.array(events, { maxLength: 5 }),
  })
const step = fc.integer({ min: 0, max: steps - 1 })
const leaps = fc.record({ step, what: fc.constant('leap' as const), walker: fc.nat(11), x: near, y: near })
const changes = fc.oneof(
  fc.record({ step, what: fc.constant('cut' as const) }),
  fc.record({ step, what: fc.constant('merge' as const) }),
)
const kills = fc.record({ step, what: fc.constant('kill' as const), region: fc.nat(3) })

/** Twelve people around the point where four regions meet. */
async function run({ seed, speedMps, events }: Walk, weather: Weather, during: (world: WalkersOnCluster) => void) {
  const random = new SeededRandom(seed)
  const lot = () => random.fraction()
  const leapt = new Set<number>()
  let map = cutInFour
  const world = await WalkersOnCluster.open(['node-1', 'node-2', 'node-3'], { map }, lot)
  const gateways = [await world.gateway('gateway-1'), await world.gateway('gateway-2')]
  for (let n = 0; n < 12; n++) await gateways[n % 2]!.enter(`u${n}`, 462 + lot() * 100, 462 + lot() * 100)
  await world.walk(1_000)
  world.weather = weather
  const headings = new Map<Walker, number>(world.walkers.map((walker) => [walker, lot() * 6.28]))
  const stride = (walker: Walker) => {
    if (lot() < 0.1) headings.set(walker, lot() * 6.28)
    const heading = headings.get(walker)!
    walker.x = Math.max(442, Math.min(582, walker.x + (Math.cos(heading) * speedMps) / 10))
    walker.y = Math.max(442, Math.min(582, walker.y + (Math.sin(heading) * speedMps) / 10))
  }
  for (let at = 0; at < steps; at++) {
    for (const event of events.filter((one) => one.step === at)) {
      if (event.what === 'leap') {
        // One leap in five seconds is what a client has.
        if (leapt.has(event.walker)) continue
        leapt.add(event.walker)
        Object.assign(world.walkers[event.walker]!, { x: event.x, y: event.y, leaps: true })
      } else if (event.what === 'kill') {
        const leaf = regionsOf(map)[event.region % regionsOf(map).length]!
        const owner = world.bench.nodes.find(
          (node) => !node.process.isDead && node.positionOf(shardKey(zoneId, leaf.id)) !== null,
        )
        if (owner && world.bench.nodes.filter(({ process }) => !process.isDead).length > 1) owner.crash()
      } else {
        const leaves = regionsOf(map)
        const next =
          event.what === 'cut'
            ? cutRegion(map, leaves[0]!.id, {
                axis: 'x',
                at: Math.round((leaves[0]!.rect.left + leaves[0]!.rect.right) / 64) * 32,
              })
            : mergeRegion(map, leaves.at(-1)!.id)
        if (next.version === map.version || leaves.length > 6) continue
        map = next
        await gateways[0]!.plan({ map })
      }
    }
    await world.walk(100, stride)
    during(world)
  }
  // Nobody walks any more and nothing is lost: whatever became of it, all hear whom they should.
  world.weather = calm
  await world.walk(events.some(({ what }) => what === 'kill') ? 15_000 : 5_000)
  world.check(30 - quantumM, 33 + quantumM)
}

describe('regions of a zone', () => {
  test('hear across borders as one region would, while everybody walks', async () => {
    await fc.assert(
      fc.asyncProperty(walks(changes), async (walk) => {
        // Twice the way of three tenths of a second: a ghost's age, and a tick on each side.
        const slack = (2 * walk.speedMps * 3) / 10 + 0.2
        await run(walk, calm, (world) => world.check(30 - slack, 33 + slack))
      }),
      { numRuns: 8, includeErrorInReport: true },
    )
  })

  test('find together again after datagrams were lost, doubled and late, and nodes died', async () => {
    const storm = { loss: 0.15, twice: 0.1, late: 0.2 }
    await fc.assert(
      fc.asyncProperty(walks(fc.oneof(leaps, changes, kills)), (walk) => run(walk, storm, () => undefined)),
      { numRuns: 8, includeErrorInReport: true },
    )
  })
})
