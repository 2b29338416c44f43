import pg from 'pg'
import type { Cancel, Logger, Timers } from '../../protocol/ports.ts'
import { connectTimeoutMs } from '../pool.ts'

export interface ListenerDeps {
  readonly databaseUrl: string
  readonly timers: Timers
  readonly logger: Logger
}

type Wake = (payload: string | null) => void

/** Between two attempts to listen again, ms. */
const reconnectMs = 1_000

/**
 * Calls `wake` with the payload of every notification of the channel, over a connection of its own, until the returned function is called.
 * Rejects when the first connection fails. One that is lost later is made again every second, and `wake` is called with null when it
 * is back, for what was missed.
 */
export async function listenTo(channel: string, wake: Wake, deps: ListenerDeps): Promise<() => Promise<void>> {
  const listener = new Listener(channel, wake, deps)
  await listener.connect()
  return () => listener.end()
}

/** Modes: listening (a client), resting (a timer), ended for good. */
class Listener {
  readonly #channel: string
  readonly #wake: Wake
  readonly #deps: ListenerDeps
  #client: pg.Client | null = null
  #cancelRest: Cancel = () => undefined
  #ended = false

  constructor(channel: string, wake: Wake, deps: ListenerDeps) {
    this.#channel = channel
    this.#wake = wake
    this.#deps = deps
  }

  async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#deps.databaseUrl,
      application_name: `listens to ${this.#channel}`,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      keepAlive: true,
    })
    // Told by the end of the connection as well, which always follows.
    client.on('error', () => undefined)
    client.on('notification', ({ payload }) => this.#wake(payload ?? null))
    try {
      await client.connect()
      await client.query(`listen ${this.#channel}`)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    if (this.#ended) {
      await client.end()
      return
    }
    client.on('end', () => this.#lost(client))
    this.#client = client
  }

  async end(): Promise<void> {
    this.#ended = true
    this.#cancelRest()
    await this.#client?.end()
  }

  #lost(client: pg.Client): void {
    if (this.#ended || this.#client !== client) return
    this.#client = null
    this.#deps.logger.warn({ channel: this.#channel }, 'postgres.listener_lost')
    this.#connectLater()
  }

  #connectLater(): void {
    this.#cancelRest = this.#deps.timers.after(reconnectMs, () => void this.#connectAgain())
  }

  async #connectAgain(): Promise<void> {
    try {
      await this.connect()
    } catch {
      if (!this.#ended) this.#connectLater()
      return
    }
    if (this.#ended) return
    this.#deps.logger.info({ channel: this.#channel }, 'postgres.listener_back')
    this.#wake(null)
  }
}
