import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type Koa from 'koa'
import { AppError, errorBody, errorRow, type ErrorCode } from '../../protocol/errors.ts'
import { maxHeaderBytes } from '../../protocol/http/headers.ts'
import type { Random, Timers } from '../../protocol/ports.ts'
import type { GatewayMetrics } from '../metrics.ts'
import type { RequestState } from './request.ts'

export interface HttpServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** A request has to be in by then, its headers within a third of it. Ms. */
  readonly readTimeoutMs: number
  /** A connection on which nothing moves for so long is closed. Ms. */
  readonly writeTimeoutMs: number
  /** Null serves plain HTTP. */
  readonly tls: CertificatePair | null
}

/** A certificate with its chain, and its private key, in PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** Far more than any client sends. What is above is not read, as Node has it. */
const maxHeaders = 100
/** How often requests are looked for that are late, ms: the time-outs hold to within that. */
const lateEveryMs = 1_000
const maxConnections = 10_000
const keepAliveMs = 5_000

export interface HttpServerDeps {
  readonly timers: Timers
  readonly random: Random
  readonly metrics: Pick<GatewayMetrics, 'refused'>
}

/** The HTTP server around the app. */
export class HttpServer {
  readonly #server: Server | TlsServer
  readonly #options: HttpServerOptions
  readonly #timers: Timers

  constructor(app: Koa<RequestState>, options: HttpServerOptions, deps: HttpServerDeps) {
    const handle = app.callback()
    this.#options = options
    this.#timers = deps.timers
    // Koa answers on its own, errors included.
    const listener: RequestListener = (req, res) => void handle(req, res)
    const bounds = { maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: lateEveryMs }
    this.#server = options.tls
      ? createTlsServer({ ...bounds, cert: options.tls.cert, key: options.tls.key, minVersion: 'TLSv1.2' }, listener)
      : createServer(bounds, listener)
    this.#server.maxHeadersCount = maxHeaders
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, deps))
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

  /** From now on new connections are under this certificate; those that are open stay as they are. Only under TLS. */
  renew({ cert, key }: CertificatePair): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' })
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

const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}
const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** What never became a request is answered in the one form of errors, and its connection closed: nobody knows where the next begins. */
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex, { random, metrics }: HttpServerDeps): void {
  const error = codes[code] ?? 'MALFORMED_REQUEST'
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  metrics.refused(error)
  const status = errorRow(error).http
  const body = JSON.stringify({ error: errorBody(new AppError(error), random.uuid()) })
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    'Cache-Control: no-store',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
