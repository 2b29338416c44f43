import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
const noMask = Buffer.alloc(4)

/**
 * A WebSocket client that spends next to nothing, so that a bench measures the server: frames go out under a mask of zeros,
 * and come in as bytes that only the listener looks into. RFC 6455, unfragmented.
 */
export class LeanSocket {
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  #out: Buffer[] = []
  #isFlushDue = false
  /** Each text frame. The bytes are valid until it returns. */
  onText: (bytes: Buffer) => void = () => undefined
  /** Each binary frame, in the same way. */
  onBinary: (bytes: Buffer) => void = () => undefined
  isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('close', () => (this.isClosed = true))
    socket.on('error', () => undefined)
  }

  /** `url`: `ws://host:port/path`. */
  static async open(url: string): Promise<LeanSocket> {
    const { hostname, port, pathname } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
        `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\nsec-websocket-version: 13\r\n\r\n`,
    )
    const behind = await new Promise<Buffer>((resolve, reject) => {
      let head = Buffer.alloc(0)
      const onData = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        socket.off('data', onData).off('error', reject)
        if (head.toString('latin1', 0, 12) === 'HTTP/1.1 101') resolve(head.subarray(end + 4))
        else reject(new Error(head.toString('latin1', 0, end)))
      }
      socket.on('data', onData).once('error', reject)
    })
    const lean = new LeanSocket(socket)
    if (behind.length > 0) lean.#read(behind)
    return lean
  }

  /** Leaves with everything else that is sent in this turn of the loop. */
  send(text: string | Buffer): void {
    this.#frame(opcode.text, typeof text === 'string' ? Buffer.from(text) : text)
  }

  /** A binary frame, copied. */
  show(bytes: Uint8Array): void {
    this.#frame(opcode.binary, Buffer.from(bytes))
  }

  /** The next text frame that fits, as JSON. */
  next(
    fits: (frame: { readonly type: string; readonly [field: string]: any }) => boolean,
    withinMs = 30_000,
  ): Promise<any> {
    const before = this.onText
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no such frame came')), withinMs)
      this.onText = (bytes) => {
        before(bytes)
        const frame = JSON.parse(bytes.toString()) as { type: string }
        if (!fits(frame)) return
        clearTimeout(timer)
        this.onText = before
        resolve(frame)
      }
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #frame(code: number, payload: Buffer): void {
    const { length } = payload
    const head =
      length < 126
        ? Buffer.from([0x80 | code, 0x80 | length])
        : Buffer.from([0x80 | code, 0xfe, length >> 8, length & 255])
    this.#out.push(head, noMask, payload)
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      this.#socket.write(Buffer.concat(this.#out))
      this.#out = []
    })
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]! & 127
      const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10
      if (bytes.length - at < headBytes) break
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
      if (bytes.length - at < headBytes + length) break
      const payload = bytes.subarray(at + headBytes, at + headBytes + length)
      const code = bytes[at]! & 15
      if (code === opcode.text) this.onText(payload)
      else if (code === opcode.binary) this.onBinary(payload)
      else if (code === opcode.ping) this.#frame(opcode.pong, Buffer.from(payload))
      at += headBytes + length
    }
    this.#rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at))
  }
}
