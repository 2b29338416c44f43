import { standingFrame } from './standing-frame.ts'
import { VoiceSocket } from './voice-socket.ts'
import { ZoneListener } from './walkers.ts'

/** Somebody in a zone by a real socket, who folds what comes. Metres. */
export class SocketWalker {
  readonly name: string
  readonly listener = new ZoneListener()
  readonly socket: VoiceSocket
  readonly number: number
  x: number
  y: number
  #seq = 0
  #folded = 0

  private constructor(name: string, socket: VoiceSocket, number: number, x: number, y: number) {
    this.name = name
    this.socket = socket
    this.number = number
    this.x = x
    this.y = y
  }

  /** Connects, enters, and knows whom it hears. */
  static async enter(
    { ws, token, zoneId }: { readonly ws: string; readonly token: string; readonly zoneId: string },
    name: string,
    x: number,
    y: number,
  ): Promise<SocketWalker> {
    const socket = await VoiceSocket.connect(ws, token)
    const answer = await socket.command({ type: 'zone_enter', zone_id: zoneId, x, y, z: 0 }, 20_000)
    if (answer.type !== 'reply') throw new Error(`${name} is not let in: ${JSON.stringify(answer)}`)
    return new SocketWalker(name, socket, Number(answer['value'].player), x, y)
  }

  say(): void {
    this.#seq = (this.#seq + 1) & 0xffff
    this.socket.show(standingFrame(this, this.#seq, 2))
  }

  /** Whom it hears by all that has come. Throws where frames contradict each other. */
  hears(other: SocketWalker): boolean {
    for (; this.#folded < this.socket.shown.length; this.#folded++) this.listener.fold(this.socket.shown[this.#folded]!)
    if (this.listener.contradictions.length > 0) throw new Error(this.listener.contradictions.join('; '))
    return [...this.listener.heard.values()].includes(other.number)
  }
}

/** Pairs that are nearer than `least` m and do not hear each other, or farther than `most` and do. */
export function wrongPairs(walkers: readonly SocketWalker[], least: number, most: number): readonly string[] {
  return walkers.flatMap((one) =>
    walkers.flatMap((other) => {
      if (one === other) return []
      const away = Math.hypot(one.x - other.x, one.y - other.y)
      const hears = one.hears(other)
      const isWrong = hears ? away > most : away < least
      return isWrong
        ? [`${one.name} ${hears ? 'hears' : 'does not hear'} ${other.name}, ${away.toFixed(1)} m away`]
        : []
    }),
  )
}
