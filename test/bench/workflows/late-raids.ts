import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../support/wait.ts'
import type { Figure } from '../figures.ts'
import { TimersWorld } from './world.ts'

const minuteMs = 60_000

/** No worker at the time of two raids: back five minutes late for one, and over fifteen for the other. */
export async function lateRaids(): Promise<Figure> {
  const world = await TimersWorld.raise(1)
  const { cluster } = world
  try {
    const make = async (inMs: number) => {
      const starts_at = new Date(Date.now() + inMs).toISOString()
      const body = { name: 'late', starts_at, duration_s: 3_600, opens_before_s: 0 }
      const made = await cluster.call('POST', '/api/v1/raids', { token: cluster.token('lead'), body })
      return String(made.body.raid_id)
    }
    const [missed, late] = [await make(minuteMs), await make(13 * minuteMs)]
    await world.sent(30_000)
    const worker = world.process('worker-1')
    worker.kill()
    await sleep(18 * minuteMs)
    worker.start()
    const backMs = performance.now()
    const statusOf = async (id: string) =>
      String(
        (await cluster.call('GET', `/api/v1/raids/${id}`, { token: cluster.token('lead') })).body.occurrences[0].status,
      )
    await waitUntil(
      'both are decided',
      async () => (await statusOf(late)) === 'open' && (await statusOf(missed)) === 'missed',
      120_000,
    )
    return {
      what: 'no worker at the time of two raids, back 5 min late for one and 17 min for the other',
      value: `opened, and missed, ${((performance.now() - backMs) / 1_000).toFixed(1)} s behind its start`,
      goal: 'opened after 5 min; missed after over 15',
    }
  } finally {
    await world.end()
  }
}
