import { createServer, type Server } from 'node:http'
import type Koa from 'koa'
import type { Timers } from '../../protocol/ports.ts'
import type { RequestState } from './request.ts'

export interface HttpServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** A request has to be in by then, its headers within a third of it. Ms. */
  readonly readTimeoutMs: number
  /** A connection on which nothing moves for so long is closed. Ms. */
  readonly writeTimeoutMs: number
}

const maxHeaderBytes = 16 * 1024
const maxConnections = 10_000
const keepAliveMs = 5_000

/** The HTTP server around the app. */
export class HttpServer {
  readonly #server: Server
  readonly #options: HttpServerOptions
  readonly #timers: Timers

  constructor(app: Koa<RequestState>, options: HttpServerOptions, timers: Timers) {
    const handle = app.callback()
    this.#options = options
    this.#timers = timers
    // Koa answers on its own, errors included.
    this.#server = createServer({ maxHeaderSize: maxHeaderBytes }, (req, res) => void handle(req, res))
    this.#server.maxConnections = maxConnections
    this.#server.keepAliveTimeout = keepAliveMs
    this.#server.requestTimeout = options.readTimeoutMs
    this.#server.headersTimeout = Math.ceil(options.readTimeoutMs / 3)
    this.#server.setTimeout(options.writeTimeoutMs)
  }

  /** Resolves with the port; rejects when it is taken. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject)
        const address = this.#server.address()
        resolve(address !== null && typeof address === 'object' ? address.port : this.#options.port)
      })
    })
  }

  /** Takes no more connections, lets requests under way finish, and cuts off what is left after `drainMs`. */
  close(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#timers.after(drainMs, () => this.#server.closeAllConnections())
      this.#server.close(() => {
        cancel()
        resolve()
      })
      this.#server.closeIdleConnections()
    })
  }
}
