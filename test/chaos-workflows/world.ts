import { startCluster, type TestCluster } from '../support/cluster.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'
import type { TestProcess } from '../support/process.ts'

/** A cluster with two of everything that durable processes need, and a Postgres and a Temporal of its own. */
export class DurableWorld {
  readonly cluster: TestCluster
  readonly postgres: OwnPostgres
  readonly temporal: TestTemporal

  private constructor(cluster: TestCluster, postgres: OwnPostgres, temporal: TestTemporal) {
    this.cluster = cluster
    this.postgres = postgres
    this.temporal = temporal
  }

  static async raise(): Promise<DurableWorld> {
    const postgres = await OwnPostgres.start()
    const temporal = await startTemporal()
    try {
      const cluster = await startCluster({
        ...{ gateways: 1, nodes: 2, workers: 2, relays: 2, readyMs: 60_000 },
        temporalAddress: temporal.address,
        // Rooms soon leave memory, so that most deadlines are met by those outside of them.
        env: { DATABASE_URL: postgres.url, VOICE_ROOM_IDLE_MS: '500' },
      })
      return new DurableWorld(cluster, postgres, temporal)
    } catch (error) {
      await temporal.stop()
      await postgres.remove()
      throw error
    }
  }

  /** Every process of a role: `node`, `worker`, `relay`. */
  of(role: string): readonly TestProcess[] {
    return [...this.cluster.processes.values()].filter(({ name }) => name.startsWith(`${role}-`))
  }

  async end(failed: boolean): Promise<void> {
    await this.cluster.stop(failed)
    await this.temporal.stop()
    await this.postgres.remove()
  }
}
