import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../bin/local/postgres.ts'
import type { LocalService } from '../../bin/local/service.ts'
import { migrate } from '../../persistence/index.ts'
import { freePorts } from './free-ports.ts'
import { silentLogger } from './silent-logger.ts'

/** A Postgres of a test's own, migrated, which keeps its data from one start to the next. */
export class OwnPostgres {
  readonly #place: string
  readonly #port: number
  #server: LocalService | null = null

  private constructor(place: string, port: number) {
    this.#place = place
    this.#port = port
  }

  static async start(): Promise<OwnPostgres> {
    const [port = 0] = await freePorts(1)
    const place = mkdtempSync(join(tmpdir(), 'voice-postgres-'))
    // Postgres may run as a user of its own.
    chmodSync(place, 0o755)
    const postgres = new OwnPostgres(place, port)
    await postgres.start()
    await migrate(postgres.url, silentLogger)
    return postgres
  }

  get url(): string {
    if (!this.#server) throw new Error('Postgres does not run')
    return this.#server.address
  }

  async start(): Promise<void> {
    this.#server = await startPostgres({
      url: undefined,
      folder: this.#place,
      openPlace: this.#place,
      dataName: 'postgres',
      logFile: join(this.#place, 'postgres.log'),
      port: this.#port,
      fast: true,
      watch: { started: () => undefined, ended: () => undefined },
      report: () => undefined,
    })
  }

  /** Cuts every connection and ends. */
  async stop(): Promise<void> {
    await this.#server?.stop()
    this.#server = null
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#place, { recursive: true, force: true })
  }
}
