import { WebSocket } from 'ws'

/** A frame as it came. */
export interface ReceivedFrame {
  readonly type: string
  // Frames of every type land here; a test that reads a field knows which one it waits for.

  readonly [field: string]: any
}

/** A client of a gateway for tests: speaks the frames of docs/socket.md and keeps everything it hears. */
export class VoiceSocket {
  readonly frames: ReceivedFrame[] = []
  /** Binary frames, as they came. */
  readonly shown: Uint8Array[] = []
  readonly #socket: WebSocket
  #counter = 0
  /** Who waits for the next frame, or for the close. */
  readonly #waiting = new Set<() => void>()
  /** Code of the close frame; 0 while open. */
  closeCode = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.shown.push(data)
      else this.frames.push(JSON.parse(data.toString()) as ReceivedFrame)
      this.#changed()
    })
    socket.on('close', (code) => {
      this.closeCode = code
      this.#changed()
    })
    socket.on('error', () => undefined)
  }

  /** Connects without a word. */
  static async open(url: string): Promise<VoiceSocket> {
    const socket = new WebSocket(url)
    const client = new VoiceSocket(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve())
      socket.once('error', reject)
    })
    return client
  }

  /** Connects and is welcomed. */
  static async connect(url: string, token: string): Promise<VoiceSocket> {
    const client = await VoiceSocket.open(url)
    client.send({ type: 'hello', token })
    await client.heard('welcome')
    return client
  }

  send(frame: unknown): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** Sends a binary frame. */
  show(frame: Uint8Array): void {
    this.#socket.send(frame, { binary: true })
  }

  /** Sends a command under the next number and waits for its reply or error; sends it again while told to retry. */
  async command(frame: Record<string, unknown>, timeoutMs = 10_000): Promise<ReceivedFrame> {
    this.#counter += 1
    const id = this.#counter
    const untilMs = performance.now() + timeoutMs
    for (;;) {
      const from = this.frames.length
      this.send({ ...frame, id })
      const answer = await this.#answerTo(id, from, untilMs - performance.now())
      if (answer.type !== 'error' || answer['retry'] !== true || performance.now() > untilMs) return answer
    }
  }

  /** The first frame of that type that fits, past ones included. */
  async heard(
    type: string,
    fits: (frame: ReceivedFrame) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<ReceivedFrame> {
    const find = () => this.frames.find((frame) => frame.type === type && fits(frame))
    await this.#until(`a ${type} frame`, () => find() !== undefined || this.closeCode !== 0, timeoutMs)
    const frame = find()
    if (!frame) throw new Error(`the socket closed with ${this.closeCode} before a ${type} frame came`)
    return frame
  }

  async closed(timeoutMs = 10_000): Promise<number> {
    await this.#until('the socket is closed', () => this.closeCode !== 0, timeoutMs)
    return this.closeCode
  }

  close(): void {
    this.#socket.close()
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.#socket.terminate()
  }

  /** Stops reading, so that what is sent waits for this client. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  async #answerTo(id: number, from: number, timeoutMs: number): Promise<ReceivedFrame> {
    const find = () =>
      this.frames.slice(from).find((frame) => (frame.type === 'reply' || frame.type === 'error') && frame['id'] === id)
    await this.#until(`an answer to command ${id}`, () => find() !== undefined, Math.max(timeoutMs, 100))
    const answer = find()
    if (!answer) throw new Error('unreachable')
    return answer
  }

  /** Looks whenever a frame comes and never between, so that a figure taken with it has no grid. */
  #until(reason: string, isSo: () => boolean, timeoutMs: number): Promise<void> {
    if (isSo()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const look = () => isSo() && end(resolve)
      const timer = setTimeout(() => {
        const last = JSON.stringify(this.frames.slice(-5))
        end(() => reject(new Error(`waited ${timeoutMs} ms until ${reason}\n${last}`)))
      }, timeoutMs)
      const end = (settle: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        settle()
      }
      this.#waiting.add(look)
    })
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look()
  }
}
