import { VoiceSocket, type ReceivedFrame } from './voice-socket.ts'

/** Where its signals carry their number. */
const candidateOf = (number: number) => `candidate:${number} 1 udp 2113937151 192.0.2.7 54400 typ host`
const numberIn = (candidate: unknown) => Number(/^candidate:(\d+) /.exec(String(candidate))?.[1])

/** A client that signals with others and keeps an account of it: what rooms took of it, and what it heard, over however many sockets. */
export class Signaller {
  readonly user: string
  readonly roomId: string
  readonly #token: string
  #socket: VoiceSocket | null = null
  #sessionId = ''
  #resumeToken = ''
  /** Numbers that a room has taken, by receiver, in the order of the answers. */
  readonly taken = new Map<string, number[]>()
  /** Answers that are neither, as text: there should be none. */
  readonly refusals: string[] = []
  /** Sockets before this one, as far as they were read. */
  readonly #earlier: ReceivedFrame[] = []
  #acked = 0
  #next = 0

  constructor(user: string, token: string, roomId: string) {
    this.user = user
    this.#token = token
    this.roomId = roomId
  }

  get socket(): VoiceSocket {
    if (!this.#socket) throw new Error(`${this.user} has no socket`)
    return this.#socket
  }

  get sessionId(): string {
    return this.#sessionId
  }

  async join(ws: string): Promise<void> {
    await this.#connect(ws)
    const joined = await this.socket.command({ type: 'join', room_id: this.roomId })
    if (joined.type !== 'reply') throw new Error(JSON.stringify(joined))
    this.#sessionId = String(joined['value'].session_id)
    await this.socket.heard('snapshot')
  }

  /** The network breaks; everything that came until now was read. */
  cut(): void {
    this.#earlier.push(...this.socket.frames)
    this.socket.cut()
    this.#socket = null
    this.#acked = 0
  }

  /** Goes on over another socket, telling what it has heard. */
  async resume(ws: string): Promise<void> {
    await this.#connect(ws)
    const heard = new Map(
      this.#signals().map((frame) => [frame['from_session'] as string, frame['signal_seq'] as number]),
    )
    const reply = await this.socket.command({
      ...{ type: 'attach', room_id: this.roomId, session_id: this.#sessionId, since: this.#position() },
      signals_heard: Array.from(heard, ([from_session, signal_seq]) => ({ from_session, signal_seq })),
    })
    if (reply.type !== 'reply') throw new Error(JSON.stringify(reply))
  }

  /** Sends one signal and waits for the answer. */
  async signal(to: string): Promise<void> {
    const number = (this.#next += 1)
    const about = { type: 'signal', room_id: this.roomId, to_user: to, message_type: 'candidate' }
    const answer = await this.socket.command({ ...about, candidate: candidateOf(number) }, 20_000)
    if (answer.type === 'reply') this.taken.set(to, [...(this.taken.get(to) ?? []), number])
    else this.refusals.push(JSON.stringify(answer))
  }

  /** Confirms what it has heard on this socket. */
  confirm(): void {
    const fresh = this.socket.frames.slice(this.#acked).filter(({ type }) => type === 'signal')
    this.#acked = this.socket.frames.length
    const last = new Map(fresh.map((frame) => [frame['from_session'] as string, frame['signal_seq'] as number]))
    for (const [from_session, signal_seq] of last) {
      this.socket.send({ type: 'signal_ack', room_id: this.roomId, from_session, signal_seq })
    }
  }

  /** Numbers it heard from that user, as they came, repeated ones too. */
  heardFrom(user: string): number[] {
    return this.#signals()
      .filter((frame) => frame['from_user'] === user)
      .map((frame) => numberIn(frame['candidate']))
  }

  /** Events it heard, as they came. */
  events(): ReceivedFrame[] {
    return this.#frames().filter(({ type }) => type === 'events')
  }

  close(): void {
    this.#socket?.close()
  }

  async #connect(ws: string): Promise<void> {
    const socket = await VoiceSocket.open(ws)
    socket.send({
      type: 'hello',
      token: this.#token,
      ...(this.#resumeToken ? { resume_token: this.#resumeToken } : {}),
    })
    const welcome = await socket.heard('welcome')
    this.#resumeToken = String(welcome['resume_token'])
    this.#socket = socket
  }

  #position() {
    const last = this.#frames().findLast(({ type }) => ['snapshot', 'caught_up', 'events', 'presence'].includes(type))
    return { epoch: Number(last?.['epoch'] ?? 0), seq: Number(last?.['seq'] ?? 0) }
  }

  #frames(): readonly ReceivedFrame[] {
    return [...this.#earlier, ...(this.#socket?.frames ?? [])]
  }

  #signals(): readonly ReceivedFrame[] {
    return this.#frames().filter(({ type }) => type === 'signal')
  }
}
