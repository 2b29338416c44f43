import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startCluster, type TestCluster } from '../../support/cluster.ts'
import { OwnPostgres } from '../../support/own-postgres.ts'
import type { TestProcess } from '../../support/process.ts'
import { startTemporal, type TestTemporal } from '../../support/temporal.ts'
import { waitUntil } from '../../support/wait.ts'

/** Rooms over which sanctions are spread. Nobody is in them. */
const roomsCount = 40

/** A cluster with its own Postgres and Temporal (file database), of which the node can be taken away: then only workflows are left to lift. */
export class TimersWorld {
  readonly cluster: TestCluster
  readonly temporal: TestTemporal
  readonly #postgres: OwnPostgres
  readonly #db: pg.Client
  readonly #rooms: string[] = []
  #users = 0

  private constructor(cluster: TestCluster, temporal: TestTemporal, postgres: OwnPostgres, db: pg.Client) {
    this.cluster = cluster
    this.temporal = temporal
    this.#postgres = postgres
    this.#db = db
  }

  static async raise(workers: number): Promise<TimersWorld> {
    const postgres = await OwnPostgres.start()
    const temporal = await startTemporal()
    const cluster = await startCluster({
      ...{ gateways: 1, nodes: 1, workers, relays: 1, readyMs: 60_000 },
      temporalAddress: temporal.address,
      env: { DATABASE_URL: postgres.url },
    })
    const db = new pg.Client({ connectionString: postgres.url })
    await db.connect()
    const world = new TimersWorld(cluster, temporal, postgres, db)
    for (let index = 0; index < roomsCount; index += 1) world.#rooms.push(await cluster.createRoom('host'))
    return world
  }

  process(name: string): TestProcess {
    return this.cluster.process(name)
  }

  /** A moderator mutes somebody until about then, Unix ms. The status of the answer; 0 where there was none. */
  async mute(untilMs: number): Promise<number> {
    this.#users += 1
    const room = this.#rooms[this.#users % this.#rooms.length]
    const duration = Math.max(1, Math.round((untilMs - Date.now()) / 1_000))
    try {
      const { status } = await this.cluster.call('POST', `/api/v1/rooms/${room}/participants/u-${this.#users}/mute`, {
        token: this.cluster.token('host'),
        body: { duration },
      })
      return status
    } catch {
      return 0
    }
  }

  /** Sets so many, at so many a second, each until what `untilOf` says of its number. Those that were refused are counted. */
  async muteMany(count: number, perSecond: number, untilOf: (index: number) => number): Promise<number> {
    const beganMs = performance.now()
    let refused = 0
    const under: Promise<void>[] = []
    for (let index = 0; index < count; index += 1) {
      const dueMs = (index / perSecond) * 1_000
      await sleep(Math.max(0, dueMs - (performance.now() - beganMs)))
      under.push(this.mute(untilOf(index)).then((status) => void (refused += status === 200 ? 0 : 1)))
    }
    await Promise.all(under)
    return refused
  }

  /** Everything that was set has reached Temporal. */
  sent(withinMs: number): Promise<void> {
    return waitUntil('every message is sent', async () => (await this.unsent()) === 0, withinMs)
  }

  async unsent(): Promise<number> {
    const { rows } = await this.#db.query<{ count: number }>(
      'select count(*)::integer as count from outbox where sent_at is null',
    )
    return rows[0]?.count ?? 0
  }

  /** From now on no actor lifts anything: its rooms are nobody's, and are written to as guests. */
  async takeNodeAway(): Promise<void> {
    await this.process('node-1').stop()
  }

  /** How late those lifts were, ms, by the journal: of sanctions whose deadline lies behind `sinceMs`. Waits until all are over. */
  async lags(
    sinceMs: number,
    withinMs: number,
  ): Promise<{ readonly lags: readonly number[]; readonly clocks: string }> {
    const standing = async () => {
      const { rows } = await this.#db.query<{ count: number }>(
        'select count(*)::integer as count from voice_sanctions where lifted_at is null and until > $1',
        [new Date(sinceMs)],
      )
      return rows[0]?.count ?? 0
    }
    await waitUntil('every sanction is over', async () => (await standing()) === 0, withinMs)
    const { rows } = await this.#db.query<{ lag: number; clock: string }>(
      `select extract(epoch from entry.at - sanction.until)::float8 * 1000 as lag, event ->> 'clock' as clock
         from actor_journal as entry, jsonb_array_elements(entry.events) as event, voice_sanctions as sanction
        where event ->> 'type' = 'sanction.lifted' and sanction.scope_id = substr(entry.actor_key, 6)
          and sanction.user_id = event ->> 'user_id' and sanction.until > $1`,
      [new Date(sinceMs)],
    )
    const by = new Map<string, number>()
    for (const { clock } of rows) by.set(clock, (by.get(clock) ?? 0) + 1)
    return {
      lags: rows.map(({ lag }) => lag),
      clocks: [...by].map(([clock, count]) => `${clock} ${count.toLocaleString('en')}`).join(', '),
    }
  }

  async end(): Promise<void> {
    await this.#db.end()
    await this.cluster.stop(false)
    await this.temporal.stop()
    await this.#postgres.remove()
  }
}
