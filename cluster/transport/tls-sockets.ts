import { connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { ProcessRole } from '../membership/port.ts'
import { bySecret, type WireProof } from './introductions.ts'
import type { PeerIdentity } from './port.ts'

/** A process's certificate with its chain, its key, and the authorities that it believes, in PEM. */
export interface LinkTls {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

/**
 * How processes prove to each other that they belong to one cluster: by a secret, with or without TLS; or, without a secret, each
 * by its certificate.
 */
export type LinkAuth =
  { readonly secret: string; readonly tls?: LinkTls | null } | { readonly secret: null; readonly tls: LinkTls }

/** A certificate with this DNS name may be any process's; one with `<role>.` before it, a process's of that role. */
export const certificateName = 'voice-rooms.internal'

/** Whether a certificate's alternative names, as Node writes them, let it stand for a process of that role. */
export function namesRole(alternativeNames: string, role: PeerIdentity['role']): boolean {
  const names = alternativeNames.split(', ')
  return names.includes(`DNS:${certificateName}`) || names.includes(`DNS:${role}.${certificateName}`)
}

/** Where sockets for links come from. */
export interface LinkSockets {
  connect(to: { readonly host: string; readonly port: number }, role: ProcessRole): readonly [Socket, WireProof]
  /** The same to the far end of a passage that runs through that socket. */
  within(passage: Socket, role: ProcessRole): readonly [Socket, WireProof]
  /** A server that does not listen yet. `refused` is told of peers that came to no socket, and why. */
  server(take: (socket: Socket, proof: WireProof) => void, refused: (remote: string, err: Error) => void): Server
  /** Hangs up on those who have come to no socket yet: nobody waits for them. */
  dropStrangers(): void
}

export function linkSockets(auth: LinkAuth): LinkSockets {
  if (auth.secret === null) return new TlsSockets(null, auth.tls)
  return auth.tls ? new TlsSockets(auth.secret, auth.tls) : new PlainSockets(auth.secret)
}

class PlainSockets implements LinkSockets {
  readonly #proof: WireProof

  constructor(secret: string) {
    this.#proof = bySecret(secret)
  }

  connect(to: { readonly host: string; readonly port: number }): readonly [Socket, WireProof] {
    return [connect({ ...to, noDelay: true }), this.#proof]
  }

  within(passage: Socket): readonly [Socket, WireProof] {
    return [passage, this.#proof]
  }

  server(take: (socket: Socket, proof: WireProof) => void): Server {
    return createServer({ noDelay: true }, (socket) => take(socket, this.#proof))
  }

  dropStrangers(): void {
    // A socket is handed over as soon as it is there.
  }
}

/** A dialer gets so long, ms, for the hand-shake of TLS. */
const tlsShakeMs = 2_000

/** So many may be in the hand-shake of TLS; further ones are hung up on. */
const tlsShakesMax = 256

/** FROZEN: both ends derive the same bytes from the channel under this label, and from no other channel. */
const exporterLabel = 'EXPORTER-voice-rooms-link'

/**
 * TLS 1.3. The dialer always checks the listener's certificate: that an authority vouches for it, and that it names the role. Where
 * there is no secret the listener checks the dialer's in the same way.
 */
class TlsSockets implements LinkSockets {
  readonly #secret: string | null
  /** Strangers in the hand-shake of TLS, by their address and port. */
  readonly #shaking = new Map<string, Socket>()
  readonly #options: LinkTls & { readonly minVersion: 'TLSv1.3' }

  constructor(secret: string | null, { cert, key, ca }: LinkTls) {
    this.#secret = secret
    this.#options = { cert, key, ca, minVersion: 'TLSv1.3' }
  }

  connect(to: { readonly host: string; readonly port: number }, role: ProcessRole): readonly [Socket, WireProof] {
    return this.#secure(to, role)
  }

  /** TLS within TLS: the node between sees as little of it as anybody on the way. */
  within(passage: Socket, role: ProcessRole): readonly [Socket, WireProof] {
    return this.#secure({ socket: passage }, role)
  }

  #secure(
    over: { readonly host: string; readonly port: number } | { readonly socket: Socket },
    role: ProcessRole,
  ): readonly [Socket, WireProof] {
    const { cert, key, ...trust } = this.#options
    const socket = connectTls({
      ...over,
      ...trust,
      ...(this.#secret === null ? { cert, key } : {}),
      // Addresses change with every deploy: a certificate is for what a process is, not for where it is.
      checkServerIdentity: (_, { subjectaltname = '' }) =>
        namesRole(subjectaltname, role) ? undefined : new Error(`the certificate names no ${role}`),
    })
    socket.setNoDelay(true)
    return [socket, { key: () => this.#keyOf(socket), admits: () => true }]
  }

  server(take: (socket: Socket, proof: WireProof) => void, refused: (remote: string, err: Error) => void): Server {
    const isMutual = this.#secret === null
    const server = createTlsServer({
      ...this.#options,
      ...{ requestCert: isMutual, rejectUnauthorized: isMutual, handshakeTimeout: tlsShakeMs, noDelay: true },
    })
    const shaking = this.#shaking
    server.on('connection', (socket: Socket) => {
      if (shaking.size >= tlsShakesMax) {
        socket.destroy()
        return
      }
      const name = remoteOf(socket)
      shaking.set(name, socket)
      socket.once('close', () => {
        if (shaking.get(name) === socket) shaking.delete(name)
      })
    })
    server.on('tlsClientError', (err, socket) => {
      refused(socket.remoteAddress ?? '', err)
      // Node does so itself, but not with those whose time is over.
      socket.destroy()
    })
    server.on('secureConnection', (socket) => {
      shaking.delete(remoteOf(socket))
      const names = socket.getPeerX509Certificate()?.subjectAltName ?? ''
      take(socket, { key: () => this.#keyOf(socket), admits: (role) => !isMutual || namesRole(names, role) })
    })
    return server
  }

  dropStrangers(): void {
    for (const socket of this.#shaking.values()) socket.destroy()
  }

  /** The secret, and what only the two ends of this channel know: a proof that is passed on over another channel proves nothing. */
  #keyOf(socket: TLSSocket): string {
    const channel = socket.exportKeyingMaterial(32, exporterLabel, Buffer.alloc(0)).toString('hex')
    return JSON.stringify([channel, this.#secret])
  }
}

const remoteOf = ({ remoteAddress = '', remotePort = 0 }: Socket): string => `${remoteAddress} ${remotePort}`
