import type { ServerFrame } from '../../protocol/client/frames.ts'

type Heard = Extract<ServerFrame, { type: 'events' | 'snapshot' | 'caught_up' | 'session_ended' | 'welcome' }>

const kept = new Set<string>(['events', 'snapshot', 'caught_up', 'session_ended', 'welcome'])

/** What tests need of the page's client, which is JavaScript with types of its own. */
export interface PageClient {
  readonly mode: string
  connect(): Promise<unknown>
  join(roomId: string): Promise<unknown>
  mute(roomId: string, userId: string): Promise<{ readonly epoch: number; readonly seq: number }>
  unmute(roomId: string, userId: string): Promise<unknown>
  close(): void
}
type MakeClient = new (options: { url: string; token: string; openSocket: () => WebSocket }) => PageClient
const page = new URL('../../gateway/http/public/voice-client.js', import.meta.url)
const { VoiceClient } = (await import(page.href)) as { VoiceClient: MakeClient }

/** A client as the page has it, which goes to the next gateway each time it connects, and keeps what it hears. */
export class Visitor {
  readonly user: string
  readonly client: PageClient
  readonly heard: Heard[] = []
  /** Codes with which gateways closed its sockets, and when by the monotonic clock. */
  readonly closes: { readonly code: number; readonly atMs: number }[] = []

  /** `gateways`: WebSocket URLs; `first`: where it begins. */
  constructor(user: string, token: string, gateways: readonly string[], first: number) {
    this.user = user
    let next = first
    this.client = new VoiceClient({
      url: '',
      token,
      openSocket: () => {
        const socket = new WebSocket(gateways[next++ % gateways.length] ?? '')
        socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as ServerFrame))
        socket.addEventListener('close', ({ code }) => this.closes.push({ code, atMs: performance.now() }))
        return socket
      },
    })
  }

  of<Type extends Heard['type']>(type: Type): Extract<Heard, { type: Type }>[] {
    return this.heard.filter((frame): frame is Extract<Heard, { type: Type }> => frame.type === type)
  }

  /** Who was muted, in the order in which this client heard of it. */
  get muted(): readonly string[] {
    return this.of('events').flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'sanction.applied' ? [event.user_id] : [])),
    )
  }

  #hear(frame: ServerFrame): void {
    if (kept.has(frame.type)) this.heard.push(frame as Heard)
  }
}
