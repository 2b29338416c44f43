import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePorts } from './free-ports.ts'

/** A door in front of a TCP server on this machine, which a test may shut. */
export class TcpGate {
  readonly port: number
  readonly #to: number
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null

  private constructor(port: number, to: number) {
    this.port = port
    this.#to = to
  }

  /** In front of that port; open. */
  static async before(to: number): Promise<TcpGate> {
    const [port = 0] = await freePorts(1)
    const gate = new TcpGate(port, to)
    await gate.open()
    return gate
  }

  open(): Promise<void> {
    const server = createServer((near) => this.#join(near, connect(this.#to, '127.0.0.1')))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
  }

  /** Cuts what goes through, and refuses what comes. */
  async shut(): Promise<void> {
    const server = this.#server
    this.#server = null
    const closed = server && new Promise((resolve) => server.close(resolve))
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  #join(near: Socket, far: Socket): void {
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }
}
