import pg from 'pg'
import { SeededRandom } from '../support/seeded-random.ts'
import { waitUntil } from '../support/wait.ts'
import { doFaults, type Fault } from './faults.ts'
import { ModerationLoad, type LoadOptions } from './load.ts'
import { verdictOf, type JournalLine, type Verdict } from './verdict.ts'
import { DurableWorld } from './world.ts'

export interface ChaosOptions extends LoadOptions {
  readonly seed: number
  readonly faults: number
  readonly told?: (sentence: string) => void
}

export interface ChaosResult extends Verdict {
  readonly faults: readonly Fault[]
  readonly acked: number
  readonly unknown: number
  /** Longest that an acknowledged action took, ms. */
  readonly longestAckMs: number
  readonly tookMs: number
}

/** Everything is over so long after the last fault and the last deadline, ms. */
const settleWithinMs = 150_000

/** Sanctions are set, moved and lifted while everything dies around them; judged by what the journals say in the end. */
export async function workflowChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, told = () => undefined } = options
  const random = new SeededRandom(seed)
  const world = await DurableWorld.raise()
  const load = new ModerationLoad(world, random, options)
  let failed = true
  try {
    const beganMs = Date.now()
    await load.prepare()
    let loaded = false
    const doneFaults: Fault[] = []
    const [, faults] = await Promise.all([
      load.run().then(() => (loaded = true)),
      doFaults(world, random, {
        count: options.faults,
        // All of them, however fast the load is.
        mayGoOn: () => true,
        told: (fault) => {
          doneFaults.push(fault)
          if (doneFaults.length % 10 === 0) {
            told(`${doneFaults.length} faults, ${load.sets} sanctions${loaded ? ', all set' : ''}`)
          }
        },
      }),
    ])
    told(`${faults.length} faults and ${load.sets} sanctions; waiting for the last deadline`)
    await settled(world)
    const verdict = verdictOf(await linesOf(world), load.actions, faults)
    failed = verdict.broken.length > 0
    const count = (outcome: string) => load.actions.filter((action) => action.outcome === outcome).length
    const acks = load.actions.filter(({ outcome }) => outcome === 'acked')
    return {
      ...verdict,
      ...{ faults, acked: acks.length, unknown: count('unknown'), tookMs: Date.now() - beganMs },
      longestAckMs: Math.max(0, ...acks.map(({ tookMs }) => tookMs)),
    }
  } finally {
    load.close()
    await world.end(failed)
  }
}

/** Nothing that has an end stands any more, the outbox is empty, and no workflow waits. What stands for too long is left to the verdict. */
async function settled({ postgres, temporal }: DurableWorld): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  try {
    const standing = async () => {
      const { rows } = await client.query<{ standing: number; unsent: number }>(
        `select (select count(*) from voice_sanctions where lifted_at is null and until is not null)::integer as standing,
                (select count(*) from outbox where sent_at is null)::integer as unsent`,
      )
      return rows[0] ?? { standing: 0, unsent: 0 }
    }
    await waitUntil(
      'every sanction is over and every message is sent',
      async () => {
        const { standing: left, unsent } = await standing()
        return left === 0 && unsent === 0
      },
      settleWithinMs,
    ).catch(() => undefined)
    await waitUntil(
      'no workflow of a sanction waits',
      async () => {
        const { count } = await temporal.client.count(`WorkflowType = 'timedSanction' AND ExecutionStatus = 'Running'`)
        return count === 0
      },
      settleWithinMs,
    )
  } finally {
    await client.end()
  }
}

async function linesOf({ postgres }: DurableWorld): Promise<readonly JournalLine[]> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  try {
    const { rows } = await client.query<{ room: string; at: Date; event: Record<string, unknown> }>(
      `select substr(actor_key, 6) as room, at, event
         from actor_journal, jsonb_array_elements(events) as event
        where actor_key like 'room:%' and event->>'type' in ('sanction.applied', 'sanction.lifted')
        order by actor_key, seq`,
    )
    return rows.map(({ room, at, event }) => ({
      room,
      type: event['type'] as JournalLine['type'],
      kind: String(event['kind']),
      user: String(event['user_id']),
      generation: Number(event['generation']),
      untilMs: typeof event['until_ms'] === 'number' ? event['until_ms'] : null,
      cause: typeof event['cause'] === 'string' ? event['cause'] : null,
      clock: typeof event['clock'] === 'string' ? event['clock'] : null,
      atMs: at.getTime(),
    }))
  } finally {
    await client.end()
  }
}
