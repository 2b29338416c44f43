import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { backgroundTimers, systemClock } from '../../../bin/system-ports.ts'
import { createPool, PgOutbox } from '../../../persistence/index.ts'
import type { OutboxMessage } from '../../../protocol/workflows.ts'
import { Relay, temporalStarter } from '../../../workflows/index.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { startTemporal } from '../../support/temporal.ts'
import { waitUntil } from '../../support/wait.ts'
import { ms, p50p99, perSecond, quantile, type Figure } from '../figures.ts'
import { enforcement } from './enforcement.ts'
import { lateRaids } from './late-raids.ts'
import { storm } from './storm.ts'
import { TimersWorld } from './world.ts'

/** How much of everything. */
export interface Amounts {
  /** Timers that are open at once, and over how long they end, s. */
  readonly timers: number
  readonly spreadS: number
  /** For how long Temporal is away, s. */
  readonly awayS: number
}

/** A development server of Temporal takes some fifty starts a second. */
const setsPerSecond = 40

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024

/** Timers that end one after the other, with nobody but workflows to lift them; and what a worker takes for them. */
async function spread({ timers, spreadS }: Amounts): Promise<Figure[]> {
  const world = await TimersWorld.raise(1)
  try {
    const before = residentMb(world.process('worker-1').pid)
    const setUpMs = (timers / setsPerSecond) * 1_000 + 20_000
    const firstMs = Date.now() + setUpMs
    const refused = await world.muteMany(timers, setsPerSecond, (index) => firstMs + (index / timers) * spreadS * 1_000)
    await world.sent(60_000)
    const cached = await world.process('worker-1').metric('temporal_sticky_cache_size')
    const after = residentMb(world.process('worker-1').pid)
    await world.takeNodeAway()
    const { lags, clocks } = await world.lags(firstMs - setUpMs, setUpMs + spreadS * 1_000 + 120_000)
    const early = lags.filter((lag) => lag < 0).length
    return [
      {
        what: `lag of the durable lift: ${timers.toLocaleString('en')} open timers that end within ${spreadS} s, no node`,
        value: `${p50p99(lags)}, longest ${ms(Math.max(...lags))}; early ${early}, refused ${refused}; lifted by ${clocks}`,
        goal: '10,000 within 10 min: p50 150 ms, p99 1.0 s, none early',
      },
      {
        what: 'memory of a worker for each open timer',
        value: `${Math.round(((after - before) * 1_024) / timers)} KB (${before.toFixed(0)} MB to ${after.toFixed(0)} MB${cached > 0 ? `, ${cached} in its cache` : ''})`,
        goal: '200 KB; 1 GiB in all',
      },
    ]
  } finally {
    await world.end()
  }
}

/** So many that end in one second. */
const burstSize = 1_000

async function burst(workers: number): Promise<Figure> {
  const world = await TimersWorld.raise(workers)
  try {
    const dueMs = Math.ceil(Date.now() / 1_000) * 1_000 + (burstSize / setsPerSecond) * 1_000 + 25_000
    await world.muteMany(burstSize, setsPerSecond, () => dueMs)
    await world.sent(60_000)
    await world.takeNodeAway()
    const { lags, clocks } = await world.lags(dueMs - 120_000, 180_000)
    return {
      what: `${burstSize.toLocaleString('en')} timers of one second, ${workers === 1 ? 'one worker' : `${workers} workers`}, no node: until the last is lifted`,
      value: `${(Math.max(...lags) / 1_000).toFixed(1)} s, half within ${(quantile(lags, 0.5) / 1_000).toFixed(1)} s; lifted by ${clocks}`,
      goal: workers === 1 ? '20 s' : '10 s',
    }
  } finally {
    await world.end()
  }
}

/** Moderators go on while Temporal is away. */
async function outage({ awayS }: Amounts): Promise<Figure> {
  const world = await TimersWorld.raise(1)
  try {
    await world.muteMany(50, 20, () => Date.now() + 600_000)
    await world.sent(60_000)
    await world.temporal.kill()
    const sinceMs = Date.now()
    const refused = await world.muteMany(awayS * 10, 10, () => Date.now() + 15_000)
    const waiting = await world.unsent()
    await world.temporal.start()
    const backMs = performance.now()
    await world.sent(300_000)
    const drainedMs = performance.now() - backMs
    const { lags } = await world.lags(sinceMs, 120_000).catch(() => ({ lags: [] as number[] }))
    return {
      what: `Temporal away for ${awayS} s, ten moderators' actions a second: refused; until the outbox is empty`,
      value: `${refused} of ${awayS * 10}; ${(drainedMs / 1_000).toFixed(1)} s for ${waiting.toLocaleString('en')} messages; early ${lags.filter((lag) => lag < 0).length}`,
      goal: 'away for 10 min: none refused, empty within 60 s, none early',
    }
  } finally {
    await world.end()
  }
}

const farMessage = (): OutboxMessage => ({
  ...{ kind: 'sanction.set', generation: 1, untilMs: Date.now() + 3_600_000 },
  ref: { kind: 'mute', scope: 'room', scopeId: randomUUID(), userId: 'u' },
})

/** Starts a server takes, with sixteen calls under way, as the relay has. */
async function starts(): Promise<Figure> {
  const temporal = await startTemporal()
  const starter = temporalStarter({ address: temporal.address, namespace: 'default', identity: 'bench' })
  try {
    const forMs = 60_000
    const beganMs = performance.now()
    let taken = 0
    let away = 0
    const lane = async () => {
      while (performance.now() - beganMs < forMs) {
        await starter.deliver(farMessage()).then(
          () => (taken += 1),
          async () => {
            away += 1
            await sleep(200)
          },
        )
      }
    }
    await Promise.all(Array.from({ length: 16 }, lane))
    return {
      what: 'workflows that a development server (file database) starts, sixteen calls at once, 60 s',
      value: `${perSecond((taken * 1_000) / (performance.now() - beganMs))}; ${away} calls were not taken in time`,
      goal: '50 /s for 5 min',
    }
  } finally {
    await starter.close()
    await temporal.stop()
  }
}

/** The relay and the outbox by themselves: what takes the messages answers at once. */
async function relayAlone(): Promise<Figure> {
  const database = await createTestDatabase()
  const pool = createPool(database.url, { applicationName: 'relay bench', maxConnections: 4, logger: silentLogger })
  const outbox = new PgOutbox({ pool, databaseUrl: database.url, timers: backgroundTimers, logger: silentLogger })
  const count = 10_000
  const messages = Array.from({ length: count }, farMessage)
  for (let page = 0; page < count; page += 500) await outbox.put(messages.slice(page, page + 500))
  const nothing = () => undefined
  const relay = new Relay({
    outbox,
    starter: { deliver: () => Promise.resolve(), check: () => Promise.resolve(), close: () => Promise.resolve() },
    ...{ clock: systemClock, timers: backgroundTimers, logger: silentLogger },
    metrics: { backlog: nothing, delivered: nothing, failed: nothing, temporalUp: nothing },
  })
  const beganMs = performance.now()
  relay.start()
  await waitUntil('the outbox is empty', async () => (await outbox.backlog()).rows === 0, 120_000)
  const tookMs = performance.now() - beganMs
  await relay.stop()
  await pool.end()
  await database.drop()
  return {
    what: 'messages that a relay takes out of the outbox, to a receiver that answers at once',
    value: perSecond((count * 1_000) / tookMs),
    goal: '1,000 /s',
  }
}

/** By the name under which each is asked for. */
export const measures: Readonly<Record<string, (amounts: Amounts) => Promise<readonly Figure[]>>> = {
  relay: async () => [await relayAlone()],
  starts: async () => [await starts()],
  burst: async () => [await burst(1), await burst(2)],
  enforcement: async () => [await enforcement()],
  storm: async () => [await storm()],
  outage: async (amounts) => [await outage(amounts)],
  raids: async () => [await lateRaids()],
  spread,
}
