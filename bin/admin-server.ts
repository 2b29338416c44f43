import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { decoder } from '../protocol/codec.ts'
import { RoomId } from '../protocol/ids.ts'
import type { Logger } from '../protocol/ports.ts'
import type { ClusterPage } from './cluster-page.ts'

export interface AdminServerOptions {
  /** On loopback; 0 for any. */
  readonly port: number
  /** Why the process cannot do its work right now, one sentence each; empty when it can. Must not wait for anything. */
  readonly checks: () => readonly string[]
  /** What the process knows of the cluster. Null until it has a seat in it. */
  readonly cluster: () => ClusterPage | null
  /** Null: `/metrics` answers 404. */
  readonly metrics: { readonly registry: Registry; readonly path: string } | null
  readonly log: Logger
}

export interface AdminServer {
  /** Where it listens. */
  readonly port: number
  /** Stops listening and ends what is open. */
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly body: string
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
})

const roomsPath = '/cluster/rooms/'
const decodeRoomId = decoder(RoomId)
const noSeat = json(503, { error: 'the process has no seat in the cluster yet' })

/**
 * Health, readiness, metrics and a view of the cluster, on loopback only: for the operator on the machine and the probes
 * of its container. It takes GET and nothing else, reads no body, and a request has 5 s and 8 KiB of headers.
 *
 * Rejects when the port is taken.
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const server = createServer(
    { maxHeaderSize: 8_192, requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 2_000 },
    (request, response) => void respond(request, response, options),
  )
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function respond(request: IncomingMessage, response: ServerResponse, options: AdminServerOptions): Promise<void> {
  const { status, type, body } = await answer(request, options).catch((error: unknown) => {
    options.log.error({ err: error, path: request.url }, 'admin.failed')
    return json(500, { error: 'see the log' })
  })
  response.writeHead(status, {
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(status === 405 ? { allow: 'GET' } : {}),
    // A body nobody reads would be taken for the next request.
    ...(hasBody(request) ? { connection: 'close' } : {}),
  })
  response.end(body)
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

async function answer(request: IncomingMessage, { checks, cluster, metrics }: AdminServerOptions): Promise<Answer> {
  if (request.method !== 'GET') return json(405, { error: 'only GET' })
  if (hasBody(request)) return json(413, { error: 'no body is taken here' })
  const [path = ''] = (request.url ?? '').split('?')
  switch (path) {
    case '/health':
      return json(200, { status: 'ok' })
    case '/health/ready': {
      const reasons = checks()
      return reasons.length === 0
        ? json(200, { status: 'ready', reasons: [] })
        : json(503, { status: 'not_ready', reasons })
    }
    case '/cluster': {
      const page = cluster()
      return page ? json(200, page.summary()) : noSeat
    }
    default:
      if (path.startsWith(roomsPath)) return await showRoom(cluster(), path.slice(roomsPath.length))
      if (metrics === null || path !== metrics.path) return json(404, { error: 'nothing here' })
      return { status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() }
  }
}

async function showRoom(page: ClusterPage | null, id: string): Promise<Answer> {
  if (!isRoomId(id)) return json(400, { error: 'the id of a room is a UUID' })
  if (!page) return noSeat
  const room = await page.room(id)
  return room ? json(200, room) : json(404, { error: 'nobody knows of such a room' })
}

function isRoomId(text: string): text is RoomId {
  try {
    decodeRoomId(text)
    return true
  } catch {
    return false
  }
}
