import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

/** One message as a receiver heard it. */
export interface Heard {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answer = (heard: Heard, response: ServerResponse, socket: Socket) => void

const ok: Answer = (_, response) => response.writeHead(204).end()

/** Somebody else's program that webhooks are sent to, on loopback. */
export class Receiver {
  readonly heard: Heard[] = []
  /** What it does with the next messages. */
  answer: Answer = ok
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(tls: { cert: string; key: string } | null) {
    const listen = (request: IncomingMessage, response: ServerResponse) => this.#hear(request, response)
    this.#server = tls ? createTlsServer(tls, listen) : createServer(listen)
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(tls: { cert: string; key: string } | null = null): Promise<Receiver> {
    const receiver = new Receiver(tls)
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  get connections(): number {
    return this.#sockets.size
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #hear(request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    request.on('end', () => {
      const heard = { path: request.url ?? '', headers: request.headers, body }
      this.heard.push(heard)
      this.answer(heard, response, request.socket)
    })
  }
}

/**
 * Whether the message is from who has the secret, as receivers check it by the Standard Webhooks specification: one of the signatures
 * fits, and it was sent within five minutes.
 */
export function isAuthentic({ headers, body }: Heard, secret: string, nowMs = Date.now()): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    String(headers[name]),
  )
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > 300) return false
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
  return (signatures ?? '').split(' ').some((signature) => {
    const [version, text = ''] = signature.split(',')
    const given = Buffer.from(text, 'base64')
    return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted)
  })
}
