import { SeededRandom } from '../support/seeded-random.ts'
import type { StoreName } from '../support/bench-world.ts'

export const nodeNames = ['node-1', 'node-2', 'node-3'] as const
export const gatewayNames = ['gateway-1', 'gateway-2'] as const
const processNames = [...nodeNames, ...gatewayNames]
/** What plans call actors. */
export const actorNames = ['one', 'two', 'three'] as const
export type ActorName = (typeof actorNames)[number]

/** What may go wrong, with what has to be known of it. Times are ms of simulated time. */
export type Trouble =
  | { readonly kind: 'crash'; readonly process: string; readonly backAfterMs: number }
  /** SIGSTOP and SIGCONT; its overdue timers fire `timersAfterMs` after it runs again. */
  | { readonly kind: 'freeze'; readonly process: string; readonly forMs: number; readonly timersAfterMs: number }
  /** The same, while the answer to its last renewal is on its way: heard when all is over. */
  | {
      readonly kind: 'freeze_unheard'
      readonly process: string
      readonly forMs: number
      readonly timersAfterMs: number
    }
  /** It is taken for dead, and hands on what it has after so long, when it does not know yet. */
  | { readonly kind: 'hand_off_revoked'; readonly process: string; readonly heir: string; readonly afterMs: number }
  /** SIGTERM: it hands on what it has, ends, and comes back. */
  | { readonly kind: 'stop'; readonly process: string; readonly backAfterMs: number }
  /** An operator drains it and thinks better of it. */
  | { readonly kind: 'drain'; readonly process: string; readonly forMs: number }
  | { readonly kind: 'hand_off'; readonly actor: ActorName; readonly heir: string }
  | {
      readonly kind: 'cut'
      readonly from: string
      readonly to: string
      readonly isOneWay: boolean
      readonly forMs: number
    }
  | {
      readonly kind: 'flap'
      readonly from: string
      readonly to: string
      readonly times: number
      readonly everyMs: number
    }
  | { readonly kind: 'slow_links'; readonly process: string; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'slice_links'; readonly process: string; readonly bytes: number; readonly forMs: number }
  | { readonly kind: 'reset_links'; readonly from: string; readonly to: string }
  /** A proxy before it refuses dials while it lives; its links are reset, so peers find it dead. */
  | { readonly kind: 'refuse'; readonly process: string; readonly forMs: number }
  /** `process`: the only one that does not reach it; null for everybody. */
  | { readonly kind: 'store_away'; readonly store: StoreName; readonly process: string | null; readonly forMs: number }
  | { readonly kind: 'slow_store'; readonly store: StoreName; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'redis_fails_over'; readonly lostMs: number }
  | { readonly kind: 'redis_empty' }
  /** The next append's connection breaks, in front of the commit or behind it. */
  | { readonly kind: 'append_unknown'; readonly process: string; readonly isCommitted: boolean }
  /** What the node appends from now on reaches Postgres late; meanwhile it freezes, so that others take over. */
  | { readonly kind: 'late_appends'; readonly process: string; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'wall_clock_jumps'; readonly process: string; readonly byMs: number }

export type Fault = Trouble & { readonly id: number; readonly atMs: number }

/** Bounds and rates of the cluster that a seed gets. */
export interface Setting {
  readonly mailboxMax: number
  readonly activationsMax: number
  readonly idleMs: number
  readonly snapshotEvery: number
  /** Epoch that the actors reached in an earlier life of the cluster, of which Redis knows nothing. */
  readonly bornEpoch: number
  /** How fast each process's clock runs. */
  readonly clockRates: Readonly<Record<string, number>>
  /** How fast clients go on, 1 for the usual pace. */
  readonly pace: number
  /** Now and then somebody comes who knows of no owner, such as a gateway that has just started. */
  readonly hasStrangers: boolean
}

/** Everything that a seed decides in advance. Plain data. */
export interface Plan {
  readonly seed: number
  readonly setting: Setting
  readonly faults: readonly Fault[]
}

/** Faults begin in this time, ms; then comes peace. */
export const faultyMs = 6_000
const firstFaultMs = 300

/** The plan of a seed: always the same one. */
export function planOf(seed: number): Plan {
  const random = new SeededRandom(Math.imul(seed, 0x9e37_79b1) ^ 0x51ab_0001)
  const setting: Setting = {
    mailboxMax: random.pick([3, 8, 2_048, 2_048]),
    activationsMax: random.pick([1, 2, 200]),
    idleMs: random.pick([300, 1_000, 4_000]),
    snapshotEvery: random.pick([4, 16]),
    bornEpoch: random.pick([0, 0, 7, 2_000]),
    clockRates: Object.fromEntries(processNames.map((name) => [name, 0.99 + 0.02 * random.fraction()])),
    pace: random.pick([0.5, 1, 1, 2]),
    hasStrangers: random.below(2) === 0,
  }
  // Few kinds in one run: what needs the same fault twice, or two of a pair, is met sooner.
  const kinds = Array.from({ length: random.between(1, 6) }, () => random.pick(drawers))
  const count = random.between(2, 13)
  const troubles = Array.from({ length: count }, () => ({
    atMs: random.between(firstFaultMs, faultyMs),
    trouble: random.pick(kinds)(random),
  }))
  troubles.sort((one, other) => one.atMs - other.atMs)
  return { seed, setting, faults: troubles.map(({ atMs, trouble }, id) => ({ id, atMs, ...trouble })) }
}

const node = (random: SeededRandom): string => random.pick(nodeNames)
const anyProcess = (random: SeededRandom): string => random.pick(processNames)
const pair = (random: SeededRandom): { readonly from: string; readonly to: string } => {
  const from = anyProcess(random)
  return { from, to: random.pick(processNames.filter((name) => name !== from)) }
}
const store = (random: SeededRandom): StoreName => random.pick(['redis', 'postgres'] as const)

const drawers: readonly ((random: SeededRandom) => Trouble)[] = [
  (random) => ({ kind: 'crash', process: anyProcess(random), backAfterMs: random.between(20, 3_500) }),
  (random) => ({ kind: 'crash', process: node(random), backAfterMs: random.between(20, 300) }),
  (random) => ({
    kind: 'freeze',
    process: random.below(4) === 0 ? anyProcess(random) : node(random),
    forMs: random.pick([random.between(100, 2_500), random.between(2_500, 5_000)]),
    timersAfterMs: random.pick([0, random.between(1, 40)]),
  }),
  (random) => ({
    kind: 'freeze_unheard',
    process: node(random),
    forMs: random.between(2_500, 4_500),
    timersAfterMs: random.between(5, 40),
  }),
  (random) => ({
    kind: 'hand_off_revoked',
    process: node(random),
    heir: node(random),
    afterMs: random.between(120, 480),
  }),
  (random) => ({ kind: 'stop', process: node(random), backAfterMs: random.between(20, 2_000) }),
  (random) => ({ kind: 'drain', process: node(random), forMs: random.between(5, 1_000) }),
  (random) => ({ kind: 'hand_off', actor: random.pick(actorNames), heir: node(random) }),
  (random) => ({ kind: 'hand_off', actor: random.pick(actorNames), heir: node(random) }),
  (random) => ({ kind: 'cut', ...pair(random), isOneWay: random.below(2) === 0, forMs: random.between(100, 4_000) }),
  (random) => ({ kind: 'flap', ...pair(random), times: random.between(2, 8), everyMs: random.between(50, 700) }),
  (random) => ({
    kind: 'slow_links',
    process: anyProcess(random),
    byMs: random.between(5, 600),
    forMs: random.between(200, 3_000),
  }),
  (random) => ({
    kind: 'slice_links',
    process: anyProcess(random),
    bytes: random.between(7, 120),
    forMs: random.between(200, 2_000),
  }),
  (random) => ({ kind: 'reset_links', ...pair(random) }),
  (random) => ({ kind: 'refuse', process: node(random), forMs: random.between(200, 1_500) }),
  (random) => ({
    kind: 'store_away',
    store: store(random),
    process: random.pick([null, node(random), node(random), anyProcess(random)]),
    forMs: random.pick([random.between(50, 1_500), random.between(1_500, 5_500)]),
  }),
  (random) => ({
    kind: 'store_away',
    store: 'redis',
    process: random.pick([null, node(random)]),
    forMs: random.between(2_500, 5_500),
  }),
  (random) => ({
    kind: 'slow_store',
    store: store(random),
    byMs: random.between(10, 350),
    forMs: random.between(200, 4_000),
  }),
  (random) => ({ kind: 'redis_fails_over', lostMs: random.between(1, 4_000) }),
  () => ({ kind: 'redis_empty' }),
  (random) => ({ kind: 'append_unknown', process: node(random), isCommitted: random.below(2) === 0 }),
  (random) => ({
    kind: 'late_appends',
    process: node(random),
    byMs: random.between(50, 4_500),
    forMs: random.between(100, 4_500),
  }),
  (random) => ({
    kind: 'wall_clock_jumps',
    process: anyProcess(random),
    byMs: random.pick([-1, 1]) * random.between(100, 60_000),
  }),
]

/** A fault in one line. */
export function tellOf({ id, atMs, kind, ...rest }: Fault): string {
  const told = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`)
  return `#${id} ${String(atMs).padStart(5)} ms  ${kind}  ${told.join(' ')}`
}
