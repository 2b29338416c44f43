/** Bounds of what may wait for clients that read slower than they are sent to. */
export interface SlowBounds {
  /** For one client. Bytes. */
  readonly bytes: number
  /** For one client, without a moment in which nothing waits. Ms. */
  readonly withinMs: number
  /** For all of them together. Bytes. */
  readonly totalBytes: number
}

export const slowBounds: SlowBounds = { bytes: 1024 * 1024, withinMs: 5_000, totalBytes: 256 * 1024 * 1024 }

/** The sockets whose clients have something waiting, those first that have for longest. */
export class SlowSockets<Socket> {
  readonly #bounds: SlowBounds
  readonly #since = new Map<Socket, number>()

  constructor(bounds = slowBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#since.size
  }

  /** Something was sent, and so many bytes wait by now. Says whether the client has fallen too far behind. */
  sent(socket: Socket, waitingBytes: number, nowMs: number): boolean {
    if (waitingBytes === 0) this.#since.delete(socket)
    else if (!this.#since.has(socket)) this.#since.set(socket, nowMs)
    return waitingBytes > this.#bounds.bytes
  }

  forget(socket: Socket): void {
    this.#since.delete(socket)
  }

  /** Those that have had something waiting for too long; and where all together hold too much, the ones that do so for longest. */
  overdue(nowMs: number, waitingBytes: (socket: Socket) => number): Socket[] {
    const late: Socket[] = []
    let total = 0
    for (const socket of this.#since.keys()) {
      const bytes = waitingBytes(socket)
      if (bytes === 0) this.#since.delete(socket)
      total += bytes
    }
    for (const [socket, sinceMs] of this.#since) {
      if (nowMs - sinceMs < this.#bounds.withinMs && total <= this.#bounds.totalBytes) break
      late.push(socket)
      total -= waitingBytes(socket)
    }
    return late
  }
}
