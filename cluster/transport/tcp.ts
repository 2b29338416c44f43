import type { Server } from 'node:net'
import type { Member } from '../membership/port.ts'
import { maxHandShakeBytes } from './hand-shake.ts'
import { Introductions, type IntroductionDeps } from './introductions.ts'
import { linkSockets, type LinkAuth, type LinkSockets } from './tls-sockets.ts'
import { DialError, type PeerLink, type Transport } from './port.ts'
import { SocketWire } from './socket-wire.ts'

export type TcpTransportDeps = IntroductionDeps & LinkAuth

/** Links between processes over TCP, under TLS where certificates are given. docs/architecture/membership-and-transport.md says what is on the wire. */
export class TcpTransport implements Transport {
  readonly #deps: IntroductionDeps
  readonly #introductions: Introductions
  readonly #sockets: LinkSockets
  #server: Server | null = null

  constructor(deps: TcpTransportDeps) {
    this.#deps = deps
    this.#sockets = linkSockets(deps)
    this.#introductions = new Introductions(deps)
  }

  dial(target: Member, timeoutMs: number): Promise<PeerLink> {
    if (this.#introductions.isClosed || target.address === null) return Promise.reject(new DialError('other'))
    const [socket, proof] = this.#sockets.connect(target.address, target.role)
    return this.#introductions.dial(new SocketWire(socket, maxHandShakeBytes), proof, target, timeoutMs)
  }

  /** Takes one port only. Rejects when it cannot be had. */
  listen(host: string, port: number, onLink: (link: PeerLink) => void): Promise<number> {
    if (this.#introductions.isClosed || this.#server) {
      return Promise.reject(new Error('the transport listens already, or is closed'))
    }
    const server = this.#sockets.server(
      (socket, proof) => {
        const wire = new SocketWire(socket, maxHandShakeBytes)
        this.#introductions.answer(wire, proof, socket.remoteAddress ?? '', onLink)
      },
      (remote, err) => this.#deps.logger.warn({ remote, reason: 'tls', err }, 'link.refused'),
    )
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        this.#server = null
        reject(error)
      })
      server.listen(port, host, () => {
        // Later errors are those of single accepts, such as no file descriptor left; the next one may go well.
        server.removeAllListeners('error').on('error', (err) => {
          this.#deps.logger.error({ err }, 'link.accept_failed')
        })
        const bound = server.address()
        resolve(bound !== null && typeof bound === 'object' ? bound.port : port)
      })
    })
  }

  /** Closes the port and every link; resolves when all sockets are closed, a second later at most. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = null
    const unbound = server && new Promise((resolve) => server.close(resolve))
    this.#sockets.dropStrangers()
    await this.#introductions.close()
    await unbound
  }
}
