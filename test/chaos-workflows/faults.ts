import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProcess } from '../support/process.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import type { DurableWorld } from './world.ts'

/** What was done, and from when until everything concerned was well again. Unix ms. */
export interface Fault {
  readonly name: string
  readonly fromMs: number
  readonly untilMs: number
}

export interface FaultPlan {
  readonly name: string
  /** Nothing of this that is under way at the same time is touched by another fault. */
  readonly touches: string
  run(world: DurableWorld, random: SeededRandom): Promise<void>
}

const readyWithinMs = 60_000

/** Starts it where it has ended, and waits until it is well. */
async function well(process: TestProcess): Promise<void> {
  // One that was frozen for too long ends by itself, on waking or a moment later.
  for (let tries = 0; tries < 5; tries += 1) {
    if (!process.running) process.start()
    try {
      await process.ready(readyWithinMs)
      return
    } catch (error) {
      if (process.running) throw error
    }
  }
  throw new Error(`${process.name} does not come up`)
}

const picked = (world: DurableWorld, role: string, random: SeededRandom): TestProcess => {
  const all = world.of(role)
  const process = all[random.below(all.length)]
  if (!process) throw new Error(`no ${role} in this world`)
  return process
}

const killed = (role: string): FaultPlan => ({
  name: `a ${role} is killed`,
  touches: role,
  run: async (world, random) => {
    const process = picked(world, role, random)
    if (process.running) process.kill()
    await process.exited
    await well(process)
  },
})

const stopped = (role: string): FaultPlan => ({
  name: `a ${role} is told to stop, and started again`,
  touches: role,
  run: async (world, random) => {
    const process = picked(world, role, random)
    await process.stop(30_000)
    await well(process)
  },
})

const frozen = (role: string, forMs: number): FaultPlan => ({
  name: `a ${role} is frozen for ${forMs / 1_000} s`,
  touches: role,
  run: async (world, random) => {
    const process = picked(world, role, random)
    process.freeze()
    await sleep(forMs)
    process.thaw()
    await sleep(500)
    await well(process)
  },
})

const temporalFrozen = (forMs: number): FaultPlan => ({
  name: `Temporal is frozen for ${forMs / 1_000} s`,
  touches: 'temporal',
  run: async ({ temporal }) => {
    temporal.freeze()
    await sleep(forMs)
    temporal.thaw()
  },
})

const temporalKilled: FaultPlan = {
  name: 'Temporal is killed',
  touches: 'temporal',
  run: async ({ temporal }) => {
    await temporal.kill()
    await temporal.start()
  },
}

const temporalAway: FaultPlan = {
  name: 'Temporal is away for 10 s',
  touches: 'temporal',
  run: async ({ temporal }) => {
    await temporal.kill()
    await sleep(10_000)
    await temporal.start()
  },
}

const postgresRestarted: FaultPlan = {
  name: 'Postgres is restarted',
  touches: 'postgres',
  run: async (world) => {
    await world.postgres.stop()
    await world.postgres.start()
    await Promise.all([...world.cluster.processes.values()].filter(({ running }) => running).map((one) => well(one)))
  },
}

/** Each as often as it stands here: what dies often in the field dies often here. */
export const faultPlans: readonly FaultPlan[] = [
  ...Array.from({ length: 4 }, () => killed('worker')),
  ...Array.from({ length: 3 }, () => killed('relay')),
  ...Array.from({ length: 3 }, () => killed('node')),
  ...Array.from({ length: 2 }, () => temporalKilled),
  ...[stopped('worker'), stopped('node'), frozen('worker', 3_000), frozen('relay', 3_000), frozen('node', 2_000)],
  ...[temporalFrozen(3_000), postgresRestarted],
]

/** Long ones, once in a while. */
export const longFaultPlans: readonly FaultPlan[] = [
  ...[frozen('worker', 30_000), frozen('relay', 30_000), frozen('node', 30_000), temporalFrozen(30_000), temporalAway],
]
/** A long one comes in the place of every so many. */
const longEvery = 30

/** Does one fault after the other in each of two lanes, until it has done so many or is told to stop; two lanes never touch one thing. */
export async function doFaults(
  world: DurableWorld,
  random: SeededRandom,
  { count, mayGoOn, told }: { count: number; mayGoOn: () => boolean; told: (fault: Fault) => void },
): Promise<readonly Fault[]> {
  const done: Fault[] = []
  const touched = new Set<string>()
  let begun = 0
  const lane = async () => {
    while (begun < count && mayGoOn()) {
      begun += 1
      const plans = begun % longEvery === 0 ? longFaultPlans : faultPlans
      const free = plans.filter(({ touches }) => !touched.has(touches) && !touched.has('postgres'))
      const usable = touched.size === 0 ? free : free.filter(({ touches }) => touches !== 'postgres')
      const plan = usable[random.below(Math.max(1, usable.length))]
      if (!plan) {
        begun -= 1
        await sleep(200)
        continue
      }
      touched.add(plan.touches)
      const fromMs = Date.now()
      await plan.run(world, random)
      touched.delete(plan.touches)
      const fault = { name: plan.name, fromMs, untilMs: Date.now() }
      done.push(fault)
      told(fault)
      await sleep(random.between(100, 600))
    }
  }
  let isOver = false
  const watch = watchTemporal(world, touched, { isOver: () => isOver, told: (fault) => done.push(fault) })
  try {
    await Promise.all([lane(), lane()])
  } finally {
    isOver = true
    await watch
  }
  return done
}

/** Left alone for so long that whoever watches over it would restart it, ms. */
const hungMs = 8_000

/**
 * Does what a liveness probe does: a Temporal that answers nobody and that no fault holds is restarted. Its SQLite can be left interrupted
 * for good by a call that was given up while it was frozen.
 */
async function watchTemporal(
  { temporal }: DurableWorld,
  touched: Set<string>,
  { isOver, told }: { isOver: () => boolean; told: (fault: Fault) => void },
): Promise<void> {
  let silentSinceMs: number | null = null
  while (!isOver()) {
    await sleep(1_000)
    if (touched.has('temporal') || (await temporal.view.answers())) {
      silentSinceMs = null
      continue
    }
    silentSinceMs ??= Date.now()
    if (Date.now() - silentSinceMs < hungMs || touched.has('temporal')) continue
    touched.add('temporal')
    await temporal.kill()
    await temporal.start()
    touched.delete('temporal')
    told({ name: 'Temporal had hung, and was restarted', fromMs: silentSinceMs, untilMs: Date.now() })
    silentSinceMs = null
  }
}
