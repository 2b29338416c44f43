import { connect, type Server } from 'node:net'
import type { Member } from '../membership/port.ts'
import { maxHandShakeBytes } from './hand-shake.ts'
import { Introductions, type IntroductionDeps, type Passer } from './introductions.ts'
import { Passages } from './passages.ts'
import { linkSockets, type LinkAuth, type LinkSockets } from './tls-sockets.ts'
import { DialError, type PassagePolicy, type PeerLink, type Transport } from './port.ts'
import { SocketWire } from './socket-wire.ts'
import type { Wire } from './wire.ts'

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
    return this.#introductions.dial(new SocketWire(socket, maxHandShakeBytes), proof, target, timeoutMs, null)
  }

  async dialThrough(way: Member, target: Member, timeoutMs: number): Promise<PeerLink> {
    if (this.#introductions.isClosed || way.address === null) throw new DialError('other')
    const untilMs = this.#deps.clock.monotonicMs() + timeoutMs
    const [outer, outerProof] = this.#sockets.connect(way.address, way.role)
    const wire = new SocketWire(outer, maxHandShakeBytes)
    await this.#introductions.passThrough(wire, outerProof, way, target, timeoutMs)
    const [socket, proof] = this.#sockets.within(wire.release(), target.role)
    const leftMs = Math.max(1, untilMs - this.#deps.clock.monotonicMs())
    return this.#introductions.dial(new SocketWire(socket, maxHandShakeBytes), proof, target, leftMs, way.process)
  }

  /** Takes one port only. Rejects when it cannot be had. */
  listen(host: string, port: number, onLink: (link: PeerLink) => void, policy?: PassagePolicy): Promise<number> {
    if (this.#introductions.isClosed || this.#server) {
      return Promise.reject(new Error('the transport listens already, or is closed'))
    }
    const passages = policy && new Passages({ ...this.#deps, policy, connect: (member) => this.#plainWire(member) })
    const reception = { link: onLink, passage: passages && ((passer: Passer) => passages.take(passer)) }
    const server = this.#sockets.server(
      (socket, proof) => {
        const wire = new SocketWire(socket, maxHandShakeBytes)
        this.#introductions.answer(wire, proof, socket.remoteAddress ?? '', reception)
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

  /** For what the two ends of a passage have to say to each other, TLS or not. */
  #plainWire({ address }: Member): Wire {
    const wire = new SocketWire(connect({ ...(address ?? { port: 0 }), noDelay: true }), maxHandShakeBytes)
    this.#introductions.keep(wire)
    return wire
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
