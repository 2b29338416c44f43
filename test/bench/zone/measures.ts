import { ZoneEngine } from '../../../actors/zone/engine.ts'
import { defaultRules } from '../../../protocol/zone/rules.ts'
import { ms, quantile, type Figure } from '../figures.ts'
import { Region } from './region.ts'
import { Regions } from './shard.ts'
import { crowdedGridScan, flatbush, gridScan, kdbush, type Rival } from './rivals.ts'
import { lots, sideFor, World } from './world.ts'

const seed = 20_261_126
const mean = (samples: readonly number[]): number => samples.reduce((a, b) => a + b, 0) / samples.length

/** What something took, ms. */
interface Cost {
  readonly wall: number
  /** Of all threads of the process: what others do on the machine is not in it. */
  readonly cpu: number
}

function costOf(run: () => void): Cost {
  const [from, before] = [performance.now(), process.cpuUsage()]
  run()
  const { user, system } = process.cpuUsage(before)
  return { wall: performance.now() - from, cpu: (user + system) / 1000 }
}

const cpuOf = (costs: readonly Cost[]): number => mean(costs.map(({ cpu }) => cpu))
const spread = (costs: readonly Cost[]): string => {
  const wall = costs.map(({ wall }) => wall)
  return `${ms(cpuOf(costs))} of CPU; mean ${ms(mean(wall))}, p50 ${ms(quantile(wall, 0.5))}, p99 ${ms(quantile(wall, 0.99))}`
}

const arrivalAt = (player: number, x: number, y: number) => ({
  ...{ player, x: Math.round(x), y: Math.round(y), z: 0 },
  ...{ stance: 1, speakMask: 1, hearMask: 1, party: 0 },
})

/** Everything of a tick but the sockets: the figure that decides how many a core carries. */
function wholeTicks(n: number, k: number, goal: string, withBytes: boolean): Figure[] {
  const world = new World(n, sideFor(n, k), seed)
  const region = new Region(world, Math.round(n * 0.13))
  const step = () => {
    world.step()
    region.fill()
    return costOf(() => {
      region.tick()
    })
  }
  for (let tick = 0; tick < 60; tick++) step()
  region.frames = region.bytes = 0
  const ticks = 400
  const heap = process.memoryUsage().heapUsed
  const times = Array.from({ length: ticks }, step)
  const grown = (process.memoryUsage().heapUsed - heap) / ticks
  const perSecond = (count: number) => (count / n / ticks) * 10
  const heard = region.slots.reduce((sum, slot) => sum + region.engine.earshot.rows.members[slot]!, 0) / n
  const figure: Figure = {
    what: `whole tick, ${n.toLocaleString('en')} players and ${Math.round(n * 0.13)} ghosts, k = ${k}: decode, interest, rank, reckoning, encode`,
    value: spread(times),
    goal,
  }
  if (!withBytes) return [figure]
  return [
    figure,
    {
      what: `down to each client at k = ${k} (${heard.toFixed(1)} in earshot)`,
      value: `${perSecond(region.bytes).toFixed(0)} B/s in ${perSecond(region.frames).toFixed(2)} frames/s`,
      goal: '250 B/s, 6 frames/s',
    },
    {
      what: 'memory of a player, columns and rows',
      value: `${(region.engine.bytes / n).toFixed(0)} B`,
      goal: '700 B (stretch 400)',
    },
    {
      what: `heap that a tick of ${n.toLocaleString('en')} takes`,
      value: `${(grown / 1024).toFixed(1)} KiB`,
      goal: 'none for each player',
    },
  ]
}

/** A region as its node has it, with the border to another one: everything but the links. */
async function wholeRegion(n: number, goal: string): Promise<Figure[]> {
  const world = new World(2 * n, sideFor(2 * n, 20), seed)
  const cutAtM = Math.round(world.side / 16 / 64) * 32
  const regions = new Regions(world, [{ region: 1, axis: 'x', at: cutAtM }])
  const [own, other] = [regions.shards.get(2)!, regions.shards.get(3)!]
  const step = async (): Promise<Cost> => {
    world.step()
    const [mine, theirs] = [regions.lettersFor(2), regions.lettersFor(3)]
    const cost = costOf(() => {
      for (const letter of mine) own.hear(letter)
      own.tick()
    })
    for (const letter of theirs) other.hear(letter)
    other.tick()
    await regions.pass(100)
    return cost
  }
  for (let tick = 0; tick < 60; tick++) await step()
  regions.ghostBytes = regions.deliveredBytes = regions.handOffs = 0
  const ticks = 300
  const times: Cost[] = []
  for (let tick = 0; tick < ticks; tick++) times.push(await step())
  const { zone_players: players = 0, zone_ghosts: ghosts = 0 } = own.gauges
  const perSecond = (count: number) => (count / ticks) * 10
  return [
    {
      what: `a region of a node, ${players.toLocaleString('en')} players of 8 gateways and ${ghosts} ghosts, k = 20: batches, interest, rank, frames, records, ghosts, hand-offs`,
      value: spread(times),
      goal,
    },
    {
      what: 'across its border',
      value: `${(perSecond(regions.ghostBytes) / 2_000).toFixed(0)} kB/s of ghosts each way, ${perSecond(regions.handOffs / 2).toFixed(0)} hand-offs a second`,
      goal: 'none set',
    },
  ]
}

/** An engine full of people, who walk as the world says. */
function peopled(world: World): { readonly engine: ZoneEngine; readonly walk: () => void } {
  const engine = new ZoneEngine(defaultRules, world.n + 8)
  for (let i = 0; i < world.n; i++) engine.join(arrivalAt(i + 1, world.x[i]!, world.y[i]!))
  const walk = (): void => {
    for (let i = 0; i < world.n; i++) {
      engine.move(i, world.stepX[i]!, world.stepY[i]!, 0, world.eighthsX[i]!, world.eighthsY[i]!)
    }
  }
  return { engine, walk }
}

/** Whole ticks without a frame: sets, ranks and reckoning. */
function interest(world: World): () => void {
  const { engine, walk } = peopled(world)
  return () => {
    walk()
    engine.tick(() => undefined)
  }
}

/** Who comes into whose earshot and who leaves it, and nothing else: what the others find out, too. */
function setsAlone(world: World): () => void {
  const { engine, walk } = peopled(world)
  engine.relieve({ lookEvery: 1, outerEvery: 2, audibleMax: 0, crowdRange: 1 })
  let tick = 0
  return () => {
    walk()
    engine.earshot.prepare(tick++, 1)
    while (engine.earshot.next() >= 0);
    engine.players.settle()
  }
}

/** Interest alone, against others who find out in the same rounds who is in whose earshot, and nothing else. */
function kernel(n: number, k: number): Figure[] {
  const against = (ours: (world: World) => () => void) => {
    const world = new World(n, sideFor(n, k), seed)
    return race(world, ours(world), [kdbush(n), flatbush(n), gridScan(world)], 32, 40)
  }
  const [sets, ...rivals] = against(setsAlone)
  const [all, ...others] = against(interest)
  const people = `${n.toLocaleString('en')} players, k = ${k}: updates a second`
  const updates = (own: readonly Cost[]) => `${((n / cpuOf(own)) * 1e-3).toFixed(2)} M/s (${spread(own)})`
  const ratio = (own: readonly Cost[], rival: readonly Cost[]) => (cpuOf(rival) / cpuOf(own)).toFixed(1)
  return [
    { what: `who is in whose earshot, ${people}`, value: updates(sets!), goal: '4 M/s (stretch 6)' },
    { what: `the same with ranks and reckoning, ${people}`, value: updates(all!), goal: 'none set' },
    ...[
      { name: 'kdbush', goal: '5' },
      { name: 'flatbush', goal: '8' },
      { name: 'a plain grid scan', goal: 'none set' },
    ].map(({ name, goal }, at) => ({
      what: `who is in whose earshot against ${name}, in one run`,
      value: `${ratio(sets!, rivals[at]!)} times as fast (${ms(cpuOf(rivals[at]!))} of CPU); with ranks and reckoning ${ratio(all!, others[at]!)} times`,
      goal,
    })),
  ]
}

/** Rounds in which each of them looks at the same world; what they cost, by round. */
function race(world: World, ours: () => void, rivals: readonly Rival[], warm: number, rounds: number): Cost[][] {
  const times: Cost[][] = [[], ...rivals.map(() => [])]
  for (let round = 0; round < warm + rounds; round++) {
    world.step()
    const own = costOf(ours)
    if (round >= warm) times[0]!.push(own)
    // The others are slower by so much that a quarter of the rounds is enough.
    if (round % 4 !== 0) continue
    for (const [at, rival] of rivals.entries()) {
      const took = costOf(() => rival.tick(world))
      if (round >= warm) times[at + 1]!.push(took)
    }
  }
  return times
}

/** A square full of people, each with 24 in earshot. */
function crowd(n: number, sideM: number): Figure[] {
  const world = new World(n, sideM, seed)
  const { engine, walk } = peopled(world)
  const ours = (): void => {
    walk()
    for (let i = 0; i < n; i++) if (world.speaks(i)) engine.speak(i)
    engine.tick(() => undefined)
  }
  const times = race(world, ours, [crowdedGridScan(world, defaultRules.crowdMax)], 32, 40)
  const own = cpuOf(times[0]!)
  const grid = cpuOf(times[1]!)
  return [
    {
      what: `crowd of ${n.toLocaleString('en')} on ${sideM} m, ${defaultRules.crowdMax} in earshot, a tenth speaking`,
      value: spread(times[0]!),
      goal: '25 ms (stretch 15)',
    },
    {
      what: 'the same against a grid scan with a heap',
      value: `${(grid / own).toFixed(1)} times as fast (${ms(grid)} of CPU)`,
      goal: '10',
    },
  ]
}

/** The same crowd in regions of a node each: one, and two and four that share its area. What one of them has to do. */
async function sharedCrowd(n: number, sideM: number): Promise<Figure[]> {
  const byLot = (region: number, at: number) => ({ region, axis: 'lot', at }) as const
  const figures: Figure[] = []
  for (const [shares, cuts] of [
    [1, []],
    [2, [byLot(1, 0)]],
    [4, [byLot(1, 0), byLot(2, 1), byLot(3, 1)]],
  ] as const) {
    const world = new World(n, sideM, seed)
    const regions = new Regions(world, cuts)
    const [own, ...others] = regions.shards
    const step = async (): Promise<Cost> => {
      world.step()
      const letters = new Map([...regions.shards.keys()].map((region) => [region, regions.lettersFor(region)]))
      const work = ([region, shard]: NonNullable<typeof own>) => {
        for (const letter of letters.get(region)!) shard.hear(letter)
        shard.tick()
      }
      const cost = costOf(() => work(own!))
      for (const other of others) work(other)
      await regions.pass(100)
      return cost
    }
    for (let tick = 0; tick < 30; tick++) await step()
    regions.ghostBytes = 0
    const ticks = 60
    const times: Cost[] = []
    for (let tick = 0; tick < ticks; tick++) times.push(await step())
    const { zone_players: players = 0, zone_ghosts: ghosts = 0 } = own![1].gauges
    const told =
      shares === 1
        ? ''
        : `; ${(regions.ghostBytes / ticks / shares / (shares - 1) / 1_000).toFixed(0)} kB to each other a tick`
    figures.push({
      what: `a region of a node with ${shares === 1 ? 'the whole crowd' : `one of ${shares} shares of the crowd`}: ${players.toLocaleString('en')} players, ${ghosts.toLocaleString('en')} ghosts; positions, ghosts, ticks, frames`,
      value: `${spread(times)}${told}`,
      goal: shares === 1 ? 'none set' : 'less than the whole, by as much as it may',
    })
  }
  return figures
}

/** How often people come back who have just left, with positions that are off by up to 0.3 m. */
function flapping(): Figure[] {
  const n = 2000
  const ticks = 600
  const world = new World(n, sideFor(n, 20), seed)
  const { engine } = peopled(world)
  const lot = lots(7)
  const noise = () => (lot() * 2 - 1) * 0.3 * 16
  const aliases = Array.from({ length: n }, () => new Map<number, number>())
  const left = Array.from({ length: n }, () => new Map<number, number>())
  let enters = 0
  let back = 0
  for (let tick = 0; tick < ticks; tick++) {
    world.step()
    for (let i = 0; i < n; i++)
      engine.move(i, Math.round(world.x[i]! + noise()), Math.round(world.y[i]! + noise()), 0, 0, 0)
    engine.tick((listener, changes) => {
      const known = aliases[listener]!
      for (let at = 0; at < changes.leaves; at++) {
        const alias = changes.leaveAlias[at]!
        left[listener]!.set(known.get(alias)!, tick)
        known.delete(alias)
      }
      for (let at = 0; at < changes.enters; at++) {
        const peer = changes.enterPeer[at]!
        known.set(changes.enterAlias[at]!, peer)
        if (tick < 50) continue
        enters++
        if (tick - (left[listener]!.get(peer) ?? -99) <= 20) back++
      }
    })
  }
  return [
    {
      what: 'enters of a listener at k = 20, positions off by up to 0.3 m',
      value: `${((enters / n / (ticks - 50)) * 600).toFixed(0)} a minute, ${((back / enters) * 100).toFixed(1)} % within 2 s of leaving`,
      goal: '80 a minute, 3 %',
    },
  ]
}

/** Whether the four nearest who speak right now are heard, in a crowd. */
function coverage(): Figure[] {
  const n = 1000
  const world = new World(n, 60, seed)
  const { engine } = peopled(world)
  let [wanted, heard, swaps] = [0, 0, 0]
  const speaking = new Uint8Array(n)
  for (let tick = 0; tick < 300; tick++) {
    world.step()
    for (let i = 0; i < n; i++) {
      engine.move(i, world.stepX[i]!, world.stepY[i]!, 0, 0, 0)
      speaking[i] = world.speaks(i) ? 1 : 0
      if (speaking[i] === 1) engine.speak(i)
    }
    engine.tick((_, { slots }) => {
      if (tick >= 50) swaps += slots
    })
    if (tick < 50 || tick % 10 !== 0) continue
    const { rows } = engine.earshot
    for (let i = 0; i < n; i += 7) {
      const square = (other: number) => (world.x[other]! - world.x[i]!) ** 2 + (world.y[other]! - world.y[i]!) ** 2
      const near = [...speaking.keys()].filter(
        (other) => other !== i && speaking[other] === 1 && square(other) <= 480 ** 2,
      )
      const start = rows.startOf(i)
      const audible = new Set<number>()
      for (let at = start; at < start + rows.members[i]!; at++) if (rows.mediaSlot(at) >= 0) audible.add(rows.peer(at))
      for (const other of near.sort((a, b) => square(a) - square(b)).slice(0, 4)) {
        wanted++
        if (audible.has(other)) heard++
      }
    }
  }
  return [
    {
      what: '1,000 on 60 m, a tenth speaking, 16 slots: of the four nearest who speak, heard',
      value: `${((heard / wanted) * 100).toFixed(1)} %, with ${(swaps / n / 25).toFixed(1)} slots changing hands a second`,
      goal: '95 % (stretch 98)',
    },
  ]
}

/** What a client sends that reckons as its listeners do, and is silent while they think right. */
function uplink(): Figure[] {
  const n = 2000
  const world = new World(n, sideFor(n, 20), seed)
  const { engine, walk } = peopled(world)
  let sent = 0
  for (let tick = 0; tick < 300; tick++) {
    world.step()
    walk()
    engine.tick(() => undefined)
    for (let i = 0; i < n; i++) sent += engine.reckoning.pulse[i]! & 1
  }
  return [
    {
      what: 'up from each client: with the error of the nearest tier, and at every tick',
      value: `${((sent / n / 30) * 13).toFixed(0)} B/s, ${10 * 13} B/s`,
      goal: '60 B/s, 160 B/s',
    },
  ]
}

/** Every row of the goals that is about the engine alone, by name. */
export const zoneMeasures: Readonly<Record<string, () => readonly Figure[] | Promise<readonly Figure[]>>> = {
  tick: () => wholeTicks(10_000, 20, 'mean 10 ms, p99 30 ms (stretch p99 15)', true),
  region: () => wholeRegion(10_000, 'mean 10 ms, p99 30 ms (stretch p99 15)'),
  kernel: () => kernel(10_000, 20),
  crowd: () => crowd(10_000, 120),
  shared: () => sharedCrowd(10_000, 120),
  flapping,
  coverage,
  uplink,
  denser: () => wholeTicks(10_000, 50, 'none set', false),
  stretch: () => wholeTicks(20_000, 20, 'stretch: mean 15 ms', false),
}
