import type { Socket } from 'node:net'
import { Wire } from './wire.ts'

/** A wire that is a TCP socket. */
export class SocketWire extends Wire {
  readonly #socket: Socket
  #error: Error | null = null

  constructor(socket: Socket, maxBytes: number) {
    super(maxBytes)
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.feed(chunk))
    socket.on('drain', () => this.drained())
    // An error is followed by `close`.
    socket.on('error', (error) => (this.#error ??= error))
    socket.on('end', () => this.ended(this.#error))
    socket.on('close', () => {
      this.ended(this.#error)
      this.closed()
    })
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
