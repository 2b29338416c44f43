import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Stands in front of a server that speaks S3: counts the parts that reach it, and takes its time for each. */
export class SlowStore {
  readonly #server: Server
  readonly port: number
  /** How often each part was sent. */
  readonly parts = new Map<string, number>()

  private constructor(server: Server, port: number, parts: Map<string, number>) {
    this.#server = server
    this.port = port
    this.parts = parts
  }

  static async start(behind: number, partMs: number): Promise<SlowStore> {
    const parts = new Map<string, number>()
    const server = createServer((from, to) => {
      const part = /partNumber=(\d+)/.exec(from.url ?? '')?.[1]
      if (part !== undefined && from.method === 'PUT') parts.set(part, (parts.get(part) ?? 0) + 1)
      const { url, method, headers } = from
      const on = request({ host: '127.0.0.1', port: behind, path: url, method, headers }, (answer) => {
        void sleep(part === undefined ? 0 : partMs).then(() => {
          to.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(to)
        })
      })
      on.on('error', () => to.destroy())
      from.pipe(on)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new SlowStore(server, (server.address() as AddressInfo).port, parts)
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
