import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { CertificateError, Wire } from './wire.ts'

/** A wire that is a TCP socket, or TLS over one. */
export class SocketWire extends Wire {
  readonly #socket: Socket
  #error: Error | null = null
  readonly #onData = (chunk: Buffer) => this.feed(chunk)
  readonly #onDrain = () => this.drained()
  readonly #onEnd = () => this.ended(this.#error)

  constructor(socket: Socket, maxBytes: number) {
    super(maxBytes)
    this.#socket = socket
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    // An error is followed by `close`.
    socket.on('error', (error) => (this.#error ??= meaningOf(error, socket)))
    socket.on('end', this.#onEnd)
    socket.on('close', () => {
      this.ended(this.#error)
      this.closed()
    })
  }

  /** The socket, for another wire to be laid on it. This one is of no use any more, and counts as closed. */
  release(): Socket {
    const socket = this.#socket
    socket.off('data', this.#onData).off('drain', this.#onDrain).off('end', this.#onEnd)
    this.mute()
    this.closed()
    return socket
  }

  get waitingBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  soon(run: () => void): void {
    setImmediate(run)
  }
}

/** What a TLS alert calls a certificate that the peer does not believe, or misses. */
const certificateAlert = /^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/

function meaningOf(error: Error, socket: Socket): Error {
  if (!(socket instanceof TLSSocket)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // Set by Node once it looked at the peer's certificate, and not when the connection broke before.
  const isDisbelieved = Boolean(socket.authorizationError) || certificateAlert.test(code)
  return isDisbelieved ? new CertificateError(error) : error
}
