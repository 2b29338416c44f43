import { FrameDecoder, FrameError } from './frame-codec.ts'
import type { Frame } from './port.ts'

/** Who gets what a wire brings. */
export interface WireUser {
  frame(frame: Frame): void
  /** What waited to be written is written. */
  drain(): void
  /** The wire brings nothing more. `error` is what broke it; null when the peer closed it in order. */
  end(error: Error | null): void
}

/** Who gets the bytes of a wire as they come. */
export interface BytesUser {
  bytes(chunk: Buffer): void
  /** What waited to be written is written. */
  drain(): void
  /** As of WireUser. */
  end(error: Error | null): void
}

/** The certificate of the peer is not one that this process believes. Broke a wire before anything came over it. */
export class CertificateError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
    this.name = 'CertificateError'
  }
}

/**
 * A stream of bytes to one peer, read as frames: a socket, or its likeness in memory. It ends once for its user, whatever
 * ends it, and brings nothing after that.
 */
export abstract class Wire {
  readonly #decoder: FrameDecoder
  #user: WireUser | null = null
  #bytesUser: BytesUser | null = null
  #hasEnded = false
  readonly #closeListeners: (() => void)[] = []

  constructor(maxBytes: number) {
    this.#decoder = new FrameDecoder(maxBytes)
  }

  /** Bytes written that have not left yet. */
  abstract get waitingBytes(): number
  abstract write(bytes: Buffer): void
  abstract pause(): void
  abstract resume(): void
  /** Closes when what was written has left. The peer is told that nothing more comes. */
  abstract end(): void
  /** Closes now. */
  abstract destroy(): void
  /** Runs it when the present turn of the loop is over. */
  abstract soon(run: () => void): void

  /** From the next frame on, all goes to `user`. */
  handTo(user: WireUser): void {
    this.#user = user
  }

  /** From the next chunk on, all goes to `user` unread. What is left of the present one is dropped. */
  handBytesTo(user: BytesUser): void {
    this.#user = null
    this.#bytesUser = user
  }

  /** Takes frames of up to so many bytes from the next one on. */
  allow(maxBytes: number): void {
    this.#decoder.allow(maxBytes)
  }

  /** Whatever still comes is read and dropped, and nobody is told of the end: the user has closed. */
  mute(): void {
    this.#hasEnded = true
    this.resume()
  }

  /** The wire holds no resources any more. Called once, and only by a listener that was there in time. */
  onClosed(listener: () => void): void {
    this.#closeListeners.push(listener)
  }

  protected feed(chunk: Buffer): void {
    if (this.#hasEnded) return
    if (this.#bytesUser) {
      this.#bytesUser.bytes(chunk)
      return
    }
    try {
      this.#decoder.feed(chunk, (frame) => {
        if (!this.#hasEnded) this.#user?.frame(frame)
      })
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.ended(error)
      this.destroy()
    }
  }

  protected drained(): void {
    if (!this.#hasEnded) (this.#bytesUser ?? this.#user)?.drain()
  }

  protected ended(error: Error | null): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const user = this.#bytesUser ?? this.#user
    user?.end(error)
  }

  protected closed(): void {
    for (const listener of this.#closeListeners.splice(0)) listener()
  }
}
