import {
  App,
  SSLApp,
  us_listen_socket_close,
  us_socket_local_port,
  type HttpRequest,
  type HttpResponse,
  type TemplatedApp,
  type us_listen_socket,
  type us_socket_context_t,
  type WebSocket,
} from 'uWebSockets.js'
import { maxFrameBytes } from '../../protocol/client/frames.ts'
import { maxHeaderBytes } from '../../protocol/http/headers.ts'
import { errorBody, errorRow, AppError, type ErrorCode } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import { networkOf, type Client, type ClientReader } from '../client-address.ts'
import type { Limits } from '../limits/index.ts'
import type { GatewayMetrics } from '../metrics.ts'
import type { ClientSocket } from './client-socket.ts'
import { heartbeatMs, type Connection } from './connection.ts'
import type { OriginRule } from './origin-rule.ts'
import { slowBounds, SlowSockets } from './slow-sockets.ts'

export interface SocketServerDeps {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly path: string
  /** Files in PEM; null serves plain sockets. They are read once. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  readonly originAllowed: OriginRule
  readonly clientOf: ClientReader
  readonly limits: Pick<Limits, 'note'>
  connect(socket: ClientSocket, client: Client): Connection
  readonly metrics: GatewayMetrics
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/** Sockets that one gateway takes; above it the upgrade is answered 503. */
const maxSockets = 20_000
/** How often clients are looked for that have been behind for too long, ms. */
const slowEveryMs = 500

/** What close frames get to leave the machine. */
const flushMs = 250

/** Every limit of a socket, in one place. */
const limits = {
  /** Beyond it uWebSockets.js ends the socket without a close frame: the client sees 1006. */
  maxPayloadLength: maxFrameBytes,
  /** The last resort behind `slowBounds`, and room for one more message: beyond it the socket is cut off. */
  maxBackpressure: slowBounds.bytes + 2 * 1024 * 1024,
  closeOnBackpressureLimit: true,
  /** Seconds without any traffic; the server pings before, and every WebSocket client answers that by itself. */
  idleTimeout: (heartbeatMs / 1_000) * 3,
  sendPingsAutomatically: true,
  /** Off: voice signaling is small, and compressing beside secrets tells about them by size. */
  compression: 0,
}

/** LIBUS_LISTEN_EXCLUSIVE_PORT: else processes would share a port, and a taken one would go unnoticed. */
const exclusivePort = 1

interface SocketData {
  readonly client: Client
  connection: Connection | null
  open: boolean
}
type Socket = WebSocket<SocketData>

/** The WebSocket endpoint: bytes in, bytes out, and the limits around them. */
export class SocketServer {
  readonly #deps: SocketServerDeps
  readonly #app: TemplatedApp
  readonly #sockets = new Set<Socket>()
  readonly #slow = new SlowSockets<Socket>()
  #cancelSlow: Cancel = () => undefined
  #listening: us_listen_socket | null = null
  #stopping = false

  constructor(deps: SocketServerDeps) {
    this.#deps = deps
    this.#app = deps.tls ? SSLApp({ cert_file_name: deps.tls.certFile, key_file_name: deps.tls.keyFile }) : App()
    this.#app.ws<SocketData>(deps.path, {
      ...limits,
      // A response that nobody gives would end the process.
      upgrade: (res, req, context) =>
        this.#guarded(
          () => this.#upgrade(res, req, context),
          () => res.close(),
        ),
      open: (socket) =>
        this.#guarded(
          () => this.#opened(socket),
          () => endFailed(socket),
        ),
      message: (socket, bytes, isBinary) =>
        this.#guarded(
          () => socket.getUserData().connection?.receive(bytes, isBinary),
          () => endFailed(socket),
        ),
      drain: (socket) =>
        this.#guarded(
          () => void this.#isBehind(socket),
          () => endFailed(socket),
        ),
      close: (socket, code, message) => this.#guarded(() => this.#closed(socket, code, message)),
    })
    this.#app.any('/*', (res) => refuse(res, 'NOT_FOUND'))
  }

  get size(): number {
    return this.#sockets.size
  }

  /** Resolves with the port; rejects when it is taken. */
  listen(): Promise<number> {
    const { host, port } = this.#deps
    return new Promise((resolve, reject) => {
      // Their types lack the form with both a host and options.
      const app = this.#app as unknown as {
        listen(host: string, port: number, options: number, done: (socket: us_listen_socket | false) => void): void
      }
      app.listen(host, port, exclusivePort, (socket) => {
        if (socket === false) {
          reject(Object.assign(new Error(`port ${port} is taken`), { code: 'EADDRINUSE', port }))
          return
        }
        this.#listening = socket
        this.#cancelSlow = this.#deps.timers.every(slowEveryMs, () => this.#closeSlow())
        resolve(us_socket_local_port(socket))
      })
    })
  }

  /** Takes no more sockets, tells every client to go elsewhere (1012), and cuts off what is left after `drainMs`. */
  async close(drainMs: number): Promise<void> {
    this.#stopping = true
    this.#cancelSlow()
    if (this.#listening) us_listen_socket_close(this.#listening)
    this.#listening = null
    const leaving = [...this.#sockets]
    for (const socket of leaving) socket.getUserData().connection?.close('GATEWAY_STOPPING')
    // Close frames leave with the loop's next turns; a client that does not answer hers is cut off.
    if (leaving.length > 0) {
      await new Promise<void>((resolve) => void this.#deps.timers.after(Math.min(drainMs, flushMs), resolve))
    }
    this.#app.close()
  }

  /** Revocations came: every connection looks at its token again. */
  recheck(): void {
    for (const socket of [...this.#sockets]) {
      this.#guarded(
        () => socket.getUserData().connection?.recheck(),
        () => endFailed(socket),
      )
    }
  }

  /** Sends each user what is theirs, on every socket of theirs. */
  tell(messages: ReadonlyMap<UserId, readonly string[]>): void {
    for (const socket of [...this.#sockets]) {
      this.#guarded(
        () => socket.getUserData().connection?.tell(messages),
        () => endFailed(socket),
      )
    }
  }

  #upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    if (this.#stopping || this.#sockets.size >= maxSockets) {
      refuse(res, 'GATEWAY_STOPPING')
      return
    }
    if (!this.#deps.originAllowed(req.getHeader('origin'), req.getHeader('host'))) {
      this.#deps.metrics.refused('FORBIDDEN')
      refuse(res, 'FORBIDDEN')
      return
    }
    const client = this.#clientOf(res, req)
    if (client === null) {
      this.#deps.metrics.refused('HEADERS_TOO_LARGE')
      refuse(res, 'HEADERS_TOO_LARGE')
      return
    }
    const { error } = this.#deps.limits.note('address', { network: networkOf(client.address) })
    if (error) {
      this.#deps.metrics.refused(error.code)
      refuse(res, error)
      return
    }
    res.upgrade<SocketData>(
      { client, connection: null, open: true },
      req.getHeader('sec-websocket-key'),
      req.getHeader('sec-websocket-protocol'),
      req.getHeader('sec-websocket-extensions'),
      context,
    )
  }

  /**
   * A header may stand there several times, and `getHeader` knows the first alone, which may be the client's own. Null where the
   * headers are too large, since uWebSockets.js takes any that come in one piece.
   */
  #clientOf(res: HttpResponse, req: HttpRequest): Client | null {
    const lines = { 'x-forwarded-for': '', 'x-forwarded-proto': '', forwarded: '' }
    // Their types promise a query; without one there is none.
    const query = req.getQuery() as string | undefined
    let bytes = req.getUrl().length + (query?.length ?? 0)
    req.forEach((name, value) => {
      bytes += name.length + value.length
      if (name in lines)
        lines[name as keyof typeof lines] += lines[name as keyof typeof lines] === '' ? value : `,${value}`
    })
    if (bytes > maxHeaderBytes) return null
    return this.#deps.clientOf({
      peer: Buffer.from(res.getRemoteAddressAsText()).toString(),
      isTls: this.#deps.tls !== null,
      forwardedFor: lines['x-forwarded-for'],
      forwardedProto: lines['x-forwarded-proto'],
      forwarded: lines.forwarded,
    })
  }

  #opened(socket: Socket): void {
    this.#sockets.add(socket)
    this.#deps.metrics.socketOpened()
    const data = socket.getUserData()
    data.connection = this.#deps.connect(this.#clientSocket(socket), data.client)
  }

  #closed(socket: Socket, code: number, message: ArrayBuffer): void {
    const data = socket.getUserData()
    data.open = false
    this.#sockets.delete(socket)
    this.#slow.forget(socket)
    this.#deps.metrics.slowSockets(this.#slow.size)
    this.#deps.metrics.socketClosed()
    if (code === 1006 && Buffer.from(message).toString() === tooBig) this.#deps.metrics.oversizeFrame()
    data.connection?.closed()
  }

  /** They are told to connect again and resume: what waits for them leaves before that, if they read it. */
  #closeSlow(): void {
    for (const socket of this.#slow.overdue(this.#nowMs(), (each) => each.getBufferedAmount())) {
      this.#guarded(
        () => socket.getUserData().connection?.close('SLOW_CONSUMER'),
        () => endFailed(socket),
      )
    }
  }

  /** Every call on a socket that is closed throws, so each is behind `open`. */
  #clientSocket(socket: Socket): ClientSocket {
    const data = socket.getUserData()
    const send = (message: string | Uint8Array, isBinary: boolean) => {
      if (!data.open) return 'sent'
      // 1 sent; 0 waits for the client; 2 dropped, and the socket is cut off by the limit.
      const outcome = socket.send(message, isBinary, false)
      if (outcome === 1) return 'sent'
      if (outcome === 2) return 'behind'
      return this.#isBehind(socket) ? 'behind' : 'sent'
    }
    return {
      send: (message) => send(message, false),
      sendBinary: (bytes) => send(bytes, true),
      waitingBytes: () => (data.open ? socket.getBufferedAmount() : 0),
      end: (closeCode, reason) => {
        if (data.open) socket.end(closeCode, reason)
      },
    }
  }

  #isBehind(socket: Socket): boolean {
    const isBehind = this.#slow.sent(socket, socket.getBufferedAmount(), this.#nowMs())
    this.#deps.metrics.slowSockets(this.#slow.size)
    return isBehind
  }

  #nowMs(): number {
    return this.#deps.clock.monotonicMs()
  }

  /** A thrown error must not reach the native caller: it would end the process. It ends that socket alone. */
  #guarded(work: () => void, end: () => void = () => undefined): void {
    try {
      work()
    } catch (err) {
      this.#deps.logger.error({ err }, 'socket.handler_failed')
      end()
    }
  }
}

function endFailed(socket: Socket): void {
  if (socket.getUserData().open) socket.end(1011, 'INTERNAL')
}

/** How uWebSockets.js names the reason when a message was over `maxPayloadLength`. */
const tooBig = 'Received too big message'

const statusTexts: Readonly<Record<number, string>> = {
  403: '403 Forbidden',
  404: '404 Not Found',
  429: '429 Too Many Requests',
  431: '431 Request Header Fields Too Large',
  503: '503 Service Unavailable',
}

function refuse(res: HttpResponse, reason: ErrorCode | AppError): void {
  const error = typeof reason === 'string' ? new AppError(reason) : reason
  const status = errorRow(error.code).http
  const afterMs = error.data?.['retry_after_ms']
  res.cork(() => {
    res.writeStatus(statusTexts[status] ?? `${status}`).writeHeader('content-type', 'application/json; charset=utf-8')
    if (typeof afterMs === 'number') res.writeHeader('retry-after', String(Math.max(1, Math.ceil(afterMs / 1_000))))
    res.end(JSON.stringify({ error: errorBody(error, 'upgrade') }), true)
  })
}
